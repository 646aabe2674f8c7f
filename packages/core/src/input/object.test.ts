import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { ELF64_LE } from "../elf/format.js";
import { readShdr, SHT, writeShdr } from "../elf/shdr.js";
import { gcc, readelf, wrapped } from "../elf/toolchain.test.helper.js";
import { R_X86_64, x8664RelocationName } from "../elf/x86-64.js";
import { readObject } from "./object.js";

const LABEL = { file: "lib/thing.a", member: "main.o" };

const SOURCE = `
#include <stdio.h>
static const char *const names[] = { "one", "two" };
int table[4] = { 1, 2, 3, 4 };
int (*const where)(const char *) = puts;
int main(int argc, char **argv) { printf("%s %d", names[argc & 1], table[argc & 3]); return where("x"); }
`;

test("relocations are those that readelf lists, by section and in order", () => {
  const bytes = gcc(SOURCE, ["-c", "-O2", "-fPIC"]);
  const object = readObject(bytes, LABEL);
  const ours = [...object.relocations].flatMap(([section, relocations]) => [
    object.sections[section]!.name,
    ...relocations.map(({ offset, type, addend }) => `${offset.toString(16)} ${x8664RelocationName(type)} ${addend}`),
  ]);
  const theirs = Array.from(
    readelf(bytes, ["-r"]).matchAll(/^Relocation section '\.rela(.*)' at|^([0-9a-f]{16}) +\S+ R_X86_64_(\S+) +(.*)$/gm),
    ([, section, offset, type, rest]) => {
      if (section !== undefined) return section;
      const addend = /(?:([+-]) )?([0-9a-f]+)$/.exec(rest!)!;
      const value = Number.parseInt(addend[2]!, 16) * (addend[1] === "-" ? -1 : 1);
      return `${Number.parseInt(offset!, 16).toString(16)} ${type} ${value}`;
    },
  );
  expect(ours).toEqual(theirs);
  expect(object.symbols.find((symbol) => symbol.name === "main")!.section).toBeDefined();
  expect(object.symbols.find((symbol) => symbol.name === "puts")!.section).toBeUndefined();
});

test("a section that occupies no file space has no bytes and keeps its size", () => {
  const { sections } = readObject(gcc("int big[1000];", ["-c", "-fno-common"]), LABEL);
  const bss = sections.find((section) => section.name === ".bss")!;
  expect([bss.bytes.length, bss.header.size]).toEqual([0, 4000]);
});

test("an absolute symbol may be a negative constant, as assemblers keep those of .set", () => {
  const { symbols } = readObject(gcc(".set error, -4\n.set page, 4096\n", ["-c"], "s"), LABEL);
  const values = symbols.filter(({ name }) => name !== "").map(({ name, sym }) => [name, sym.value]);
  expect(values).toEqual([
    ["error", -4],
    ["page", 4096],
  ]);
});

test("section groups give signature, kind and members", () => {
  const source = `.section .text.f,"axG",@progbits,f,comdat\n.weak f\nf: ret\n.section .data.f,"awG",@progbits,f,comdat\n.long 1\n`;
  const object = readObject(gcc(source, ["-c"], "s"), LABEL);
  const groups = object.groups.map((group) => ({
    ...group,
    sections: group.sections.map((index) => object.sections[index]!.name),
  }));
  expect(groups).toEqual([{ comdat: true, signature: "f", sections: [".text.f", ".data.f"] }]);
});

test("more sections than 16 bits count are read, symbols in them included", () => {
  const names = Array.from({ length: 66_000 }, (_, i) => `s${i}`);
  const source = names.map((name) => `.section .${name},"aw"\n${name}: .byte 1\n`).join("");
  const object = readObject(gcc(source, ["-c"], "s"), LABEL);
  for (const name of ["s0", "s65279", "s65999"]) {
    const symbol = object.symbols.find((each) => each.name === name)!;
    expect(object.sections[symbol.section!]!.name).toBe(`.${name}`);
  }
});

test("addends of sections of type REL are left in place", () => {
  // The first entry of a RELA section, told to be all of a REL section.
  const bytes = gcc("call f\n", ["-c"], "s");
  const view = new DataView(bytes.buffer);
  const { index } = readObject(bytes, LABEL).sections.find((section) => section.name === ".rela.text")!;
  const at = view.getUint32(40, true) + 64 * index;
  writeShdr(view, at, ELF64_LE, { ...readShdr(view, at, ELF64_LE), type: SHT.REL, size: 16, entsize: 16 });
  const [[relocation] = []] = readObject(bytes, LABEL).relocations.values();
  expect(relocation).toMatchObject({ offset: 1, type: R_X86_64.PLT32, addend: undefined, symbol: { name: "f" } });
});

describe("what is no x86-64 object is refused, with the archive and member named:", () => {
  const cases: readonly [string, string, () => Uint8Array][] = [
    ["text", "MF0404", () => Buffer.from("int main(void) { return 0; }")],
    ["nothing at all", "MF0404", () => new Uint8Array(0)],
    ["an executable", "MF0407", () => gcc("int main(void) { return 0; }", [])],
    ["a 32-bit object", "MF0407", () => gcc("int x;", ["-m32", "-c"])],
    ["an x32 object", "MF0407", () => gcc("int x;", ["-mx32", "-c"])],
    ["an object for another machine", "MF0407", () => wrapped("x", "elf64-big")],
    ["an object that holds no machine code", "MF0407", () => gcc("int f(void) { return 0; }", ["-c", "-flto"])],
    ["a truncated object", "MF0405", () => gcc(SOURCE, ["-c"]).subarray(0, 500)],
    ["overlapping sections", "MF0406", () => overlapping()],
  ];
  test.each(cases)("%s", (_, code, make) => {
    const bytes = make();
    try {
      readObject(bytes, LABEL);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(DiagnosticError);
      const [diagnostic] = (thrown as DiagnosticError).diagnostics;
      expect(diagnostic).toMatchObject({ code, place: LABEL, suggestion: expect.any(String) });
      return;
    }
    expect.unreachable();
  });
});

/** Every section of the object claims the whole file. */
function overlapping(): Uint8Array {
  const bytes = gcc(SOURCE, ["-c"]);
  const view = new DataView(bytes.buffer);
  const shoff = view.getUint32(40, true);
  for (let i = 1; i < 4; i++) {
    const at = shoff + 64 * i;
    writeShdr(view, at, ELF64_LE, { ...readShdr(view, at, ELF64_LE), type: 1, offset: 0, size: bytes.length });
  }
  return bytes;
}
