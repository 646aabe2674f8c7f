import { Arena } from "@manifold/core";
import { describe, expect, it } from "vitest";
import { Assembler } from "../x86/assembler.js";
import { allSamples, anyStatements, seeded } from "../x86/form-samples.test.helper.js";
import { type Field, render, renderOurs } from "../x86/gnu-as.test.helper.js";
import { Relocation } from "../x86/index.js";
import { CurrentDeclaration } from "./declaration.js";
import { FuncBuilder } from "./func-builder.js";
import { withMethods } from "./instruction-methods.js";
import { callFor } from "./text-operands.test.helper.js";

const PER_FORM = 12;

/** Code and relocations of one statement through the builder, or "error". */
function built(func: FuncBuilder, declaration: CurrentDeclaration, statement: string): string {
  declaration.begin(0, "func", "f");
  func.begin(declaration);
  try {
    callFor(withMethods(func), statement);
    const { layout } = func.finish();
    const fields = Array.from({ length: layout.relocationCount }, (_, i): Field => {
      const [offset, type, , , low, high] = layout.relocations.subarray(i * Relocation.SIZE);
      return { offset: offset!, type: type!, name: "there", addend: high! * 0x1_0000_0000 + (low! >>> 0) };
    });
    return render(layout.code.subarray(0, layout.codeLength), fields);
  } catch (cause) {
    if ((cause as Error).name !== "DiagnosticError") throw cause;
    return "error";
  } finally {
    func.end();
    declaration.abandon();
  }
}

interface Compared {
  /** How many statements exist. */
  accepted: number;
  /** Statements that come out different, with both results. */
  readonly differences: string[];
}

function compare(statements: readonly string[]): Compared {
  const assembler = new Assembler();
  const func = new FuncBuilder();
  const declaration = new CurrentDeclaration(new Arena(), 0);
  const compared: Compared = { accepted: 0, differences: [] };
  for (const statement of statements) {
    const fromText = renderOurs(assembler, statement).replace(/^error.*$/, "error");
    const fromCalls = built(func, declaration, statement);
    if (fromCalls !== "error") compared.accepted++;
    if (fromText !== fromCalls) compared.differences.push(`${statement}: ${fromText}; the builder: ${fromCalls}`);
  }
  return compared;
}

describe("an instruction through the builder", () => {
  it("has the bytes and relocations of its text, for every form with random operands", () => {
    const statements = allSamples(seeded(7), PER_FORM);
    const { accepted, differences } = compare(statements);
    expect(differences).toEqual([]);
    expect(accepted).toBeGreaterThan(statements.length * 0.95);
  });

  it("exists where its text does, whatever mnemonics and operands come together", () => {
    // A name alone is absolute memory in text, and relative to rip here.
    const statements = anyStatements(seeded(8), 20_000).filter((statement) => !/(, | )there(,|$)/.test(statement));
    const { accepted, differences } = compare(statements);
    expect(differences).toEqual([]);
    expect(accepted).toBeGreaterThan(250);
  });
});
