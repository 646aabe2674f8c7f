import { describe, expect, test } from "vitest";
import { DT, type Dyn, dynSize, readDyn } from "./dyn.js";
import { ET, readEhdr } from "./ehdr.js";
import { ELF64_LE, type ElfFormat } from "./format.js";
import { EM } from "./machine.js";
import { nameOf, nameOrHex, sectionFlagLetters, segmentFlagLetters } from "./names.js";
import { PT, phdrSize, readPhdr } from "./phdr.js";
import { readRela, relaSize } from "./rela.js";
import { readShdr, SHT, type Shdr, shdrSize } from "./shdr.js";
import { readSym, STB, STT, STV, symBind, symSize, symType, symVisibility } from "./sym.js";
import { gcc, readelf } from "./toolchain.test.helper.js";
import { R_X86_64, x8664RelocationName } from "./x86-64.js";

const SOURCE = `
#include <stdio.h>
static int hidden = 3;
int shown = 4, empty[100];
__thread int perThread = 5;
__attribute__((weak, visibility("hidden"))) int twice(int x) { return 2 * x; }
int main(void) { printf("%d %d\\n", twice(hidden++), shown + empty[3] + perThread); return 0; }
`;

function sections(view: DataView, format: ElfFormat): Shdr[] {
  const ehdr = readEhdr(view, 0, format);
  return Array.from({ length: ehdr.shnum }, (_, i) => readShdr(view, ehdr.shoff + i * shdrSize(format), format));
}

