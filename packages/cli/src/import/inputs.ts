/**
 * The command's inputs: objects, archives (all their members) and single members, `libz.a:inflate.o`. Members of a
 * thin archive are files beside it.
 */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  DiagnosticError,
  type InputLabel,
  inputUnreadable,
  isArchive,
  labelText,
  noSuchMember,
  type RelocatableObject,
  readArchive,
  readObject,
} from "@manifold/core";

/** Reads what `inputs` name, in order. Throws DiagnosticError with everything that is wrong with any of them. */
export function readInputs(inputs: readonly string[]): readonly RelocatableObject[] {
  const objects: RelocatableObject[] = [];
  const errors: DiagnosticError[] = [];
  for (const input of inputs) {
    try {
      for (const { bytes, label } of filesOf(input)) objects.push(readObject(bytes, label));
    } catch (thrown) {
      if (!(thrown instanceof DiagnosticError)) throw thrown;
      errors.push(thrown);
    }
  }
  if (errors.length > 0) throw new DiagnosticError(...errors.flatMap((each) => each.diagnostics));
  return objects;
}

interface NamedBytes {
  readonly bytes: Uint8Array;
  readonly label: InputLabel;
}

function filesOf(input: string): readonly NamedBytes[] {
  // A path may hold a colon itself; the file that exists under the whole name wins.
  const colon = input.lastIndexOf(":");
  const whole = read({ file: input }, colon > 0);
  if (whole !== undefined) return isArchive(whole) ? members(input, whole) : [{ bytes: whole, label: { file: input } }];
  const file = input.slice(0, colon);
  const member = input.slice(colon + 1);
  const all = members(file, read({ file }, false)!);
  const chosen = all.filter((each) => each.label.member === member);
  if (chosen.length > 0) return chosen;
  throw new DiagnosticError(
    noSuchMember(
      { file, member },
      all.map((each) => each.label.member ?? ""),
    ),
  );
}

function members(file: string, archive: Uint8Array): readonly NamedBytes[] {
  return readArchive(archive, { file }).map(({ name, bytes }) => {
    const label = { file, member: name };
    return { label, bytes: bytes ?? read(label, false, join(dirname(file), name))! };
  });
}

/** The contents of a file; with `optional`, `undefined` where there is none. */
function read(label: InputLabel, optional: boolean, path: string = label.file): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (optional && code === "ENOENT") return undefined;
    const reason = code === "ENOENT" ? `${path} does not exist` : message;
    throw new DiagnosticError(inputUnreadable({ file: labelText(label) }, reason));
  }
}
