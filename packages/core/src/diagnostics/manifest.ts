/**
 * MF01xx: what is wrong with a manifest by itself. Factories here know no file: a worker that reads a part of one says
 * at which byte it stopped, and `locate` turns that into file, line and column.
 */

import { type Diagnostic, error, type Note } from "./diagnostic.js";

export function malformedJson(expected: string, found: string): Diagnostic {
  return error("MF0101", `malformed JSON: expected ${expected}, found ${found}`);
}

export function unknownKey(key: string, where: string, nearest: string | undefined): Diagnostic {
  return error("MF0102", `unknown key "${key}" in ${where}`, suggest(nearest));
}

export function unknownKind(kind: string, nearest: string | undefined): Diagnostic {
  return error("MF0103", `unknown kind of declaration "${kind}"; the first key names the kind`, suggest(nearest));
}

export function missingKey(key: string, where: string): Diagnostic {
  return error("MF0104", `${where} needs "${key}"`);
}

export function duplicateKey(key: string, where: string): Diagnostic {
  return error("MF0105", `"${key}" is given twice in ${where}`);
}

export function wrongType(what: string, expected: string, found: string): Diagnostic {
  return error("MF0106", `${what} must be ${expected}, not ${found}`);
}

export function badHex(problem: string): Diagnostic {
  return error("MF0107", `bytes: ${problem}`, {
    suggestion: "Bytes are pairs of hexadecimal digits without spaces, or base64 behind the prefix `base64:`.",
  });
}

export function badBase64(problem: string): Diagnostic {
  return error("MF0108", `bytes: ${problem}`);
}

export function badAlignment(value: number | string): Diagnostic {
  return error("MF0109", `alignment ${value} is not a power of two from 1 to 65536`);
}

export function badSize(what: string, value: number | string, limit: number): Diagnostic {
  return error("MF0110", `${what} of ${value} bytes is outside of the limits, 0 and ${limit} bytes`);
}

export function unknownRelocation(type: string, nearest: string | undefined): Diagnostic {
  return error("MF0111", `unknown relocation type "${type}"`, suggest(nearest));
}

export function unsupportedRelocation(type: string): Diagnostic {
  return error("MF0112", `relocation type "${type}" is not supported in a manifest for this output`, {
    suggestion: "Use PC32, PLT32, 32S or 64 for addresses and TPOFF32 for thread-local variables.",
  });
}

export function relocationOutside(type: string, offset: number, width: number, size: number): Diagnostic {
  return error(
    "MF0113",
    `relocation ${type} at offset ${offset} takes ${width} bytes, but its function or data has only ${size}`,
  );
}

export function relocationInZeros(): Diagnostic {
  return error("MF0114", "a `zero` value cannot carry relocations", { suggestion: "Spell its contents with `bytes`." });
}

export function notANumber(what: string, found: string): Diagnostic {
  return error("MF0115", `${what} must be an integer between -2^53 and 2^53, not ${found}`);
}

export function contentsCount(where: string, found: readonly string[]): Diagnostic {
  const problem = found.length === 0 ? "none is given" : `${found.join(" and ")} are given`;
  return error("MF0116", `${where} needs exactly one of "bytes", "text", "zero" and "type" with "init"; ${problem}`);
}

export function notYet(what: string): Diagnostic {
  return error("MF0117", `${what} is not supported by this version of Manifold`);
}

/** Whoever links, the library or a watcher, follows nothing but declarations. */
export function inputRefused(): Diagnostic {
  return error("MF0134", "objects and archives are not linked here", {
    suggestion: 'Link with "manifold link", which takes "input", or link the objects with "manifold ld".',
  });
}

export function inputInObject(): Diagnostic {
  return error("MF0135", 'a relocatable file ("output": "obj") takes no inputs', {
    suggestion: "Leave the inputs out, and link the file that comes out with them; or make an executable.",
  });
}

export function invalidUtf8(): Diagnostic {
  return error("MF0118", "the manifest is not valid UTF-8 here");
}

export function headerMissing(found: string): Diagnostic {
  return error("MF0119", `the manifest must begin with its header, {"manifold": 1, "target": ...}; found ${found}`);
}

export function wrongVersion(found: number): Diagnostic {
  return error("MF0120", `this is version ${found} of the manifest format; Manifold reads version 1`);
}

export function unknownValue(
  what: string,
  found: string,
  known: readonly string[],
  nearest: string | undefined,
): Diagnostic {
  return error("MF0121", `${what} cannot be "${found}"; known: ${known.join(", ")}`, suggest(nearest));
}

export function emptyName(what: string): Diagnostic {
  return error("MF0122", `the name of ${what} is empty or holds a zero byte`);
}

export function tooDeep(limit: number): Diagnostic {
  return error("MF0123", `JSON is nested more than ${limit} levels deep`);
}

export function lineTooLong(limit: number): Diagnostic {
  return error("MF0124", `a declaration is longer than ${limit} bytes`);
}

export function tlsConst(): Diagnostic {
  return error("MF0125", "`threadlocal` belongs to a `var`");
}

/** Declared twice within one manifest. */
export function duplicateName(name: string, kind: string, first: Note): Diagnostic {
  return error("MF0126", `${kind} "${name}" is declared twice in this manifest`, { notes: [first] });
}

export function tooManyErrors(more: number): Diagnostic {
  return error("MF0127", `${more} more errors in this part of the manifest are not shown`);
}

export function notBase(value: string): Diagnostic {
  return error("MF0128", `imageBase ${value} must be a multiple of 4096 below 2^47`);
}

export function relocationInValue(): Diagnostic {
  return error("MF0132", "a typed value has no `relocs`", {
    suggestion: "Its pointers become relocations by themselves.",
  });
}

/** The code of a function is given in two ways, or in none. */
export function codeCount(found: readonly string[]): Diagnostic {
  const problem = found.length === 0 ? "none is given" : `${found.join(" and ")} are given`;
  return error("MF0133", `the code of a func is "asm", or "bytes" which may have "relocs"; ${problem}`);
}

/** A value of `refs` or of an export is given in two ways, or in none. */
export function referenceCount(found: readonly string[]): Diagnostic {
  const problem = found.length === 0 ? "none is given" : `${found.join(" and ")} are given`;
  return error("MF0130", `a reference needs exactly one of "uav", "nav" and "lazy"; ${problem}`);
}

/** A key that only makes sense beside another one. */
export function keyNeeds(key: string, other: string): Diagnostic {
  return error("MF0131", `"${key}" stands beside "${other}" only`);
}

/** `key`: what a reference cannot have beside `uav`. */
export function notOfUav(key: string): Diagnostic {
  return error("MF0129", `a reference that has a "uav" can have nothing else, and here is "${key}" too`, {
    suggestion: "Give the value and the place each a name of its own in `refs`.",
  });
}

export function jsonTooLarge(size: number, limit: number): Diagnostic {
  return error("MF0140", `a manifest in the JSON spelling may have ${limit} bytes; this one has ${size}`, {
    suggestion: "Write NDJSON, a declaration a line: it may have any size.",
  });
}

function suggest(nearest: string | undefined): { suggestion?: string } {
  return nearest === undefined ? {} : { suggestion: `Did you mean "${nearest}"?` };
}
