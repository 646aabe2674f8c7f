/** What `--verify` finds: programs that were updated are held against full links, and each way to break one is seen. */

import { join } from "node:path";
import { Field, PF, PT, type Session, SymField, tables } from "@manifold/core";
import { beforeEach, describe, expect, it } from "vitest";
import { CODES, type CodeName } from "../support/diagnostic-codes.js";
import { Breakable, DECLARATIONS, editedSession, freshSession } from "../support/edited-program.js";
import type { Output } from "../support/program-model/program.js";
import { tempDir } from "../support/temp-dir.js";

const { Declaration, Graph, Mark, NONE, Relocation } = tables;

const OUTPUTS: readonly Output[] = ["exe", "pie", "obj"];
const RW = PF.R | PF.W;
const RX = PF.R | PF.X;

let directory: string;
beforeEach(() => {
  directory = tempDir();
});

async function verified(
  output: Output,
  change: (broken: Breakable) => void,
): Promise<Awaited<ReturnType<Session["verify"]>>> {
  const path = join(directory, output);
  const session = await editedSession(output, path);
  change(new Breakable(session.program!));
  return session.verify(() => freshSession(output, path));
}

describe("a program that was edited", () => {
  it.each(OUTPUTS)("is found to be as a full link of another session is (%s)", async (output) => {
    expect(await verified(output, () => {})).toEqual([]);
  });

  it.each(OUTPUTS)(
    "is found to be as a full link of its own declarations is, and is updated after that (%s)",
    async (output) => {
      const session = await editedSession(output, join(directory, output));
      expect(await session.verify()).toEqual([]);
      const again = `\n${DECLARATIONS.map((line) => `${JSON.stringify(line)}\n`).join("")}`;
      const buffer = new SharedArrayBuffer(Buffer.byteLength(again));
      Buffer.from(buffer).write(again);
      session.updateText("again", buffer, 0);
      const { ok, update } = await session.flush();
      expect({ ok, isUpdate: update !== undefined }).toEqual({ ok: true, isUpdate: true });
      expect(await session.verify()).toEqual([]);
    },
  );
});

type Case = readonly [
  what: string,
  output: Output,
  code: CodeName,
  message: RegExp,
  change: (broken: Breakable) => void,
];

const CONTENTS: readonly Case[] = [
  ["a byte of a function", "exe", "contentDiffers", /"helper"\+0x0 holds 65/, (b) => b.poke("helper", 0, 0x65)],
  ["a byte of data", "exe", "contentDiffers", /"table"\+0x12 holds 00/, (b) => b.poke("table", 18, 0)],
  [
    "the field of a call",
    "exe",
    "relocationDiffers",
    /field of PLT32 at start\+0x1 against "helper"/,
    (b) => b.poke("start", 1, 1),
  ],
  [
    "an address in data",
    "exe",
    "relocationDiffers",
    /field of 64 at table\+0x8 against "counter".*: is 0x9/,
    (b) => b.poke("table", 8, 9, 0, 0, 0, 0, 0, 0, 0),
  ],
  [
    "a thread-local offset",
    "exe",
    "relocationDiffers",
    /TPOFF32 at helper\+0x5 against "state".*is 0x11/,
    (b) => b.poke("helper", 5, 0x11, 0, 0, 0),
  ],
  ["a byte of what was removed", "exe", "strayBytes", /after "helper".*0x90|after "start".*0x90/, strayByte],
  [
    "a byte behind the program headers",
    "exe",
    "strayBytes",
    /after the program headers.*0x07/,
    (b) => b.pokeTable("phdr", 15 * 56, 7),
  ],
];

/** Where `unneeded` was. */
function strayByte(broken: Breakable): void {
  const { image, symbols } = broken.program.parts;
  const { nodes } = image;
  const start = symbols.get(broken.symbol("start"), SymField.NODE);
  image.write(nodes.parent(start), nodes.end(start), Uint8Array.of(0x90));
}

