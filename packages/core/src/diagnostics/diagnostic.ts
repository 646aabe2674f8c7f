/**
 * What the linker has to say to people, as data. Rendering (colours, source lines, JSON) is the command's business;
 * here stand the shape and nothing else. Every diagnostic comes from a named factory in this folder, one function per
 * code, so that a code, its wording and its remedy are found in one place.
 *
 * Codes are stable: MF01xx manifest, MF02xx link, MF03xx output, MF04xx input objects, MF05xx usage, MF06xx types and
 * values, MF07xx assembly, MF09xx internal.
 */

/** Where a diagnostic points. All that is known is filled in, the rest is left out. */
export interface Place {
  /** Path as the user gave it. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based, in bytes of the UTF-8 text. */
  readonly column?: number;
  /** How many bytes of the line the diagnostic is about. */
  readonly length?: number;
  /** The text of that line, shortened where it is very long; `lineTextColumn` is then where `column` lies in it. */
  readonly lineText?: string;
  readonly lineTextColumn?: number;
  /** The member of the archive `file`. */
  readonly member?: string;
  /** Section name within an object. */
  readonly section?: string;
  /** Byte offset within `section`, or within the file where there is no section. */
  readonly offset?: number;
  /** The function, variable or symbol concerned. */
  readonly symbol?: string;
}

export interface Note {
  readonly message: string;
  readonly place?: Place;
}

export type Severity = "error" | "warning";

export interface Diagnostic {
  /** `MF` and four digits. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly place?: Place;
  readonly notes?: readonly Note[];
  /** What the user can do about it: one sentence. */
  readonly suggestion?: string;
}

/** Carries diagnostics to whoever asked for the work that cannot go on. */
export class DiagnosticError extends Error {
  override readonly name = "DiagnosticError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(...diagnostics: Diagnostic[]) {
    super(diagnostics.map((diagnostic) => `${diagnostic.code}: ${diagnostic.message}`).join("\n"));
    this.diagnostics = diagnostics;
  }
}

/** Builds an error; `rest` holds place, notes and suggestion where they are known. */
export function error(
  code: string,
  message: string,
  rest: Omit<Diagnostic, "code" | "severity" | "message"> = {},
): Diagnostic {
  return { code, severity: "error", message, ...rest };
}

/** Builds a warning. */
export function warning(
  code: string,
  message: string,
  rest: Omit<Diagnostic, "code" | "severity" | "message"> = {},
): Diagnostic {
  return { code, severity: "warning", message, ...rest };
}
