import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { chdrSize, readChdr, writeChdr } from "./chdr.js";
import { dynSize, readDyn, writeDyn } from "./dyn.js";
import { ehdrSize, readEhdr, writeEhdr } from "./ehdr.js";
import type { ElfFormat } from "./format.js";
import { NHDR_SIZE, readNhdr, writeNhdr } from "./nhdr.js";
import { phdrSize, readPhdr, writePhdr } from "./phdr.js";
import { readRel, relSize, writeRel } from "./rel.js";
import { readRela, relaSize, writeRela } from "./rela.js";
import { readShdr, shdrSize, writeShdr } from "./shdr.js";
import { readSym, symBind, symInfo, symSize, symType, symVisibility, writeSym } from "./sym.js";
import { readSignedWord, readWord, writeSignedWord, writeWord } from "./word.js";

const FORMATS: readonly ElfFormat[] = [32, 64].flatMap((bits) =>
  [true, false].map((littleEndian) => ({ class: bits as 32 | 64, littleEndian })),
);

const byte = fc.nat(0xff);
const half = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);

/** A word of the class, its limits often among them. */
function word(format: ElfFormat): fc.Arbitrary<number> {
  const max = format.class === 32 ? 0xffffffff : Number.MAX_SAFE_INTEGER;
  return fc.oneof(fc.nat(max), fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff, max));
}

function signedWord(format: ElfFormat): fc.Arbitrary<number> {
  const limit = format.class === 32 ? 2 ** 31 : Number.MAX_SAFE_INTEGER;
  const max = format.class === 32 ? limit - 1 : limit;
  return fc.oneof(fc.integer({ min: -limit, max }), fc.constantFrom(0, -1, -4, -limit, max));
}

interface Codec<T> {
  readonly size: (format: ElfFormat) => number;
  readonly read: (view: DataView, offset: number, format: ElfFormat) => T;
  readonly write: (view: DataView, offset: number, format: ElfFormat, value: T) => void;
  readonly values: (format: ElfFormat) => fc.Arbitrary<T>;
}

function codec<T>(
  size: Codec<T>["size"],
  read: Codec<T>["read"],
  write: Codec<T>["write"],
  values: Codec<T>["values"],
): Codec<unknown> {
  return { size, read, write: write as Codec<unknown>["write"], values };
}

const symbolIndex = (format: ElfFormat) => (format.class === 32 ? fc.nat(0xffffff) : u32);
const relocationType = (format: ElfFormat) => (format.class === 32 ? byte : u32);

const CODECS: Readonly<Record<string, Codec<unknown>>> = {
  Ehdr: codec(ehdrSize, readEhdr, writeEhdr, (format) =>
    fc.record({
      osabi: byte,
      abiversion: byte,
      type: half,
      machine: half,
      version: u32,
      entry: word(format),
      phoff: word(format),
      shoff: word(format),
      flags: u32,
      ehsize: half,
      phentsize: half,
      phnum: half,
      shentsize: half,
      shnum: half,
      shstrndx: half,
    }),
  ),
  Phdr: codec(phdrSize, readPhdr, writePhdr, (format) =>
    fc.record({
      type: u32,
      flags: u32,
      offset: word(format),
      vaddr: word(format),
      paddr: word(format),
      filesz: word(format),
      memsz: word(format),
      align: word(format),
    }),
  ),
  Shdr: codec(shdrSize, readShdr, writeShdr, (format) =>
    fc.record({
      name: u32,
      type: u32,
      flags: word(format),
      addr: word(format),
      offset: word(format),
      size: word(format),
      link: u32,
      info: u32,
      addralign: word(format),
      entsize: word(format),
    }),
  ),
  Sym: codec(symSize, readSym, writeSym, (format) =>
    fc.record({ name: u32, value: word(format), size: word(format), info: byte, other: byte, shndx: half }),
  ),
  Rel: codec(relSize, readRel, writeRel, (format) =>
    fc.record({ offset: word(format), sym: symbolIndex(format), type: relocationType(format) }),
  ),
  Rela: codec(relaSize, readRela, writeRela, (format) =>
    fc.record({
      offset: word(format),
      sym: symbolIndex(format),
      type: relocationType(format),
      addend: signedWord(format),
    }),
  ),
  Dyn: codec(dynSize, readDyn, writeDyn, (format) => fc.record({ tag: signedWord(format), value: word(format) })),
  Chdr: codec(chdrSize, readChdr, writeChdr, (format) =>
    fc.record({ type: u32, size: word(format), addralign: word(format) }),
  ),
  Nhdr: codec(
    () => NHDR_SIZE,
    readNhdr,
    writeNhdr,
    () => fc.record({ namesz: u32, descsz: u32, type: u32 }),
  ),
};

