import { beforeAll, describe, expect, it } from "vitest";
import { Assembler } from "./assembler.js";
import { allSamples, seeded } from "./form-samples.test.helper.js";
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
  const first = runGnuAs(text(new Set()));
  const refused = new Set(first.errorLines.map((line) => line - 2));
  const { object, messages } = first.object === undefined ? runGnuAs(text(refused)) : first;
  if (object === undefined) throw new Error(messages);
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
});
