/**
 * MF09xx: faults of the linker itself, which comparing an updated program with a full link of the same declarations finds.
 * MF0901 is any other internal error. `updated` and `wanted` are values as people read them.
 */

import { type Diagnostic, error, type Place } from "./diagnostic.js";

const SUGGESTION = "This is a fault of Manifold; please report it. A link without earlier state gives a right output.";

/** Rules of the image's node tree, or of what leads from one table of the session to another. */
export function tableBroken(table: string, problem: string, symbol?: string): Diagnostic {
  return error("MF0902", `verify: ${table}: ${problem}`, rest(symbol));
}

/** The updated file is no proper ELF file. */
export function outputMalformed(problem: string, place: Place = {}): Diagnostic {
  return error("MF0903", `verify: the output is malformed: ${problem}`, { place, suggestion: SUGGESTION });
}

/** A field of the ELF header, of a section or segment header, or of .dynamic. */
export function headerDiffers(what: string, updated: string, wanted: string): Diagnostic {
  return error("MF0904", `verify: ${what} is ${updated}, and should be ${wanted}`, { suggestion: SUGGESTION });
}

export function symbolDiffers(symbol: string, what: string, updated: string, wanted: string): Diagnostic {
  return error("MF0905", `verify: ${what} of "${symbol}" is ${updated}, and should be ${wanted}`, rest(symbol));
}

/** A symbol or declaration that only one of the two has. */
export function symbolExtra(symbol: string, problem: string): Diagnostic {
  return error("MF0906", `verify: "${symbol}" ${problem}`, rest(symbol));
}

/** Bytes that no relocation writes. */
export function contentDiffers(symbol: string, offset: number, updated: string, wanted: string): Diagnostic {
  return error("MF0907", `verify: "${symbol}"+0x${offset.toString(16)} holds ${updated}, and should hold ${wanted}`, {
    ...rest(symbol),
  });
}

/** `relocation` says where it is and what it is against. */
export function relocationDiffers(symbol: string, relocation: string, updated: string, wanted: string): Diagnostic {
  return error("MF0908", `verify: ${relocation}: is ${updated}, and should be ${wanted}`, rest(symbol));
}

/** Bytes outside of all that the file holds. */
export function strayBytes(offset: number, value: number, after: string): Diagnostic {
  return error("MF0909", `verify: byte ${offset} of the file, after ${after}, is unused and holds 0x${hex(value)}`, {
    place: { offset },
    suggestion: SUGGESTION,
  });
}

/** The declarations cannot be linked in full, though the program that was updated has no errors. */
export function freshLinkFails(reason: string): Diagnostic {
  return error("MF0910", `verify: a full link of the same declarations fails: ${reason}`, { suggestion: SUGGESTION });
}

function rest(symbol: string | undefined): Omit<Diagnostic, "code" | "severity" | "message"> {
  return { ...(symbol === undefined ? {} : { place: { symbol } }), suggestion: SUGGESTION };
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
