/** Diagnostics about ELF structures and the files that hold them: MF04xx. */

import { type Diagnostic, error, type Place } from "./diagnostic.js";

/** A 64-bit field of a structure being read is beyond what this linker handles. `offset` is relative to the view. */
export function fieldNotExact(field: string, offset: number): Diagnostic {
  return error("MF0401", `${field} is beyond 2^53`, {
    place: { offset },
    suggestion: "Check that the file is not damaged: programs do not need such a value.",
  });
}

/** A value to be written does not fit the field of its class. */
export function fieldOverflow(field: string, value: number, bits: 32 | 64): Diagnostic {
  return error("MF0402", `${field} cannot hold ${value} in an ELF${bits} file`);
}

/** The file cannot be opened or read; `reason` is the system's. */
export function inputUnreadable(place: Place, reason: string): Diagnostic {
  return error("MF0403", `cannot read the input: ${reason}`, {
    place,
    suggestion: "Check the path and its permissions.",
  });
}

/** The bytes do not start as an ELF file does. */
export function notElf(place: Place, reason: string): Diagnostic {
  return error("MF0404", `not an ELF file: ${reason}`, {
    place,
    suggestion: "Give a relocatable object, an archive or a linked ELF file, as the command asks.",
  });
}

/** A structure that a header points at is not in the file. `end` and `size` are bytes. */
export function outsideFile(place: Place, what: string, end: number, size: number): Diagnostic {
  return error("MF0405", `${what} ends at byte ${end} of a file of ${size} bytes`, {
    place,
    suggestion: "The file is truncated or damaged: build it again.",
  });
}

/** A structure contradicts the specification, or another structure of the same file. */
export function malformed(place: Place, message: string): Diagnostic {
  return error("MF0406", message, {
    place,
    suggestion: "The file is damaged or its producer is broken: build it again.",
  });
}

/** A well-formed ELF file of a kind that cannot be an input here. */
export function unsupportedInput(place: Place, found: string, wanted: string): Diagnostic {
  return error("MF0407", `the input is ${found}; ${wanted} is needed`, {
    place,
    suggestion: "Compile it for this target, without link-time optimisation, to an object (-c).",
  });
}

/** The archive's own structure is broken. */
export function malformedArchive(place: Place, message: string): Diagnostic {
  return error("MF0408", `broken archive: ${message}`, { place, suggestion: "Make the archive again with ar." });
}

/** `archive:member` names a member that is not there. */
export function noSuchMember(place: Place, names: readonly string[]): Diagnostic {
  const shown = names.slice(0, 8).join(", ") + (names.length > 8 ? `, and ${names.length - 8} more` : "");
  return error("MF0409", `the archive has no member of that name`, {
    place,
    notes: [{ message: names.length === 0 ? "it has no members" : `its members are ${shown}` }],
  });
}
