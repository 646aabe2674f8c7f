/**
 * Every type of relocation, applied by us and by GNU as and ld. Each value is held against the formula of the x86-64
 * psABI (table 4.10), evaluated with the addresses that readelf finds in that same file: S the symbol's value, A the
 * addend, P the place, Z the symbol's size; TP is where the thread pointer will stand (psABI 3.4.6).
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tool } from "../support/command.js";
import { bytesAt, segments, symbol, symbols } from "../support/elf-view.js";
import { EXIT_0, HEADER, type Line, linkLines } from "../support/manifest.js";
import { KINDS, type Kind } from "../support/relocation-kinds.js";
import { tempDir } from "../support/temp-dir.js";

/** What the relocations point at, for us; and the same for GNU as. */
const WORLD: readonly Line[] = [
  HEADER,
  ...EXIT_0,
  { extern: "absent", is: "object", weak: true },
  { func: "code", code: { bytes: "9090909090c3" } },
  { export: "exported", of: "code" },
  { var: "data", align: 4, bytes: "010203040506070809" },
  { var: "zeros", align: 16, zero: 5000 },
  { var: "perThread", align: 8, bytes: "0102030405", threadlocal: true },
  { var: "perThreadZeros", align: 16, zero: 20, threadlocal: true },
];
const GNU_WORLD = `
.text
.globl _start, exported
.type code, @function
_start: ret
code:
exported: .byte 0x90, 0x90, 0x90, 0x90, 0x90, 0xc3
.size code, . - code
.weak absent
.data
.type data, @object
data: .byte 1, 2, 3, 4, 5, 6, 7, 8, 9
.size data, . - data
.bss
.balign 16
.type zeros, @object
zeros: .zero 5000
.size zeros, . - zeros
.section .tdata, "awT"
.balign 8
.type perThread, @object
perThread: .byte 1, 2, 3, 4, 5
.section .tbss, "awT", @nobits
.balign 16
.type perThreadZeros, @object
perThreadZeros: .zero 20
`;

/** Where the field of case `index` is inside `place`: apart, so that a field of the wrong size is seen. */
const offsetOf = (index: number): number => 8 + 24 * index;

function linkOurs({ type, cases }: Kind): string {
  const relocs = cases.map(([target, addend], index) => [offsetOf(index), type, target, addend]);
  return linkLines([...WORLD, { const: "place", align: 8, bytes: filler(cases.length).toString("hex"), relocs }]);
}

function linkGnu({ type, cases }: Kind): string {
  const directory = tempDir();
  const [source, object, program] = ["s", "o", "exe"].map((kind) => join(directory, `place.${kind}`));
  const relocs = cases.map(
    ([target, addend], index) => `.reloc place + ${offsetOf(index)}, R_X86_64_${type}, ${target} + ${addend}\n`,
  );
  const bytes = [...filler(cases.length)].join(", ");
  writeFileSync(
    source!,
    `${GNU_WORLD}.section .rodata\n.balign 8\n.type place, @object\nplace: .byte ${bytes}\n${relocs.join("")}`,
  );
  tool("as", ["-o", object!, source!]);
  tool("ld", ["-static", "-o", program!, object!]);
  return program!;
}

/** The contents of `place` before relocation: bytes that are not zero, to show which ones change. */
function filler(cases: number): Buffer {
  return Buffer.alloc(offsetOf(cases), 0xa5);
}

/** The value, modulo 2^64, that the formula has in this program. */
function evaluate(program: string, { formula }: Kind, target: string, addend: number, offset: number): bigint {
  const found = target === "absent" ? { value: 0, size: 0 } : symbol(program, target);
  const place = symbol(program, "place").value + offset;
  const base = { "S+A": 0, "S+A-P": place, "Z+A": 0, "S+A-TP": formula === "S+A-TP" ? threadPointer(program) : 0 };
  const from = formula === "Z+A" ? found.size : found.value;
  return BigInt.asUintN(64, BigInt(from) + BigInt(addend) - BigInt(base[formula]));
}

/** The thread pointer, relative to the start of PT_TLS: variant II puts the block below it. */
function threadPointer(program: string): number {
  const { memorySize, align } = segments(program).find(({ type }) => type === "TLS")!;
  return Math.ceil(memorySize / align) * align;
}

/** The contents of `place` that the formula asks for. */
function expected(program: string, kind: Kind): string {
  const bytes = filler(kind.cases.length);
  kind.cases.forEach(([target, addend], index) => {
    const value = Buffer.alloc(8);
    value.writeBigUInt64LE(evaluate(program, kind, target, addend, offsetOf(index)));
    value.copy(bytes, offsetOf(index), 0, kind.size);
  });
  return bytes.toString("hex");
}

function actual(program: string, { cases }: Kind): string {
  return bytesAt(program, symbol(program, "place").value, filler(cases.length).length).toString("hex");
}

describe("a relocation of the type", () => {
  it.each(KINDS.map((kind) => [kind.type, kind] as const))("%s has the value that GNU ld gives it", (_, kind) => {
    const gnu = linkGnu(kind);
    expect(actual(gnu, kind)).toBe(expected(gnu, kind));
    const ours = linkOurs(kind);
    expect(actual(ours, kind)).toBe(expected(ours, kind));
  });
});

describe("a relocation", () => {
  it("may point into the middle of a declaration, by a ref", () => {
    const program = linkLines([
      ...WORLD,
      {
        const: "place",
        align: 8,
        bytes: "00".repeat(8),
        relocs: [[0, "64", "middle", 1]],
        refs: { middle: { nav: "data", offset: 4 } },
      },
    ]);
    const pointer = bytesAt(program, symbol(program, "place").value, 8).readBigUInt64LE();
    expect(pointer).toBe(BigInt(symbol(program, "data").value + 5));
  });

  it("may stand in thread-local data", () => {
    const program = linkLines([
      ...WORLD,
      { var: "perThreadPointer", align: 8, bytes: "00".repeat(8), threadlocal: true, relocs: [[0, "64", "data", 2]] },
    ]);
    const { address } = segments(program).find(({ type }) => type === "TLS")!;
    const pointer = bytesAt(program, address + symbol(program, "perThreadPointer").value, 8).readBigUInt64LE();
    expect(pointer).toBe(BigInt(symbol(program, "data").value + 2));
  });

  it("to an export and to what it exports have the same value", () => {
    const program = linkLines([
      ...WORLD,
      {
        const: "place",
        align: 8,
        bytes: "00".repeat(16),
        relocs: [
          [0, "64", "exported", 0],
          [8, "64", "code", 0],
        ],
      },
    ]);
    const pointers = bytesAt(program, symbol(program, "place").value, 16);
    expect(pointers.readBigUInt64LE(0)).toBe(pointers.readBigUInt64LE(8));
    expect(symbols(program).filter(({ name }) => name === "exported" || name === "code")).toHaveLength(2);
  });
});
