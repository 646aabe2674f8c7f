/** What a builder throws: programming errors of the compiler that uses it, found at the call. */

import { builderMisuse, type Diagnostic, DiagnosticError, instructionError, ManifestError } from "@manifold/core";
import type { AssemblyError } from "../x86/index.js";

/** An instruction that does not exist, or that the layout of its function makes impossible. */
export function badInstruction(errors: readonly AssemblyError[], text: string, symbol: string): DiagnosticError {
  return new DiagnosticError(...errors.map((error) => instructionError(error, text, symbol)));
}

/** A call that makes no sense there. */
export function misuse(message: string, symbol?: string): DiagnosticError {
  return new DiagnosticError(builderMisuse(message, symbol));
}

/** What would be wrong with the same declaration in a manifest. */
export function badDeclaration(diagnostic: Diagnostic, symbol: string): DiagnosticError {
  return new DiagnosticError({ ...diagnostic, place: { symbol, ...diagnostic.place } });
}

/** Runs a check that blames a place in the text, which there is none of. */
export function checked<T>(symbol: string, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (!(cause instanceof ManifestError)) throw cause;
    throw badDeclaration(cause.diagnostic, symbol);
  }
}
