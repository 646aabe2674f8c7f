/** Runs GNU `as` and reads what it made: the other side of every byte-for-byte comparison. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Assembler } from "./assembler.js";
import { Relocation } from "./layout.js";

export interface Field {
  readonly offset: number;
  readonly type: number;
  /** The symbol's name; for section symbols the section's. */
  readonly name: string;
  readonly addend: number;
}

interface Section {
  readonly name: string;
  readonly bytes: Buffer;
  readonly relocations: readonly Field[];
}

interface ObjectFile {
  readonly sections: readonly Section[];
  /** Symbols by name: section index and value. */
  readonly symbols: ReadonlyMap<string, { readonly section: number; readonly value: number }>;
}

export interface GnuResult {
  /** Undefined where there were errors. */
  readonly object: ObjectFile | undefined;
  /** Line numbers, from 1, of errors. */
  readonly errorLines: readonly number[];
  readonly messages: string;
}

/** Assembles a whole file, in Intel syntax. */
export function runGnuAs(text: string): GnuResult {
  const directory = mkdtempSync(join(tmpdir(), "gnu-as-"));
  try {
    const source = join(directory, "t.s");
    const object = join(directory, "t.o");
    writeFileSync(source, text);
    const run = spawnSync("as", [source, "-o", object], { encoding: "utf8", maxBuffer: 1 << 28 });
    const errorLines = [...run.stderr.matchAll(/:(\d+): Error/g)].map((match) => Number(match[1]));
    return {
      object: run.status === 0 ? readObject(readFileSync(object)) : undefined,
      errorLines: [...new Set(errorLines)],
      messages: run.stderr,
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const cString = (bytes: Buffer, at: number): string => bytes.toString("latin1", at, bytes.indexOf(0, at));

/** Reads a little-endian ELF64 relocatable object (ELF specification, chapters 1 and 4). */
function readObject(file: Buffer): ObjectFile {
  const tableAt = Number(file.readBigUInt64LE(0x28));
  const count = file.readUInt16LE(0x3c);
  const headers = Array.from({ length: count }, (_, i) => {
    const at = tableAt + 64 * i;
    const offset = Number(file.readBigUInt64LE(at + 24));
    const size = Number(file.readBigUInt64LE(at + 32));
    return {
      name: file.readUInt32LE(at),
      type: file.readUInt32LE(at + 4),
      bytes: file.readUInt32LE(at + 4) === 8 ? Buffer.alloc(0) : file.subarray(offset, offset + size),
      link: file.readUInt32LE(at + 40),
      info: file.readUInt32LE(at + 44),
    };
  });
  const names = headers[file.readUInt16LE(0x3e)]!.bytes;
  const sectionName = (i: number): string => cString(names, headers[i]!.name);
  // There is no symbol table where nothing needs one.
  const symtab = headers.find((header) => header.type === 2) ?? { bytes: Buffer.alloc(0), link: 0 };
  const strings = headers[symtab.link]!.bytes;
  const symbolName = (i: number): string => {
    const at = 24 * i;
    const section = (symtab.bytes[at + 4]! & 15) === 3;
    return section ? sectionName(symtab.bytes.readUInt16LE(at + 6)) : cString(strings, symtab.bytes.readUInt32LE(at));
  };
  const symbols = new Map<string, { section: number; value: number }>();
  for (let i = 1; i < symtab.bytes.length / 24; i++) {
    const section = symtab.bytes.readUInt16LE(24 * i + 6);
    symbols.set(symbolName(i), { section, value: Number(symtab.bytes.readBigUInt64LE(24 * i + 8)) });
  }
  const sections = headers.map((header, i): Section => {
    const rela = headers.find((other) => other.type === 4 && other.info === i);
    const relocations = Array.from({ length: (rela?.bytes.length ?? 0) / 24 }, (_, r): Field => {
      const bytes = rela!.bytes;
      return {
        offset: Number(bytes.readBigUInt64LE(24 * r)),
        type: bytes.readUInt32LE(24 * r + 8),
        name: symbolName(bytes.readUInt32LE(24 * r + 12)),
        addend: Number(bytes.readBigInt64LE(24 * r + 16)),
      };
    });
    // Relaxed branches get theirs last.
    relocations.sort((a, b) => a.offset - b.offset);
    return { name: sectionName(i), bytes: header.bytes, relocations };
  });
  return { sections, symbols };
}

/** The relocations of the assembler's last result; `self` names the function itself. */
export function fieldsOf(assembler: Assembler, source: Buffer, self: string): Field[] {
  const { relocations } = assembler;
  return Array.from({ length: assembler.relocationCount }, (_, i) => {
    const at = i * Relocation.SIZE;
    const start = relocations[at + Relocation.NAME_START]!;
    const length = relocations[at + Relocation.NAME_LENGTH]!;
    return {
      offset: relocations[at + Relocation.OFFSET]!,
      type: relocations[at + Relocation.TYPE]!,
      name: start === -1 ? self : source.toString("latin1", start, start + length),
      addend:
        relocations[at + Relocation.ADDEND_HIGH]! * 0x100000000 + (relocations[at + Relocation.ADDEND_LOW]! >>> 0),
    };
  });
}

/** Code and relocations as one line of text, so that a difference shows at a glance. */
export function render(bytes: Uint8Array, fields: readonly Field[]): string {
  const list = fields.map((field) => `${field.offset}:${field.type}:${field.name}+${field.addend}`);
  return [Buffer.from(bytes).toString("hex"), ...list].join(" ");
}

/** Assembles `text` and renders the result, or the errors. */
export function renderOurs(assembler: Assembler, text: string, self = ".text"): string {
  const source = Buffer.from(text);
  if (!assembler.assemble(source, 0, source.length)) {
    return `error: ${assembler.errors.map((error) => `${error.message} (${error.expected ?? ""})`).join("; ")}`;
  }
  return render(assembler.code.subarray(0, assembler.codeLength), fieldsOf(assembler, source, self));
}
