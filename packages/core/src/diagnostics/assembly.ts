/** MF07xx: what can be wrong with the assembly of a function. */

import { type Diagnostic, error } from "./diagnostic.js";

/** An error of the assembler, with its place in the assembly text: line and column from 1, in bytes. */
export interface AssemblyFault {
  readonly message: string;
  readonly expected?: string;
  readonly suggestion?: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly lineText: string;
  /** Where `column` lies in `lineText`, in characters from 1. */
  readonly lineTextColumn: number;
}

/** MF0701. The place quotes the line of the assembly; file, line and column in the manifest are added to it. */
export function assemblyError(fault: AssemblyFault): Diagnostic {
  const { message, expected, suggestion, line, column, length, lineText, lineTextColumn } = fault;
  const wanted = expected === undefined || message.endsWith(expected) ? "" : `; expected ${expected}`;
  return error("MF0701", `assembly, line ${line}, column ${column}: ${message}${wanted}`, {
    place: { length, lineText, lineTextColumn },
    ...(suggestion === undefined ? {} : { suggestion: `Did you mean "${suggestion}"?` }),
  });
}

/** MF0702: an instruction of the builder that does not exist; `text` is how assembly would spell it. */
export function instructionError(
  fault: Pick<AssemblyFault, "message" | "expected" | "suggestion">,
  text: string,
  symbol: string,
): Diagnostic {
  const { message, expected, suggestion } = fault;
  const wanted = expected === undefined || message.endsWith(expected) ? "" : `; expected ${expected}`;
  return error("MF0702", `${text === "" ? "" : `${text}: `}${message}${wanted}`, {
    place: { symbol },
    ...(suggestion === undefined ? {} : { suggestion: `Did you mean "${suggestion}"?` }),
  });
}

/** MF0703: a call of the builder that makes no sense where it is made. */
export function builderMisuse(message: string, symbol: string | undefined): Diagnostic {
  return error("MF0703", message, symbol === undefined ? {} : { place: { symbol } });
}
