/**
 * Links the relocatable file that manifests were linked to with the objects and archives that they declare. It comes first,
 * and is linked as any other object: functions of a manifest call into objects, and the other way round.
 */

import { type Diagnostic, DiagnosticError } from "../diagnostics/diagnostic.js";
import { systemFiles } from "../image/files.js";
import { sizeOf } from "../image/fingerprint.js";
import { OutputFile } from "../image/output-file.js";
import type { DeclaredInput } from "../link/declared-inputs.js";
import type { OpenedManifest } from "../manifest/open-manifest.js";
import { linkObjects } from "../objects/link-objects.js";
import type { InputFile } from "../objects/options.js";
import { linkObjectsIncremental } from "../objects/session/incremental-objects.js";
import { objectPath, statePath } from "../update/saved-session.js";
import { explainMixed } from "./declared-places.js";
import { gatherDeclared } from "./gather-declared.js";
import { objectOptions } from "./object-options.js";

export interface MixedRequest {
  readonly manifests: readonly OpenedManifest[];
  readonly inputs: readonly DeclaredInput[];
  readonly output: string;
}

export interface MixedResult {
  /** With errors the output is as it was. */
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly bytesWritten: number;
  /** Bytes of the output. */
  readonly size: number;
  /** Objects and members of archives that were linked, less the manifests' own. */
  readonly objects: number;
  /** Of a link with a session: why all objects were linked, and what was done. */
  readonly reason: string | undefined;
  readonly explanation: readonly string[];
}

/** What is wrong with the inputs by themselves, where the manifests could not be linked. */
export function checkInputs({ manifests, inputs, output }: MixedRequest): readonly Diagnostic[] {
  const { diagnostics, declared } = gatherDeclared(inputs, manifests, [output]);
  return explainMixed(diagnostics, { manifests, declared, object: objectPath(output) });
}

/** Paths of the files that are declared, whether they are there or not, and of those that linker scripts among them lead to. */
export function inputFiles({ manifests, inputs }: MixedRequest): readonly string[] {
  return gatherDeclared(inputs, manifests, []).files;
}

/** Before the umask. */
const MODE = 0o777;
const NOTHING = { bytesWritten: 0, size: 0, objects: 0, reason: undefined, explanation: [] };

/** Finds what is declared, and links it with `object`, the manifests' own. */
export function linkMixed(request: MixedRequest, object: Uint8Array): MixedResult {
  const { manifests, output } = request;
  const { diagnostics, declared, inputs } = gatherDeclared(request.inputs, manifests, [output]);
  // No file has this name: it is only what messages call it, until they are explained.
  const files = { manifests, declared, object: objectPath(output) };
  const explained = (found: readonly Diagnostic[]): Diagnostic[] => explainMixed(found, files);
  if (hasErrors(diagnostics)) return { ...NOTHING, ok: false, diagnostics: explained(diagnostics) };
  const own: InputFile = { ...ownInput(files.object), contents: object };
  const { image, loaded, diagnostics: found } = linkObjects([own, ...inputs], objectOptions(manifests[0]!.header));
  const all = explained([...diagnostics, ...found]);
  if (image === undefined) return { ...NOTHING, ok: false, diagnostics: all };
  try {
    const bytesWritten = new OutputFile(output, MODE).flush(image, image.length, []);
    const objects = loaded.length - 1;
    return { ...NOTHING, ok: true, diagnostics: all, bytesWritten, size: image.length, objects };
  } catch (cause) {
    if (!(cause instanceof DiagnosticError)) throw cause;
    return { ...NOTHING, ok: false, diagnostics: [...all, ...cause.diagnostics] };
  }
}

/** As `linkMixed`, with the manifests' own object in the file `objectPath(output)`, and with a session beside the output. */
export function linkMixedIncremental(request: MixedRequest, verify: boolean): MixedResult {
  const { manifests, output } = request;
  const object = objectPath(output);
  const written = [output, object, statePath(output), statePath(object)];
  const { diagnostics, declared, inputs } = gatherDeclared(request.inputs, manifests, written);
  const files = { manifests, declared, object };
  if (hasErrors(diagnostics)) return { ...NOTHING, ok: false, diagnostics: explainMixed(diagnostics, files) };
  const result = linkObjectsIncremental({
    inputs: [ownInput(object), ...inputs],
    options: objectOptions(manifests[0]!.header),
    output,
    verify,
    own: [object],
  });
  const { loaded, bytesWritten, reason, explanation } = result;
  const facts = systemFiles.stat(output);
  return {
    ok: !hasErrors(result.diagnostics),
    diagnostics: explainMixed([...diagnostics, ...result.diagnostics], files),
    bytesWritten,
    size: facts === undefined ? 0 : sizeOf(facts.fingerprint),
    objects: loaded.length - 1,
    reason,
    explanation: explanation.map((line) => `inputs: ${line}`),
  };
}

function ownInput(path: string): InputFile {
  return { path, kind: "object", whole: false, lazy: false, group: 0 };
}

function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}