const HEADERS: readonly Case[] = [
  ["the magic number", "exe", "outputMalformed", /does not start with 7f 45 4c 46/, (b) => b.pokeTable("ehdr", 0, 0)],
  [
    "the machine",
    "exe",
    "headerDiffers",
    /e_machine is 0x3f, and should be 0x3e/,
    (b) => b.pokeTable("ehdr", 18, 0x3f),
  ],
  [
    "the entry",
    "exe",
    "headerDiffers",
    /what is at e_entry is .*, and should be _start start/,
    (b) => b.pokeTable("ehdr", 24, 1),
  ],
  [
    "the place of the section headers",
    "exe",
    "outputMalformed",
    /section header/,
    (b) => b.pokeTable("ehdr", 40, 0, 0, 0, 9),
  ],
  [
    "write permission of code",
    "exe",
    "headerDiffers",
    /p_flags of the segment of .text is RWE, and should be R E/,
    (b) => b.pokeSegment(PT.LOAD, RX, 4, 7),
  ],
  [
    "no write permission of data",
    "exe",
    "headerDiffers",
    /p_flags of the segment of .tdata is R {2}, and should be RW/,
    (b) => b.pokeSegment(PT.LOAD, RW, 4, PF.R),
  ],
  [
    "an executable stack",
    "exe",
    "headerDiffers",
    /p_flags of PT_GNU_STACK is RWE/,
    (b) => b.pokeSegment(PT.GNU_STACK, RW, 4, 7),
  ],
  [
    "the offset of a segment",
    "exe",
    "headerDiffers",
    /p_offset of PT_LOAD .* congruent/,
    (b) => b.pokeSegment(PT.LOAD, RX, 8, 1),
  ],
  [
    "the size of a segment in the file",
    "exe",
    "headerDiffers",
    /p_filesz of the segment of .text/,
    (b) => b.pokeSegment(PT.LOAD, RX, 32, 1, 0),
  ],
  [
    "the size of the thread-local block",
    "exe",
    "headerDiffers",
    /p_memsz of PT_TLS is 0x4/,
    (b) => b.pokeSegment(PT.TLS, PF.R, 40, 4),
  ],
  [
    "the alignment of the thread-local block",
    "exe",
    "headerDiffers",
    /p_align of PT_TLS is 0x1/,
    (b) => b.pokeSegment(PT.TLS, PF.R, 48, 1),
  ],
  [
    "the flags of a section",
    "exe",
    "headerDiffers",
    /sh_flags of .rodata is WA, and should be A/,
    (b) => b.pokeSection(".rodata", 8, 3),
  ],
  ["the type of a section", "exe", "headerDiffers", /sh_type of .data is NOTE/, (b) => b.pokeSection(".data", 4, 7)],
  [
    "the string table of .symtab",
    "exe",
    "headerDiffers",
    /sh_link of .symtab is .symtab, and should be .strtab/,
    (b) => b.pokeSection(".symtab", 40, b.program.parts.layout.indexOf(".symtab")),
  ],
  [
    "the number of local symbols",
    "exe",
    "symbolDiffers",
    /sh_info of ".symtab" is 0x3/,
    (b) => b.pokeSection(".symtab", 44, 3),
  ],
  [
    "an alignment that is no power of two",
    "exe",
    "headerDiffers",
    /sh_addralign of .data is 0x3/,
    (b) => b.pokeSection(".data", 48, 3),
  ],
  [
    "a section upon another",
    "exe",
    "headerDiffers",
    /the file offset of \.strtab|the file offset of \.symtab/,
    (b) => b.pokeSection(".strtab", 24, ...wordOf(b.program.parts.layout.find(".symtab")!.offset)),
  ],
  [
    "a stale entry of .symtab",
    "exe",
    "symbolDiffers",
    /the number of entries of ".symtab"/,
    (b) => b.pokeSection(".symtab", 32, ...wordOf(b.program.parts.layout.find(".symtab")!.size + 24)),
  ],
];

function wordOf(value: number): number[] {
  return [...new Uint8Array(Uint32Array.of(value).buffer)];
}

