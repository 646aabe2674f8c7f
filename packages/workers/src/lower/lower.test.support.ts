/** For tests: short ways to lower a value and to look at what came of it. */

import { type Diagnostic, DiagnosticError } from "@manifold/core";
import { lower } from "./lower.js";
import { ByteSink, type ValueReference } from "./sink.js";
import { type DeclaredType, TypeTable } from "./type-table.js";

export const ERRORS: readonly string[] = ["OutOfMemory", "NotFound", "Busy"];

/** Declared types as an object: `{Point: {struct: …}}`. */
export function declare(types: Readonly<Record<string, unknown>>): DeclaredType[] {
  return Object.entries(types).map(([name, is]) => ({ name, is }));
}

export function table(
  pointerBytes: 4 | 8,
  littleEndian: boolean,
  types: Readonly<Record<string, unknown>> = {},
): TypeTable {
  return new TypeTable({ pointerBytes, littleEndian }, declare(types), ERRORS);
}

export interface LoweredValue {
  readonly hex: string;
  readonly references: readonly ValueReference[];
}

export function lowered(types: TypeTable, spec: unknown, value: unknown): LoweredValue {
  const sink = new ByteSink();
  lower(types, spec, value, sink);
  return { hex: Buffer.from(sink.bytes).toString("hex"), references: sink.references };
}

/** References in short: `8:name+4`; a uav by its value, a lazy symbol by its key. */
export function referencesOf(types: TypeTable, spec: unknown, value: unknown): string[] {
  return lowered(types, spec, value).references.map(({ offset, type, target, addend }) => {
    const name = "nav" in target ? target.nav : "uav" in target ? JSON.stringify(target.value) : target.key;
    return `${offset}:${type}:${name}+${addend}`;
  });
}

/** What `work` finds wrong, as `code place: …`; nothing where it finds nothing. */
export function diagnosticsOf(work: () => unknown): readonly Diagnostic[] {
  try {
    work();
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics;
    throw error;
  }
  return [];
}

export function messagesOf(work: () => unknown): string[] {
  return diagnosticsOf(work).map(({ code, message }) => `${code} ${message}`);
}
