/** Diagnostics about ELF structures and the files that hold them: MF04xx. */

import { type Diagnostic, error } from "./diagnostic.js";

/** A 64-bit field of a structure being read is beyond what this linker handles. `offset` is relative to the view. */
export function fieldNotExact(field: string, offset: number): Diagnostic {
  return error("MF0401", `${field} is beyond 2^53`, {
    place: { offset },
    suggestion: "Check that the file is not damaged: no real object needs such a value.",
  });
}

/** A value to be written does not fit the field of its class. */
export function fieldOverflow(field: string, value: number, bits: 32 | 64): Diagnostic {
  return error("MF0402", `${field} cannot hold ${value} in an ELF${bits} file`);
}