const SYMBOLS: readonly Case[] = [
  ["the value", "exe", "symbolDiffers", /st_value of "helper"/, (b) => b.pokeSymbol(b.symbol("helper"), 8, 1)],
  [
    "the value of an export",
    "exe",
    "symbolDiffers",
    /st_value of "assist"/,
    (b) => b.pokeSymbol(b.symbol("assist", true), 8, 1),
  ],
  [
    "the size",
    "exe",
    "symbolDiffers",
    /st_size of "helper" is 0x1, and should be 0x17/,
    (b) => b.pokeSymbol(b.symbol("helper"), 16, 1),
  ],
  [
    "the binding",
    "exe",
    "symbolDiffers",
    /binding of "assist" is 0x1, and should be 0x2/,
    (b) => b.pokeSymbol(b.symbol("assist", true), 4, 0x12),
  ],
  [
    "a global symbol among local ones",
    "exe",
    "symbolDiffers",
    /the binding, at entry .* of "helper" is global/,
    (b) => b.pokeSymbol(b.symbol("helper"), 4, 0x12),
  ],
  [
    "the type",
    "exe",
    "symbolDiffers",
    /the type of "helper" is OBJECT, and should be FUNC/,
    (b) => b.pokeSymbol(b.symbol("helper"), 4, 1),
  ],
  [
    "the visibility",
    "exe",
    "symbolDiffers",
    /visibility of "assist"/,
    (b) => b.pokeSymbol(b.symbol("assist", true), 5, 3),
  ],
  ["the section", "exe", "symbolDiffers", /st_shndx of "counter"/, (b) => b.pokeSymbol(b.symbol("counter"), 6, 1)],
  ["the name", "exe", "symbolDiffers", /st_name of "helper"/, (b) => b.pokeSymbol(b.symbol("helper"), 0, 1, 0)],
  ["the null symbol", "exe", "symbolDiffers", /the null symbol/, (b) => b.pokeTable(".symtab", 8, 1)],
  [
    "what the linker defines",
    "exe",
    "symbolDiffers",
    /st_value of "_end"/,
    (b) => b.pokeSymbol(b.symbol("_end", true), 8, 1),
  ],
  [
    "a letter of a name",
    "exe",
    "symbolDiffers",
    /name in .strtab of "hel_er"/,
    (b) => b.pokeTable(".strtab", b.program.parts.symbols.get(b.symbol("helper"), SymField.STRTAB) + 3, 0x5f),
  ],
  ["a letter where no name is", "exe", "tableBroken", /\.strtab: byte \d+ is in no name/, freeLetter],
];

function freeLetter(broken: Breakable): void {
  const [free] = broken.program.parts.strings.freeStrings();
  broken.pokeTable(".strtab", free!.offset, 0x61);
}

const KEPT: readonly Case[] = [
  [
    "the addend of an entry",
    "pie",
    "relocationDiffers",
    /r_addend of entry 0 of .rela.dyn/,
    (b) => b.pokeTable(".rela.dyn", 16, 1),
  ],
  [
    "the type of an entry",
    "pie",
    "relocationDiffers",
    /the type of entry 1 of .rela.dyn.*is 64, and should be RELATIVE/,
    (b) => b.pokeTable(".rela.dyn", 24 + 8, 1),
  ],
  ["an entry that is absent", "pie", "relocationDiffers", /64 at .*: is without an entry in .rela.dyn/, missingEntry],
  [
    "an entry of what needs none",
    "pie",
    "headerDiffers",
    /entry 0 of .rela.dyn, .* absent: nothing needs it/,
    needlessEntry,
  ],
  [
    "the count of entries",
    "pie",
    "headerDiffers",
    /DT_RELACOUNT is 0x1/,
    (b) => b.pokeTable(".dynamic", 8 * 16 + 8, 1),
  ],
  ["a tag", "pie", "headerDiffers", /tags in .dynamic/, (b) => b.pokeTable(".dynamic", 0, 3)],
  [
    "the symbol of an entry",
    "obj",
    "relocationDiffers",
    /the symbol of entry 0 of .rela.rodata|the symbol of entry 0 of .rela.data.rel.ro/,
    (b) => b.pokeTable(".rela.data.rel.ro", 12, 1),
  ],
  [
    "the place of an entry",
    "obj",
    "relocationDiffers",
    /r_offset of entry 0 of .rela.text/,
    (b) => b.pokeTable(".rela.text", 0, 99),
  ],
];

