import { describe, expect, it } from "vitest";
import { R_X86_64 } from "../elf/x86-64.js";
import { Arena } from "../memory/arena.js";
import { NameTable } from "../memory/name-table.js";
import { SharedRegion } from "../memory/shared-region.js";
import { Chunk, ChunkStatus, ChunkTable } from "../protocol/chunk-table.js";
import { makeControl } from "../protocol/control.js";
import { Decl, DeclKind, Ref, Reloc } from "../protocol/records.js";
import { Applier, type ApplyPlan } from "./apply.js";
import { Misapplied } from "./relocate.js";
import { Section } from "./sections.js";
import { LinkTables } from "./shared-link.js";
import { SymbolTable, SymField } from "./symbol-table.js";
import { ALIGN } from "./x86-64.js";

const PLAN: ApplyPlan = {
  base: 0x1000000,
  address: new Float64Array(9),
  fileOffset: new Float64Array(9),
  shndx: new Int32Array(9),
  tlsOffset: new Float64Array(9),
  tlsSize: 0,
  symtab: 4096,
  strtab: 8192,
  mode: "static",
  rela: 0,
  relaOf: new Float64Array(9),
};

/** Applies one relocation of `type` at offset 0 of a function of 8 bytes, against itself. */
function applyOne(type: number, addend: number): { failures: number[]; bytes: number[] } {
  const chunks = new ChunkTable();
  const symbols = new SymbolTable();
  const arena = new Arena();
  const image = new SharedRegion("image", 16384);
  chunks.add(0, 1, 2);
  chunks.finish(0, ChunkStatus.EMITTED);
  const symbol = symbols.add(0, 0, 0);
  symbols.set(symbol, SymField.SECTION, Section.DATA);
  symbols.set(symbol, SymField.SIZE, 8);
  const decl = new Int32Array(Decl.WORDS);
  decl[Decl.FLAGS] = DeclKind.VAR;
  decl[Decl.SIZE] = 8;
  decl[Decl.RELOC_COUNT] = 1;
  decl[Decl.SYMBOL] = symbol;
  const reloc = new Int32Array(Reloc.WORDS);
  reloc[Reloc.TYPE] = type;
  reloc[Reloc.ADDEND_LOW] = addend | 0;
  reloc[Reloc.ADDEND_HIGH] = Math.floor(addend / 2 ** 32);
  const ref = new Int32Array(Ref.WORDS);
  ref[Ref.SYMBOL] = symbol;
  arena.pushWords(new Int32Array(2), 2);
  chunks.set(0, Chunk.DECLS, arena.pushWords(decl, decl.length));
  chunks.set(0, Chunk.DECL_COUNT, 1);
  chunks.set(0, Chunk.RELOCS, arena.pushWords(reloc, reloc.length));
  chunks.set(0, Chunk.RELOC_COUNT, 1);
  chunks.set(0, Chunk.REFS, arena.pushWords(ref, ref.length));
  chunks.set(0, Chunk.REF_COUNT, 1);
  const tables = new LinkTables({
    control: makeControl().buffer,
    chunks: chunks.buffer,
    chunkCount: 1,
    arenas: [arena.region.buffer],
    names: new NameTable(1).buffer,
    symbols: symbols.buffer,
    nodes: new SharedArrayBuffer(64),
    image: image.buffer,
  });
  const failures = new Applier(tables, PLAN).apply(0).map(({ failure }) => failure);
  return { failures, bytes: Array.from(image.bytes().subarray(0, 8)) };
}

describe("Applier", () => {
  it("writes a 64-bit value exactly, also below zero", () => {
    expect(applyOne(R_X86_64["64"], 0)).toEqual({ failures: [], bytes: [0, 0, 0, 1, 0, 0, 0, 0] });
    expect(applyOne(R_X86_64["64"], -0x1000001).bytes).toEqual([255, 255, 255, 255, 255, 255, 255, 255]);
    expect(applyOne(R_X86_64["64"], 2 ** 40).bytes).toEqual([0, 0, 0, 1, 0, 1, 0, 0]);
  });

  it("leaves a place alone whose value does not fit", () => {
    expect(applyOne(R_X86_64["16"], 0)).toEqual({ failures: [Misapplied.OVERFLOW], bytes: [0, 0, 0, 0, 0, 0, 0, 0] });
  });

  it("reports a value that is not the multiple which its type asks for", () => {
    const { "64": type } = R_X86_64;
    ALIGN[type] = 4;
    try {
      expect(applyOne(type, 2).failures).toEqual([Misapplied.MISALIGNED]);
      expect(applyOne(type, 4).failures).toEqual([]);
    } finally {
      ALIGN[type] = 1;
    }
  });

  it("reports a thread-local offset of what is not thread-local", () => {
    expect(applyOne(R_X86_64.TPOFF32, 0).failures).toEqual([Misapplied.NOT_TLS]);
  });
});
