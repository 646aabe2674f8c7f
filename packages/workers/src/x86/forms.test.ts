import { beforeAll, describe, expect, it } from "vitest";
import { Assembler } from "./assembler.js";
import { allSamples, anyStatements, seeded } from "./form-samples.test.helper.js";
import { render, renderOurs, runGnuAs } from "./gnu-as.test.helper.js";

const PER_FORM = 12;

/** What GNU `as` makes of each line: its bytes and relocations as one string, or "error". */
function gnuLines(lines: readonly string[]): string[] {
  const text = (refused: ReadonlySet<number>): string =>
    [
      ".intel_syntax noprefix",
      ...lines.map((line, i) => `l${i}: ${refused.has(i) ? "" : line}`),
      `l${lines.length}:`,
      "",
    ].join("\n");
  const refused = new Set<number>();
  let object: ReturnType<typeof runGnuAs>["object"];
  // Some errors show only when others are gone.
  for (let attempt = 0; object === undefined && attempt < 4; attempt++) {
    const run = runGnuAs(text(refused));
    for (const line of run.errorLines) refused.add(line - 2);
    object = run.object;
    if (object === undefined && run.errorLines.length === 0) throw new Error(run.messages);
  }
  if (object === undefined) throw new Error("still errors");
  const section = object.sections.find((candidate) => candidate.name === ".text")!;
  let next = 0;
  return lines.map((_, i) => {
    if (refused.has(i)) return "error";
    const start = object.symbols.get(`l${i}`)!.value;
    const end = object.symbols.get(`l${i + 1}`)!.value;
    const fields = [];
    for (; next < section.relocations.length && section.relocations[next]!.offset < end; next++) {
      const field = section.relocations[next]!;
      fields.push({ ...field, offset: field.offset - start });
    }
    return render(section.bytes.subarray(start, end), fields);
  });
}

describe("the instruction table", () => {
  const lines = allSamples(seeded(20240229), PER_FORM);
  const differences: string[] = [];
  let refused = 0;

  beforeAll(() => {
    const assembler = new Assembler();
    gnuLines(lines).forEach((theirs, i) => {
      const ours = renderOurs(assembler, lines[i]!);
      if (theirs === "error") refused++;
      if (theirs === "error" ? !ours.startsWith("error") : ours !== theirs) {
        differences.push(`${lines[i]}\n  ours   ${ours}\n  theirs ${theirs}`);
      }
    });
  });

  it("encodes every form with random operands as GNU as does, and refuses what it refuses", () => {
    expect(differences).toEqual([]);
  });

  it("samples mostly statements that exist", () => {
    expect(refused).toBeLessThan(lines.length / 20);
  });

  it("never encodes anything differently, whatever mnemonics and operands come together", () => {
    const assembler = new Assembler();
    const statements = anyStatements(seeded(99), 40_000);
    const theirs = gnuLines(statements);
    const accepted = statements.flatMap((line, i) => {
      const ours = renderOurs(assembler, line);
      return ours.startsWith("error") || theirs[i] === "error" ? [] : [{ line, ours, theirs: theirs[i]! }];
    });
    expect(accepted.filter((each) => each.ours !== each.theirs)).toEqual([]);
    expect(accepted.length).toBeGreaterThan(500);
  });
});