/** All that counts them says that there is one less. */
function missingEntry(broken: Breakable): void {
  const { entries, relocations } = broken.program.parts;
  const list = entries[0]!;
  list.length--;
  relocations.set(list.get(list.length), Relocation.ENTRY, NONE);
  const bytes = wordOf(list.length * 24);
  broken.pokeSection(".rela.dyn", 32, ...bytes);
  broken.pokeTable(".dynamic", 6 * 16 + 8, ...bytes);
  broken.pokeTable(".dynamic", 8 * 16 + 8, list.length);
}

/** The session believes that the first entry is that of a call. */
function needlessEntry(broken: Breakable): void {
  const { entries, relocations } = broken.program.parts;
  relocations.set(entries[0]!.get(0), Relocation.ENTRY, NONE);
  entries[0]!.set(0, broken.relocation("start", 0));
  relocations.set(broken.relocation("start", 0), Relocation.ENTRY, 0);
}

const TABLES: readonly Case[] = [
  [
    "a node upon another",
    "exe",
    "tableBroken",
    /image: image node/,
    (b) => b.program.parts.image.nodes.set(nodeOf(b, "helper"), Field.OFFSET, 1),
  ],
  [
    "the owner of a node",
    "exe",
    "symbolDiffers",
    /the owner of its node of "helper"/,
    (b) => b.program.parts.image.nodes.set(nodeOf(b, "helper"), Field.OWNER, b.symbol("start")),
  ],
  [
    "the size of a symbol",
    "exe",
    "symbolDiffers",
    /of "helper"/,
    (b) => b.program.parts.symbols.set(b.symbol("helper"), SymField.SIZE, 5),
  ],
  [
    "what a name stands for",
    "exe",
    "tableBroken",
    /aliases/,
    (b) => b.program.parts.symbols.set(b.symbol("assist", true), SymField.ALIAS, b.symbol("start")),
  ],
  [
    "the list of aliases",
    "exe",
    "tableBroken",
    /aliases: .*is not on its list/,
    (b) => b.program.setGraph(b.symbol("helper"), Graph.ALIASES, NONE),
  ],
  [
    "a link back in the list of aliases",
    "exe",
    "tableBroken",
    /aliases: PREV_ALIAS/,
    (b) => b.program.setGraph(b.symbol("assist", true), Graph.PREV_ALIAS, 1),
  ],
  [
    "the list of relocations against a symbol",
    "exe",
    "tableBroken",
    /on no list of targets/,
    (b) => b.program.setGraph(b.symbol("counter"), Graph.TARGETS, NONE),
  ],
  [
    "the list of relocations inside a symbol",
    "exe",
    "tableBroken",
    /on no list of what is inside/,
    (b) => b.program.setGraph(b.symbol("start"), Graph.RELOCS, b.relocation("start", 1)),
  ],
  [
    "a relocation twice on a list",
    "exe",
    "tableBroken",
    /is twice on a list/,
    (b) => b.program.parts.relocations.set(b.relocation("start", 2), Relocation.NEXT_OWN, b.relocation("start", 0)),
  ],
  [
    "a relocation that is in use and free",
    "exe",
    "tableBroken",
    /relocations: .* is not in use/,
    (b) => b.program.parts.relocations.remove(b.relocation("start", 1)),
  ],
  [
    "the addend of a relocation",
    "exe",
    "relocationDiffers",
    /relocation 0 of "start".*addend -3, and should be .*addend -4/,
    (b) => b.program.parts.relocations.set(b.relocation("start", 0), Relocation.ADDEND_LOW, -3),
  ],
  [
    "the type of a relocation",
    "exe",
    "relocationDiffers",
    /relocation 0 of "start" *: is PC32 .* should be PLT32/,
    (b) => b.program.parts.relocations.set(b.relocation("start", 0), Relocation.TYPE, 2),
  ],
  [
    "an entry that another relocation has",
    "obj",
    "tableBroken",
    /relocation entries/,
    (b) => b.program.parts.relocations.set(b.relocation("start", 0), Relocation.ENTRY, 1),
  ],
  [
    "two symbols in each other's slots",
    "exe",
    "tableBroken",
    /\.symtab: .*slot/,
    (b) => b.program.parts.slots.set(1, b.program.parts.slots.get(2)),
  ],
  ["a name that is not found", "exe", "tableBroken", /names: its name leads to nothing/, forgetName],
  [
    "a declaration that is gone",
    "exe",
    "tableBroken",
    /declarations/,
    (b) => b.program.parts.declarations.remove(b.program.graph(b.symbol("helper"), Graph.DECL)),
  ],
  ["the linkage of an export", "exe", "tableBroken", /declarations: flags are/, strengthen],
  [
    "a failure that was not told",
    "exe",
    "tableBroken",
    /is undeclared, and the program was written/,
    (b) => b.program.failed.set(1, { kind: "undeclared" }),
  ],
  [
    "the count of unnamed values",
    "exe",
    "tableBroken",
    /unnamed values: 1, 0 of them lazy; 2 and 0/,
    (b) => b.program.parts.uavs++,
  ],
  [
    "a string that nobody owns",
    "exe",
    "tableBroken",
    /\.strtab: \d+ bytes in use/,
    (b) =>
      b.program.setGraph(
        b.symbol("helper"),
        Graph.MARKS,
        b.program.graph(b.symbol("helper"), Graph.MARKS) & ~Mark.OWN_NAME,
      ),
  ],
  [
    "a linker symbol that is not kept up",
    "exe",
    "tableBroken",
    /linker symbols: it is not among them/,
    (b) => b.program.parts.linkerSymbols.clear(),
  ],
];

