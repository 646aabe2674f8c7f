/** From declarations of inputs to files that can be linked: objects, then archives, each in the order of the declarations. */

import { realpathSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { outputIsInput } from "../diagnostics/output.js";
import { gatherInputs, type InputSpec } from "../input/gather-inputs.js";
import type { DeclaredInput } from "../link/declared-inputs.js";
import type { OpenedManifest } from "../manifest/open-manifest.js";
import type { InputFile } from "../objects/options.js";

export interface GatheredDeclared {
  readonly inputs: readonly InputFile[];
  /** Their places are files; see `DeclaredPlaces`. */
  readonly diagnostics: readonly Diagnostic[];
  /** By path of the file: who declares it first. */
  readonly declared: ReadonlyMap<string, DeclaredInput>;
  /** Paths of all files that are declared, and of those that linker scripts among them lead to. */
  readonly files: readonly string[];
}

/**
 * Archives come last, in one group: they are searched for what all of the objects want, until nothing new comes, wherever
 * they are declared.
 */
const GROUP = 1;

/**
 * Finds and identifies what manifests declare; a file that is declared twice is linked once. None of `written` may be among
 * them.
 */
export function gatherDeclared(
  inputs: readonly DeclaredInput[],
  manifests: readonly OpenedManifest[],
  written: readonly string[],
): GatheredDeclared {
  const declared = new Map<string, DeclaredInput>();
  const seen = new Set<string>();
  for (const input of inputs) {
    const path = pathOf(input, manifests[input.scope]!);
    const real = realPath(path);
    if (!seen.has(real)) declared.set(path, input);
    seen.add(real);
  }
  const specs = [...declared.keys()].map((name): InputSpec => {
    const place = (): { readonly file: string } => ({ file: name });
    return { kind: "file", name, whole: false, lazy: false, archivesOnly: true, group: GROUP, place };
  });
  const gathered = gatherInputs(specs, { paths: [], sysroot: "", isStatic: true });
  const files = new Set(gathered.files.map(realPath));
  const clobbered = written.filter((path) => files.has(realPath(path))).map(outputIsInput);
  return {
    inputs: [...gathered.inputs].sort((a, b) => Number(a.kind === "archive") - Number(b.kind === "archive")),
    diagnostics: [...gathered.diagnostics, ...clobbered],
    declared,
    files: [...new Set([...declared.keys(), ...gathered.files])],
  };
}

function pathOf({ path }: DeclaredInput, manifest: OpenedManifest): string {
  return isAbsolute(path) ? path : join(dirname(manifest.path), path);
}

/** Without symbolic links, as far as there is such a file. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
