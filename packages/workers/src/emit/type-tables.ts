/**
 * The type tables of a shift: one per manifest, made from the declarations that the shift's message carries. Every worker
 * makes its own, when a chunk first needs it; one of them says what is wrong with the declarations.
 */

import { type Blamed, DiagnosticError, type ManifestTypes, type TypeText } from "@manifold/core";
import type { DeclaredType, TargetAbi, TypeTable } from "../lower/index.js";
import { valueFault } from "./faults.js";
import { lowering } from "./tools.js";

/** All targets that a header can name so far. */
const TARGET: TargetAbi = { pointerBytes: 8, littleEndian: true, machine: "x86_64" };

/** A declaration as JSON. */
type Parsed = { readonly type: string; readonly is: unknown } | { readonly errors: readonly unknown[] };

/** What is wrong with a manifest's types. */
interface Faulty {
  readonly blamed: readonly Blamed[];
}

export class TypeTables {
  readonly #manifests = new Map<number, readonly TypeText[]>();
  readonly #tables = new Map<number, TypeTable | Faulty>();

  constructor(manifests: readonly ManifestTypes[]) {
    for (const { scope, declarations } of manifests) this.#manifests.set(scope, declarations);
  }

  /** The types of a manifest: "unknown" where the shift does not carry them, "faulty" where they cannot be. */
  of(scope: number): TypeTable | "unknown" | "faulty" {
    const table = this.#of(scope);
    return table === undefined ? "unknown" : "blamed" in table ? "faulty" : table;
  }

  /** What is wrong with the declarations of all manifests. */
  blamed(): Blamed[] {
    return [...this.#manifests.keys()].flatMap((scope) => {
      const table = this.#of(scope);
      return table !== undefined && "blamed" in table ? table.blamed : [];
    });
  }

  #of(scope: number): TypeTable | Faulty | undefined {
    const declarations = this.#manifests.get(scope);
    if (declarations === undefined) return undefined;
    let table = this.#tables.get(scope);
    if (table === undefined) {
      table = build(declarations);
      this.#tables.set(scope, table);
    }
    return table;
  }
}

/** Builds the table. Several `errors` declarations add up: a name may be in more than one of them. */
function build(declarations: readonly TypeText[]): TypeTable | Faulty {
  const { GlobalErrorSet, TypeTable } = lowering();
  const types: DeclaredType[] = [];
  const errors = new Set<string>();
  const blamed: Blamed[] = [];
  let lastErrors: TypeText | undefined;
  for (const declaration of declarations) {
    const parsed = JSON.parse(declaration.text) as Parsed;
    if ("is" in parsed) {
      types.push({ name: parsed.type, is: parsed.is, place: { offset: declaration.offset } });
      continue;
    }
    const set = new GlobalErrorSet(parsed.errors);
    for (const diagnostic of set.diagnostics) blamed.push(blame(diagnostic, declaration));
    for (const name of set.names) errors.add(name);
    lastErrors = declaration;
  }
  try {
    const table = new TypeTable(TARGET, types, [...errors]);
    return blamed.length === 0 ? table : { blamed };
  } catch (cause) {
    if (!(cause instanceof DiagnosticError)) throw cause;
    for (const diagnostic of cause.diagnostics) {
      // Only a type's own diagnostics have a place; of the error set as a whole there may be too many.
      const { offset, symbol } = diagnostic.place ?? {};
      const declaration =
        declarations.find((one) => one.offset === offset && isOfType(one.text, symbol)) ??
        lastErrors ??
        declarations[0]!;
      blamed.push(blame(diagnostic, declaration));
    }
    return { blamed };
  }
}

function isOfType(text: string, name: string | undefined): boolean {
  const parsed = JSON.parse(text) as Parsed;
  return "is" in parsed && parsed.type === name;
}

/** The diagnostic at the place in the declaration that it is about. */
function blame(diagnostic: Blamed["diagnostic"], declaration: TypeText): Blamed {
  const bytes = Buffer.from(declaration.text, "utf8");
  const fault = valueFault(diagnostic, bytes, 0, bytes.length);
  const { code, severity, message, suggestion } = diagnostic;
  const symbol = diagnostic.place?.symbol;
  return {
    diagnostic: {
      code,
      severity,
      message,
      ...(symbol === undefined ? {} : { place: { symbol } }),
      ...(suggestion === undefined ? {} : { suggestion }),
    },
    source: declaration.source,
    offset: declaration.offset + fault.offset,
    length: fault.length,
  };
}