function nodeOf(broken: Breakable, name: string): number {
  return broken.program.parts.symbols.get(broken.symbol(name), SymField.NODE);
}

function forgetName(broken: Breakable): void {
  const symbol = broken.symbol("helper");
  broken.program.setGraph(symbol, Graph.HASH0, broken.program.graph(symbol, Graph.HASH0) ^ 1);
}

function strengthen(broken: Breakable): void {
  const { declarations } = broken.program.parts;
  const row = broken.program.graph(broken.symbol("assist", true), Graph.DECL);
  declarations.set(row, Declaration.FLAGS, declarations.get(row, Declaration.FLAGS) ^ (1 << 14));
}

describe("verification finds", () => {
  it.each([...CONTENTS, ...HEADERS, ...SYMBOLS, ...KEPT, ...TABLES])(
    "%s (%s)",
    async (_, output, code, message, change) => {
      const [difference, ...more] = await verified(output, change);
      expect(more).toEqual([]);
      expect(difference?.message).toMatch(message);
      expect(difference?.code).toBe(CODES[code]);
    },
  );

  it("a declaration that only the full link has", async () => {
    const session = await editedSession("exe", join(directory, "exe"));
    const lines = [...DECLARATIONS, { func: "more", code: { bytes: "c3" } }];
    const [difference] = await session.verify(() => freshSession("exe", join(directory, "exe"), lines));
    expect(difference?.message).toMatch(/"more" is declared or used, and not in the session/);
  });

  it("a declaration that only the updated program has", async () => {
    const session = await editedSession("obj", join(directory, "obj"));
    const lines = DECLARATIONS.filter((line) => line["export"] !== "extra" && line["func"] !== "extra");
    const [difference] = await session.verify(() => freshSession("obj", join(directory, "obj"), lines));
    expect(difference?.message).toMatch(/"extra" is in the session, and in no full link/);
  });

  it("that the declarations cannot be linked in full", async () => {
    const session = await editedSession("exe", join(directory, "exe"));
    const lines = DECLARATIONS.filter((line) => line["func"] !== "helper");
    const [difference] = await session.verify(() => freshSession("exe", join(directory, "exe"), lines));
    expect(difference?.code).toBe(CODES.freshLinkFails);
  });
});