function string(bytes: Uint8Array, table: Shdr, offset: number): string {
  const start = table.offset + offset;
  return Buffer.from(bytes.subarray(start, bytes.indexOf(0, start))).toString("latin1");
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");

describe.each([
  ["object", ["-c"], ELF64_LE],
  ["executable", [], ELF64_LE],
  ["32-bit object", ["-m32", "-c", "-fno-pic"], { class: 32, littleEndian: true }],
] as const)("a gcc %s reads as readelf reads it:", (_, flags, format) => {
  const bytes = gcc(SOURCE.replace(/#include.*/, "int printf(const char *, ...);"), ["-O1", ...flags]);
  const view = new DataView(bytes.buffer);
  const ehdr = readEhdr(view, 0, format);
  const shdrs = sections(view, format);
  const digits = format.class === 32 ? 8 : 16;

  test("file header", () => {
    const text = readelf(bytes, ["-h"]);
    const field = (name: string) => new RegExp(`${name}:\\s+(?:0x)?([0-9a-f]+)`).exec(text)?.[1];
    expect(text).toContain(`Type:                              ${nameOf(ET, ehdr.type)}`);
    expect(field("Entry point address")).toBe(ehdr.entry.toString(16));
    expect(field("Start of program headers")).toBe(String(ehdr.phoff));
    expect(field("Start of section headers")).toBe(String(ehdr.shoff));
    expect(field("Number of program headers")).toBe(String(ehdr.phnum));
    expect(field("Number of section headers")).toBe(String(ehdr.shnum));
    expect(field("Section header string table index")).toBe(String(ehdr.shstrndx));
    expect(ehdr.machine).toBe(format.class === 32 ? EM[386] : EM.X86_64);
  });

  test("sections", () => {
    const names = shdrs[ehdr.shstrndx]!;
    const ours = shdrs
      .slice(1)
      .map((shdr, i) =>
        [
          i + 1,
          string(bytes, names, shdr.name),
          nameOrHex(SHT, shdr.type),
          hex(shdr.addr, digits),
          hex(shdr.offset, 6),
          hex(shdr.size, 6),
          hex(shdr.entsize, 2),
          sectionFlagLetters(shdr.flags, ehdr.machine),
          shdr.link,
          shdr.info,
          shdr.addralign,
        ].join(" "),
      );
    const rows = readelf(bytes, ["-S"]).matchAll(/^\s+\[\s*([1-9]\d*)\] (.*)$/gm);
    const theirs = Array.from(rows, ([, index, rest]) => {
      const [name, type, ...fields] = rest!.trim().split(/\s+/);
      // A section without flags has an empty column.
      if (fields.length === 7) fields.splice(4, 0, "");
      const spelled = type === "VERSYM" || type === "VERNEED" ? `GNU_${type}` : type;
      return [index, name, spelled, ...fields].join(" ");
    });
    expect(ours).toEqual(theirs);
  });

  test("segments", () => {
    const ours = Array.from({ length: ehdr.phnum }, (_, i) => {
      const phdr = readPhdr(view, ehdr.phoff + i * phdrSize(format), format);
      const place = [hex(phdr.offset, 6), hex(phdr.vaddr, digits), hex(phdr.paddr, digits)];
      const sizes = [hex(phdr.filesz, 6), hex(phdr.memsz, 6)];
      return `${nameOf(PT, phdr.type)} ${[...place, ...sizes].map((v) => `0x${v}`).join(" ")} ${segmentFlagLetters(phdr.flags)} 0x${phdr.align.toString(16)}`;
    });
    const rows = readelf(bytes, ["-l"]).matchAll(/^ {2}([A-Z_]+) +((?:0x[0-9a-f]+ ){5})(.{3}) (\S+)$/gm);
    expect(ours).toEqual(
      Array.from(rows, ([, type, numbers, letters, align]) => `${type} ${numbers}${letters} ${align}`),
    );
  });

  test("symbols", () => {
    const table = shdrs.find((shdr) => shdr.type === SHT.SYMTAB)!;
    const ours = Array.from({ length: table.size / symSize(format) }, (_, i) => {
      const sym = readSym(view, table.offset + i * symSize(format), format);
      const type = symType(sym.info);
      const names = [nameOf(STT, type), nameOf(STB, symBind(sym.info)), nameOf(STV, symVisibility(sym.other))];
      // readelf shows a section's name for its symbol.
      const name = type === STT.SECTION ? "" : string(bytes, shdrs[table.link]!, sym.name);
      return [hex(sym.value, digits), sym.size, ...names, name].join(" ");
    });
    const dump = readelf(bytes, ["-s"]).split("'.symtab'")[1]!;
    const rows = dump.matchAll(/^ +\d+: (\S+) +(\d+) (\S+) +(\S+) +(\S+) +\S+ ?(\S*)/gm);
    const theirs = Array.from(rows, ([, value, size, type, bind, visibility, name]) =>
      [value, size, type, bind, visibility, type === "SECTION" ? "" : name].join(" "),
    );
    expect(ours).toEqual(theirs);
  });

  // Objects of class 32 would need another machine's relocation names.
  if (format.class === 64) test("relocations", relocations);
  if (ehdr.type === ET.DYN) test("dynamic section", dynamicSection);

  function relocations(): void {
    const tables = shdrs.filter((shdr) => shdr.type === SHT.RELA);
    const ours = tables.flatMap((table) =>
      Array.from({ length: table.size / relaSize(format) }, (_, i) => {
        const rela = readRela(view, table.offset + i * relaSize(format), format);
        return `${hex(rela.offset, 16)} R_X86_64_${x8664RelocationName(rela.type)!} ${rela.addend}`;
      }),
    );
    const rows = readelf(bytes, ["-r"]).matchAll(/^([0-9a-f]{16}) +\S+ (\S+) +(.*)$/gm);
    const theirs = Array.from(rows, ([, offset, type, rest]) => {
      const addend = /(?:([+-]) )?([0-9a-f]+)$/.exec(rest!)!;
      const value = Number.parseInt(addend[2]!, 16) * (addend[1] === "-" ? -1 : 1);
      return `${offset} ${type === "R_X86_64_JUMP_SLO" ? "R_X86_64_JUMP_SLOT" : type} ${value}`;
    });
    expect(ours).toEqual(theirs);
    expect(ours.length).toBeGreaterThan(0);
  }

  function dynamicSection(): void {
    const dynamic = shdrs.find((shdr) => shdr.type === SHT.DYNAMIC)!;
    const entries: Dyn[] = [];
    for (let at = dynamic.offset; entries.at(-1)?.tag !== DT.NULL; at += dynSize(format)) {
      entries.push(readDyn(view, at, format));
    }
    const ours = entries.map((entry) => `0x${hex(entry.tag, 16)} (${nameOf(DT, entry.tag)})`);
    const rows = readelf(bytes, ["-d"]).matchAll(/^ (0x[0-9a-f]+ \(\S+\))/gm);
    expect(ours).toEqual(Array.from(rows, ([, entry]) => entry));
    const needed = entries.filter((entry) => entry.tag === DT.NEEDED);
    expect(needed.map((entry) => string(bytes, shdrs[dynamic.link]!, entry.value))).toEqual(["libc.so.6"]);
  }
});

test("relocation types are numbered as the assembler numbers them", () => {
  // Types that as accepts in .reloc by name for class 64; the newest are unknown to older assemblers.
  const names = Object.keys(R_X86_64).filter((name) => !/^CODE_|^RELATIVE64$|_BND$/.test(name));
  const source = `.text\n.zero 8\n${names.map((name) => `.reloc 0, R_X86_64_${name}, x\n`).join("")}`;
  const bytes = gcc(source, ["-c"], "s");
  const view = new DataView(bytes.buffer);
  const table = sections(view, ELF64_LE).find((shdr) => shdr.type === SHT.RELA)!;
  const types = Array.from({ length: names.length }, (_, i) => readRela(view, table.offset + i * 24, ELF64_LE).type);
  expect(types.map(x8664RelocationName)).toEqual(names);
});

test("a number without a name is printed in hexadecimal", () => {
  expect(nameOf(SHT, 0x12345)).toBeUndefined();
  expect(nameOrHex(SHT, 0x12345)).toBe("0x12345");
  expect(nameOrHex(SHT, SHT.RELR)).toBe("RELR");
});
