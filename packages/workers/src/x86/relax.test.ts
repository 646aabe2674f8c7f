import { describe, expect, it } from "vitest";
import { Assembler } from "./assembler.js";
import { type Random, seeded } from "./form-samples.test.helper.js";
import { type GccFunction, gnuFunctions } from "./gcc-output.test.helper.js";
import { renderOurs } from "./gnu-as.test.helper.js";

/** A function of branches among labels, with filler and alignments whose sizes sit around the reach of short branches. */
function tangle(random: Random, name: string): GccFunction {
  const labels = 2 + random(12);
  const lines: string[] = [];
  for (let i = 0; i < labels; i++) {
    for (let j = random(5); j > 0; j--) {
      const label = `.L${name}${random(labels)}`;
      const plus = random(10) === 0 ? `+${random(3)}` : "";
      lines.push(`\t${["jmp", "je", "jb", "jnle"][random(4)]} ${label}${plus}`);
    }
    if (random(4) === 0) lines.push(`\t.p2align ${1 + random(5)}${random(3) === 0 ? `,,${random(20)}` : ""}`);
    if (random(12) === 0) lines.push("\tjmp elsewhere");
    lines.push(`.L${name}${i}:`);
    lines.push(`\t.skip ${random(3) === 0 ? random(130) : random(25)}, 0x90`);
    if (random(6) === 0) lines.push(`\t.long .L${name}${random(labels)}-.L${name}${random(labels)}`);
    if (random(6) === 0) lines.push(`\tlea rax, .L${name}${random(labels)}[rip]`);
  }
  return { name, text: `${lines.join("\n")}\n` };
}

describe("branch relaxation", () => {
  it("chooses short and near branches as GNU as does in 1500 tangles of branches and alignments", () => {
    const random = seeded(4711);
    const functions = Array.from({ length: 1500 }, (_, i) => tangle(random, `t${i}_`));
    const assembler = new Assembler();
    const theirs = gnuFunctions(functions);
    const wrong = functions.filter((f, i) => renderOurs(assembler, f.text, "self") !== theirs[i]);
    expect(wrong.map((f) => f.text)).toEqual([]);
  });

  it("keeps a branch of exactly -128 and 127 bytes short, and makes one byte more near", () => {
    const assembler = new Assembler();
    const size = (text: string): number => {
      assembler.assemble(Buffer.from(text), 0, text.length);
      return assembler.codeLength;
    };
    expect(size("jmp 1f\n.skip 127\n1:")).toBe(2 + 127);
    expect(size("jmp 1f\n.skip 128\n1:")).toBe(5 + 128);
    expect(size("1: .skip 126\njmp 1b")).toBe(2 + 126);
    expect(size("1: .skip 127\njmp 1b")).toBe(5 + 127);
    expect(size("1: .skip 127\nje 1b")).toBe(6 + 127);
  });

  it("fills alignments with the no-operations of GNU as, up to a whole page", () => {
    const functions = [1, 2, 3, 5, 8, 11, 12, 22, 31, 76, 77, 87, 88, 89, 128, 129, 130, 200, 1000, 4095].map(
      (gap, i) => ({
        name: `g${i}`,
        text: `\t.skip ${4096 - gap}, 0xcc\n\t.p2align 12\n\tret\n`,
      }),
    );
    const assembler = new Assembler();
    const theirs = gnuFunctions(functions);
    expect(functions.map((f) => renderOurs(assembler, f.text, "self"))).toEqual(theirs);
  });

  it("reports the largest alignment asked for", () => {
    const assembler = new Assembler();
    const text = Buffer.from("nop\n.p2align 5\nnop\n.balign 8\n.p2align 4,,1\nret");
    assembler.assemble(text, 0, text.length);
    expect(assembler.alignment).toBe(32);
  });
});
