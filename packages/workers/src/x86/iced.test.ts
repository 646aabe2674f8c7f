import { createRequire } from "node:module";
import type * as Iced from "iced-x86";
import { describe, expect, it } from "vitest";
import { Assembler } from "./assembler.js";
import { allSamples, seeded } from "./form-samples.test.helper.js";

const iced = createRequire(import.meta.url)("iced-x86") as typeof Iced;

/** Names that Intel and GNU spell differently, or that are one instruction: both sides are brought to one of them. */
const SAME: Readonly<Record<string, string>> = {
  movabs: "mov",
  sal: "shl",
  fwait: "wait",
  pushw: "push",
  repz: "repe",
  loopz: "loope",
  loopnz: "loopne",
  xlat: "xlatb",
  iretd: "iret",
  pushfq: "pushf",
  popfq: "popf",
  pushfw: "pushf",
  popfw: "popf",
};

const CONDITIONS: Readonly<Record<string, string>> = {
  c: "b",
  nae: "b",
  nb: "ae",
  nc: "ae",
  z: "e",
  nz: "ne",
  na: "be",
  nbe: "a",
  pe: "p",
  po: "np",
  nge: "l",
  nl: "ge",
  ng: "le",
  nle: "g",
};

/** What else a mnemonic may turn out to be: other names of the same instruction, and what it means for some operands. */
const ALSO: Record<string, readonly string[]> = {
  movsx: ["movsxd"],
  movd: ["movq"],
  movq: ["mov"],
  xchg: ["nop"],
};

for (const name of ["movs", "stos", "lods", "scas", "cmps", "ins", "outs"]) {
  ALSO[name] = ["b", "w", "d", "q"].map((size) => name + size);
}

function canonical(name: string): string {
  const condition = /^(j|set|cmov)([a-z]+)$/.exec(name);
  if (condition !== null && condition[2]! in CONDITIONS) return condition[1]! + CONDITIONS[condition[2]!]!;
  // Comparisons with the predicate in their name are the general one with a constant.
  const compare = /^cmp(?:eq|lt|le|unord|neq|nlt|nle|ord)([ps][sd])$/.exec(name);
  if (compare !== null) return `cmp${compare[1]}`;
  return SAME[name] ?? name;
}

describe("what the assembler writes, read by iced-x86", () => {
  it("is one instruction of the mnemonic that was asked for, for every form", () => {
    const assembler = new Assembler();
    const wrong: string[] = [];
    let read = 0;
    for (const line of allSamples(seeded(77), 3)) {
      const source = Buffer.from(line);
      // Registers that exclude each other are refused; the other tests see to that.
      if (!assembler.assemble(source, 0, source.length)) continue;
      const all = assembler.code.slice(0, assembler.codeLength);
      const asked = canonical(line.split(" ")[0]!);
      // fstcw and its like are fnstcw behind a wait.
      const waits = all.length > 1 && all[0] === 0x9b;
      const bytes = waits ? all.subarray(1) : all;
      const names = waits ? [asked.replace("f", "fn")] : [asked, ...(ALSO[asked] ?? [])];
      const decoder = new iced.Decoder(64, bytes, iced.DecoderOptions.None);
      const instruction = decoder.decode();
      const found = canonical(iced.Mnemonic[instruction.mnemonic]!.toLowerCase());
      if (!names.includes(found) || instruction.length !== bytes.length) {
        wrong.push(`${line}: ${Buffer.from(bytes).toString("hex")} is ${found}`);
      }
      read++;
      instruction.free();
      decoder.free();
    }
    expect(wrong).toEqual([]);
    expect(read).toBeGreaterThan(2000);
  });
});
