/**
 * The resident relink: how a process that stays links objects in full again. Every link looks at all files, decides anew
 * what is linked and where everything is, and makes the whole image; objects that did not change are not read again, and
 * of the output only blocks are written that differ.
 */

import { createObjectLinker, type ObjectLinker } from "manifold";

/** A function that links all objects to the output, and one that ends what it needs. */
export function makeRelink(
  objects: readonly string[],
  output: string,
): { readonly relink: () => void; readonly close: () => Promise<void> } {
  const linker: ObjectLinker = createObjectLinker();
  const relink = (): void => {
    const { ok, diagnostics } = linker.link("-static", "-o", output, ...objects);
    if (!ok) throw new Error(diagnostics[0]?.message ?? "not linked");
  };
  return { relink, close: () => linker.close() };
}
