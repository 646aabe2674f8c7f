/** For tests: compiles C with gcc and reads what became of each global symbol, from little-endian ELF of both classes. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ObjectSymbol {
  /** Contents, with zeros where a relocation applies. */
  readonly bytes: Uint8Array;
  readonly relocations: readonly { readonly offset: number; readonly symbol: string; readonly addend: number }[];
}

/** Runs `work` with an empty directory that is gone afterwards. */
export function inTemporaryDirectory<T>(work: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), "manifold-values-"));
  try {
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Compiles `source` and gives its defined symbols by name. */
export function compileSymbols(source: string, ...flags: readonly string[]): Map<string, ObjectSymbol> {
  return inTemporaryDirectory((directory) => {
    const input = join(directory, "twin.c");
    const output = join(directory, "twin.o");
    writeFileSync(input, source);
    execFileSync("gcc", ["-w", "-c", "-O0", "-fno-pic", "-fno-common", ...flags, input, "-o", output], {
      stdio: "pipe",
    });
    return readSymbols(readFileSync(output));
  });
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

function readSymbols(file: Buffer): Map<string, ObjectSymbol> {
  const wide = file[4] === 2;
  const word = (at: number): number => (wide ? Number(file.readBigUInt64LE(at)) : file.readUInt32LE(at));
  const headers = word(wide ? 0x28 : 0x20);
  const count = file.readUInt16LE(wide ? 0x3c : 0x30);
  const sections: Section[] = Array.from({ length: count }, (_, index) => {
    const at = headers + index * (wide ? 64 : 40);
    return {
      type: file.readUInt32LE(at + 4),
      offset: word(at + (wide ? 0x18 : 0x10)),
      size: word(at + (wide ? 0x20 : 0x14)),
      link: file.readUInt32LE(at + (wide ? 0x28 : 0x18)),
      info: file.readUInt32LE(at + (wide ? 0x2c : 0x1c)),
    };
  });
  const table = sections.find((section) => section.type === 2)!;
  const names = sections[table.link]!;
  const symbols = Array.from({ length: table.size / (wide ? 24 : 16) }, (_, index) => {
    const at = table.offset + index * (wide ? 24 : 16);
    const name = names.offset + file.readUInt32LE(at);
    return {
      name: file.toString("latin1", name, file.indexOf(0, name)),
      section: file.readUInt16LE(at + (wide ? 6 : 14)),
      value: word(at + (wide ? 8 : 4)),
      size: word(at + (wide ? 16 : 8)),
      isObject: (file[at + (wide ? 4 : 12)]! & 15) === 1,
    };
  });
  // Relocations by the section they apply to, in order of offset.
  const relocations = new Map<number, { offset: number; symbol: string; addend: number }[]>();
  for (const { type, offset, size, info } of sections) {
    if (type !== 4 && type !== 9) continue;
    const entry = type === 4 ? 24 : 8;
    const target = sections[info]!;
    const list = Array.from({ length: size / entry }, (_, index) => {
      const at = offset + index * entry;
      const place = word(at);
      const symbol = symbols[file.readUInt32LE(at + (wide ? 12 : 4)) >> (wide ? 0 : 8)]!.name;
      const addend = type === 4 ? Number(file.readBigInt64LE(at + 16)) : file.readInt32LE(target.offset + place);
      file.fill(0, target.offset + place, target.offset + place + (wide ? 8 : 4));
      return { offset: place, symbol, addend };
    });
    relocations.set(
      info,
      list.sort((a, b) => a.offset - b.offset),
    );
  }
  const result = new Map<string, ObjectSymbol>();
  for (const symbol of symbols) {
    const section = sections[symbol.section];
    if (!symbol.isObject || section === undefined || symbol.section === 0) continue;
    const start = section.offset + symbol.value;
    const bytes =
      section.type === 8 ? new Uint8Array(symbol.size) : Uint8Array.from(file.subarray(start, start + symbol.size));
    const own = (relocations.get(symbol.section) ?? []).filter(
      ({ offset }) => offset >= symbol.value && offset < symbol.value + symbol.size,
    );
    const moved = own.map((relocation) => ({ ...relocation, offset: relocation.offset - symbol.value }));
    result.set(symbol.name, { bytes, relocations: moved });
  }
  return result;
}
