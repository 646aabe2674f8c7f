/**
 * THE PLACE OF THE RESIDENT RELINK: how a process that stays links objects in full again. Whatever the linker offers for
 * that is called here, and nowhere else in the benchmarks.
 *
 * There is no such offer yet: each link starts anew, with code that is compiled by then but with tables and memory of
 * its own.
 */

import { type InputFile, linkObjects, type ObjectLinkOptions, OutputFile } from "@manifold/core";

const OPTIONS: ObjectLinkOptions = {
  output: "executable",
  entry: "_start",
  imageBase: undefined,
  gcSections: false,
  strip: "none",
  discardLocals: "none",
  buildId: "none",
  ehFrameHdr: false,
  relro: true,
  execStack: undefined,
  stackSize: 0,
  undefined: [],
  required: [],
  definitions: [],
  wraps: [],
  allowMultipleDefinition: false,
  unresolved: "error",
  traced: [],
  warnCommon: false,
  merge: true,
  pageSize: 4096,
  separateCode: true,
};

/** A function that reads all objects, links them and writes the output. */
export async function makeRelink(objects: readonly string[], output: string): Promise<() => Promise<void>> {
  const inputs = objects.map((path): InputFile => ({ path, kind: "object", whole: false, lazy: false, group: 0 }));
  return async () => {
    const { image, diagnostics } = linkObjects(inputs, OPTIONS);
    if (image === undefined) throw new Error(diagnostics[0]?.message ?? "not linked");
    new OutputFile(output, 0o777).flush(image, image.length, []);
  };
}
