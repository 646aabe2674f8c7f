/** A small program that was linked and then edited, with a bit of everything, and ways to find and break its parts. */

import { type HeaderOptions, makeControl, makeHeader, type Program, Session, SymField, tables } from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { keyOf, sharedText } from "./declarations.js";
import { type Line, ndjson } from "./manifest.js";
import type { Output } from "./program-model/program.js";

const { Graph, NONE, Relocation } = tables;

const LINES: readonly Line[] = [
  {
    func: "start",
    code: {
      bytes: "e800000000488d0500000000488d0500000000c3",
      relocs: [
        [1, "PLT32", "helper", -4],
        [8, "PC32", "table", -4],
        [15, "PC32", "text", -4],
      ],
    },
    refs: { text: { uav: { bytes: "68656c6c6f" } } },
  },
  { func: "unneeded", code: { bytes: "9090909090909090909090909090909090909090909090909090909090909090c3" } },
  { func: "helper", code: { bytes: "c3" } },
  {
    const: "table",
    align: 8,
    bytes: "00000000000000000000000000000000aabbccdd11223344",
    relocs: [
      [0, "64", "helper", 2],
      [8, "64", "counter", 0],
    ],
  },
  {
    var: "counter",
    align: 8,
    bytes: "2a00000000000000000000000000000000000000",
    relocs: [
      [4, "64", "start", 0],
      [12, "64", "_end", 0],
    ],
  },
  { var: "space", align: 8, zero: 64 },
  { var: "state", align: 4, bytes: "01020304", threadlocal: true },
  { var: "scratch", align: 4, zero: 8, threadlocal: true },
  { extern: "_end", is: "object", visibility: "hidden" },
  { export: "_start", of: "start" },
  { export: "assist", of: "helper", linkage: "weak" },
];

/** Replaces `helper` and adds `extra`. */
const EDITS: readonly Line[] = [
  {
    func: "helper",
    code: {
      bytes: "64488b0425000000008b0d00000000488d0500000000c3",
      relocs: [
        [5, "TPOFF32", "state", 0],
        [11, "PC32", "counter", -4],
        [18, "PC32", "_end", -4],
      ],
    },
  },
  { func: "extra", code: { bytes: "e800000000c3", relocs: [[1, "PLT32", "assist", -4]] } },
  { export: "extra", of: "extra", linkage: "internal" },
];

/** As they are in the end. */
export const DECLARATIONS: readonly Line[] = [
  ...LINES.filter(({ func }) => func !== "unneeded" && func !== "helper"),
  ...EDITS,
];

function headerOf(output: Output): HeaderOptions {
  return {
    target: "x86_64-linux",
    ...(output === "obj" ? { output: "obj" } : {}),
    ...(output === "pie" ? { pie: true } : {}),
  };
}

/** A session of a program in `path` that was linked, then edited and brought up to date. */
export async function editedSession(output: Output, path: string): Promise<Session> {
  const session = emptySession(output, path);
  session.addText("declarations", sharedText(ndjson(LINES)), 0);
  await session.flush();
  session.updateText("edits", sharedText(ndjson(EDITS)), 0);
  session.remove(0, [keyOf("nav", "unneeded")]);
  const { ok, update, diagnostics, reason } = await session.flush();
  if (!ok || update === undefined)
    throw new Error(`the edits were not followed: ${diagnostics.map(({ message }) => message).join()} ${reason}`);
  return session;
}

/** A session of declarations that were never linked. */
export function freshSession(output: Output, path: string, lines: readonly Line[] = DECLARATIONS): Session {
  const session = emptySession(output, path);
  session.addText("declarations", sharedText(ndjson(lines)), 0);
  return session;
}

function emptySession(output: Output, path: string): Session {
  const header = makeHeader(headerOf(output));
  return new Session({ header, output: path, pool: new InlinePool(), control: makeControl(), incremental: true });
}

/** A program to break: its symbols by name, and the places of its parts in the file. */
export class Breakable {
  readonly program: Program;

  constructor(program: Program) {
    this.program = program;
  }

  /** The symbol called so: a nav, or with `global` an export. */
  symbol(name: string, global = false): number {
    const { slots, symbols, image, layout } = this.program.parts;
    const bytes = Buffer.from(name);
    for (let slot = 1; slot < slots.length; slot++) {
      const symbol = slots.get(slot);
      const isGlobal = symbols.get(symbol, SymField.NODE) === NONE;
      const length = this.program.graph(symbol, Graph.NAME_LENGTH);
      if (isGlobal !== global || length !== bytes.length) continue;
      const offset = symbols.get(symbol, SymField.STRTAB);
      if (Buffer.from(image.read(layout.table(".strtab"), offset, length)).equals(bytes)) return symbol;
    }
    throw new Error(`no symbol ${name}`);
  }

  /** A relocation inside a symbol, by its number there. */
  relocation(name: string, index: number): number {
    const { relocations } = this.program.parts;
    let at = this.program.graph(this.symbol(name), Graph.RELOCS);
    for (; index > 0; index--) at = relocations.get(at, Relocation.NEXT_OWN);
    return at;
  }

  /** Changes bytes of an atom. */
  poke(name: string, offset: number, ...bytes: readonly number[]): void {
    const node = this.program.parts.symbols.get(this.symbol(name), SymField.NODE);
    this.program.parts.image.write(node, offset, Uint8Array.from(bytes));
  }

  /** Changes bytes of a table by its name, of the headers where that is "ehdr", "phdr" or "shdr". */
  pokeTable(name: string, offset: number, ...bytes: readonly number[]): void {
    const { layout, image } = this.program.parts;
    const nodes: Readonly<Record<string, number>> = {
      ehdr: layout.ehdrNode,
      phdr: layout.phdrNode,
      shdr: layout.shdrNode,
    };
    image.write(nodes[name] ?? layout.find(name)!.node, offset, Uint8Array.from(bytes));
  }

  /** Changes bytes of the header of a section, from byte `field` of it on. */
  pokeSection(name: string, field: number, ...bytes: readonly number[]): void {
    this.pokeTable("shdr", this.program.parts.layout.indexOf(name) * 64 + field, ...bytes);
  }

  /** Changes bytes of a program header: the first one of `type`, or of those with `flags`. */
  pokeSegment(type: number, flags: number, field: number, ...bytes: readonly number[]): void {
    const index = this.program.parts.layout.phdrs.findIndex((phdr) => phdr.type === type && phdr.flags === flags);
    if (index === -1) throw new Error("no such segment");
    this.pokeTable("phdr", index * 56 + field, ...bytes);
  }

  /** Changes bytes of the .symtab entry of a symbol. */
  pokeSymbol(symbol: number, field: number, ...bytes: readonly number[]): void {
    this.pokeTable(".symtab", this.program.parts.symbols.get(symbol, SymField.SLOT) * 24 + field, ...bytes);
  }
}
