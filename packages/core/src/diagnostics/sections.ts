/** Diagnostics about the contents of particular sections of objects: MF0441 to MF0449. */

import { type Diagnostic, error, type Place, warning } from "./diagnostic.js";

/** A compressed section does not hold what its header says. */
export function brokenCompression(place: Place, reason: string): Diagnostic {
  return error("MF0441", `the section cannot be decompressed: ${reason}`, {
    place,
    suggestion: "The file is damaged or its producer is broken: build it again.",
  });
}

/** `type` is the name of a way to compress, or what `ch_type` says. */
export function unsupportedCompression(place: Place, type: string): Diagnostic {
  return error("MF0442", `the section is compressed with ${type}, which this linker cannot read`, {
    place,
    suggestion: "Compile with -gz=zlib or -gz=none, or run objcopy --decompress-debug-sections on the object.",
  });
}

/** A .note.gnu.property section cannot be read. */
export function malformedProperties(place: Place): Diagnostic {
  return warning("MF0443", "the notes of program properties are malformed: the object counts as having none", {
    place,
    suggestion: "Build the object again: without its properties, the output loses those that all objects must have.",
  });
}
