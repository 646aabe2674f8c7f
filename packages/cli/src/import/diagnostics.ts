/** Diagnostics of `manifold import`: what objects say and a manifest cannot. MF042x are errors, MF043x warnings. */

import { type Diagnostic, error, type Place, warning } from "@manifold/core";

/** Two objects define one global symbol. */
export function duplicateSymbol(name: string, second: Place, first: Place): Diagnostic {
  return error("MF0420", `${name} is defined twice`, {
    place: second,
    notes: [{ message: "first defined here", place: first }],
    suggestion: "Leave one of the objects out, or make one definition weak or static.",
  });
}

/** A relocation type that the manifest's linker has no equivalent for. */
export function unsupportedRelocation(place: Place, type: string): Diagnostic {
  return error("MF0421", `a manifest cannot express the relocation ${type}`, {
    place,
    suggestion: "Compile with the small code model and -ftls-model=local-exec, with -fPIE or -fno-pic.",
  });
}

/** A section that only takes effect by its place in the output, such as `.init_array`. */
export function unsupportedSection(place: Place, reason: string): Diagnostic {
  return error("MF0422", `a manifest cannot express this section: ${reason}`, {
    place,
    suggestion: "Call the function it lists from the program's entry, and compile without the constructor attribute.",
  });
}

/** A function that chooses its implementation when the program starts. */
export function indirectFunction(place: Place): Diagnostic {
  return error("MF0423", "a manifest cannot express an indirect function (STT_GNU_IFUNC)", {
    place,
    suggestion: "Call the implementation that is wanted directly, or compile without target_clones and ifunc.",
  });
}

/** A relocation needs what is not imported. */
export function refersToDropped(place: Place, section: string, reason: string): Diagnostic {
  return error("MF0424", `a relocation refers to ${section}, which is not imported: ${reason}`, {
    place,
    suggestion: "Compile the objects again with one compiler and the same options.",
  });
}

/** A relocation against an absolute symbol, or none, that leaves no constant behind. */
export function absoluteTarget(place: Place, type: string): Diagnostic {
  return error("MF0425", `${type} against an absolute value depends on where the code comes to lie`, {
    place,
    suggestion: "Refer to a symbol instead of a number.",
  });
}

/** `__start_x` and `__stop_x` enclose what other linkers gather in section `x`. */
export function encapsulatedSection(place: Place, section: string): Diagnostic {
  return error("MF0426", `a manifest cannot gather the section ${section} between two symbols`, {
    place,
    suggestion: "List the section's objects in a table of pointers instead.",
  });
}

/** The instructions around a TLS or GOT relocation are not those that the psABI prescribes. */
export function unknownSequence(place: Place, type: string): Diagnostic {
  return error("MF0427", `the instructions at this ${type} are not the ones that the psABI prescribes`, {
    place,
    suggestion: "Compile with -ftls-model=local-exec.",
  });
}

/** A field that a value does not fit. */
export function valueTooLarge(place: Place, type: string, value: number): Diagnostic {
  return error("MF0428", `the value ${value} does not fit ${type}`, {
    place,
    suggestion: "Correct the absolute symbol or the expression that refers to it.",
  });
}

/** A section with several symbols stays one declaration, because taking it apart could change its meaning. */
export function keptWhole(place: Place, nav: string, reason: string): Diagnostic {
  return warning("MF0430", `the section stays one declaration, ${nav}: ${reason}`, {
    place,
    suggestion: "Compile with -ffunction-sections -fdata-sections for one declaration per function and object.",
  });
}

/** An export names a whole declaration; this symbol lies inside one. */
export function notExported(place: Place, nav: string, offset: number): Diagnostic {
  return warning("MF0431", `the symbol is not exported: it lies ${offset} bytes inside ${nav}`, {
    place,
    suggestion: "Compile with -ffunction-sections -fdata-sections.",
  });
}

/** `.gcc_except_table` and `.eh_frame` have no place in a manifest. */
export function exceptionsDropped(place: Place): Diagnostic {
  return warning("MF0432", "exception tables are dropped: an exception that crosses this code ends the program", {
    place,
    suggestion: "Compile with -fno-exceptions.",
  });
}

/** The manifest cannot be written; `reason` is the system's. */
export function outputUnwritable(place: Place, reason: string): Diagnostic {
  return error("MF0429", `cannot write the manifest: ${reason}`, {
    place,
    suggestion: "Check the path and its permissions.",
  });
}