describe.each(FORMATS)("ELF$class, little endian: $littleEndian", (format) => {
  test.each(Object.entries(CODECS))(
    "%s reads back as it was written and touches no byte beyond its size",
    (_, each) => {
      fc.assert(
        fc.property(each.values(format), fc.nat(9), (value, offset) => {
          const size = each.size(format);
          const bytes = new Uint8Array(offset + size + 8).fill(0xa5);
          const view = new DataView(bytes.buffer);
          each.write(view, offset, format, value);
          expect(each.read(view, offset, format)).toEqual(value);
          expect([...bytes.subarray(0, offset), ...bytes.subarray(offset + size)].every((b) => b === 0xa5)).toBe(true);
        }),
      );
    },
  );

  test.each(Object.entries(CODECS))("%s is written without gaps: equal bytes whatever lay there before", (_, each) => {
    fc.assert(
      fc.property(each.values(format), (value) => {
        const [first, second] = [0x00, 0xff].map((filler) => {
          const bytes = new Uint8Array(each.size(format)).fill(filler);
          each.write(new DataView(bytes.buffer), 0, format, value);
          return bytes;
        });
        expect(first).toEqual(second);
      }),
    );
  });

  test("a value that does not fit a word is refused with MF0402", () => {
    const view = new DataView(new ArrayBuffer(8));
    const over = format.class === 32 ? 2 ** 32 : 2 ** 53;
    for (const value of [-1, over, 0.5, Number.NaN]) {
      expect(() => writeWord(view, 0, format, value, "sh_size")).toThrow(/MF0402: sh_size/);
    }
    const underSigned = format.class === 32 ? -(2 ** 31) - 1 : -(2 ** 53);
    expect(() => writeSignedWord(view, 0, format, underSigned, "r_addend")).toThrow(DiagnosticError);
  });
});

describe("64-bit words", () => {
  const view = new DataView(new ArrayBuffer(8));
  const format: ElfFormat = { class: 64, littleEndian: true };

  test("agree with BigInt for every bit pattern, or are refused with MF0401", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.boolean(), fc.nat(63), (pattern, littleEndian, shift) => {
        const bits = pattern >> BigInt(shift);
        view.setBigUint64(0, bits, littleEndian);
        check(bits, () => readWord(view, 0, { class: 64, littleEndian }, "e_entry"));
        check(BigInt.asIntN(64, bits), () => readSignedWord(view, 0, { class: 64, littleEndian }, "r_addend"));
      }),
      { numRuns: 1000 },
    );
    function check(value: bigint, read: () => number) {
      if (Number.isSafeInteger(Number(value))) expect(BigInt(read())).toBe(value);
      else expect(read).toThrow(/MF0401/);
    }
  });

  test("hold a negative addend as two's complement", () => {
    writeSignedWord(view, 0, format, -4, "r_addend");
    expect(view.getBigUint64(0, true)).toBe(0xffff_ffff_ffff_fffcn);
  });
});

test("st_info packs binding above type", () => {
  fc.assert(
    fc.property(fc.nat(15), fc.nat(15), (bind, type) => {
      expect([symBind(symInfo(bind, type)), symType(symInfo(bind, type))]).toEqual([bind, type]);
    }),
  );
  expect(symVisibility(0xfe)).toBe(2);
});
