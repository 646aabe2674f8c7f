/**
 * A link of objects that can be brought up to date: the tables of the link that made the output, less the bytes of the
 * inputs, which are read again where they are needed; and what an update needs besides, which is where each part lies and
 * how much room it has, what is free, and which entry of `.symtab` is whose.
 */

import { DiagnosticError } from "../../diagnostics/diagnostic.js";
import { GRP, SHT } from "../../elf/shdr.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import { hash0, hashBytes } from "../../memory/hash.js";
import { grown } from "../columns.js";
import { stringEnd } from "../input-bytes.js";
import { OpenArchives } from "../input-files.js";
import { hashName } from "../name-hash.js";
import type { ObjectLink } from "../object-link.js";
import { ObjectTable, SH, ST } from "../object-table.js";
import type { InputFile } from "../options.js";
import type { OutputSection } from "../output-section.js";
import { readObject } from "../read-object.js";
import { isFree } from "../room.js";
import { leastFiller } from "./fillers.js";
import { FreeSpace } from "./free-space.js";

/** A group of an object: of those of one signature, one is linked. */
export interface Group {
  readonly object: number;
  /** Index of the group's section in its object. */
  readonly section: number;
  /** A name. */
  readonly signature: number;
}

export class LinkSession {
  readonly link: ObjectLink;
  readonly inputs: readonly InputFile[];
  /** By object: a hash of its `.note.gnu.property`; 0: it has none. */
  properties: Int32Array;
  /** By object: what it says of the stack, as `stackOf`. */
  stacks: Int32Array;
  /** By section: bytes reserved for it, where its output section is FREE; a key made of its name. */
  room: Float64Array;
  keys: Int32Array;
  readonly free: Map<number, FreeSpace> = new Map();
  /** To be closed when the session is at its end. */
  readonly archives: OpenArchives = new OpenArchives();
  groups: Group[] = [];
  /** By entry of .symtab: as `SymbolTable.entries`, and where its name is in .strtab. */
  entries: Int32Array;
  strings: Int32Array;
  entryCount: number;
  localCount: number;
  stringTop: number;
  /** Where symbols and names have their entries; 0: none. */
  slotOfSymbol: Int32Array = new Int32Array(0);
  slotOfName: Int32Array = new Int32Array(0);
  readonly #restored: boolean;

  /** `restored`: the objects of `link` have to be read before their bytes are looked at. */
  constructor(link: ObjectLink, inputs: readonly InputFile[], restored: boolean) {
    this.link = link;
    this.inputs = inputs;
    this.#restored = restored;
    const { table, symtab } = link;
    this.properties = new Int32Array(table.count);
    this.stacks = new Int32Array(table.count);
    this.room = new Float64Array(table.sections);
    this.keys = new Int32Array(table.sections);
    this.entries = symtab.entries.slice();
    this.strings = link.strings;
    this.entryCount = symtab.count;
    this.localCount = symtab.locals;
    this.stringTop = symtab.stringBytes;
  }

  /** Notes all of a link that was just made. */
  static of(link: ObjectLink, inputs: readonly InputFile[]): LinkSession {
    const session = new LinkSession(link, inputs, false);
    const { table, outputs } = link;
    link.objects.forEach((object, i) => {
      session.noteObject(object, link.liveness.properties[i]);
      const { executable, silent } = link.liveness;
      session.stacks[object] = stackOf(executable.includes(object), silent.includes(object));
      const base = table.sectionBase[object]!;
      for (let section = base + 1; section < base + table.shnum[object]!; section++) {
        const output = table.sectionOutput[section]!;
        if (output >= 0 && isFree(outputs.list[output]!)) session.room[section] = session.bytesOf(section);
      }
    });
    session.indexSlots();
    return session;
  }

  /** Finds the entries of .symtab by what they are of. */
  indexSlots(): void {
    const { table, globals } = this.link;
    this.slotOfSymbol = new Int32Array(table.symbols);
    this.slotOfName = new Int32Array(globals.count);
    for (let slot = 1; slot < this.entryCount; slot++) {
      const entry = this.entries[slot]!;
      if (entry >= 0) this.slotOfSymbol[entry] = slot;
      else this.slotOfName[-1 - entry] = slot;
    }
  }

  /** Notes of an object that has been read what later updates compare: hashes, keys of its sections, its groups. */
  noteObject(object: number, property: Uint8Array | undefined): void {
    const { table, globals } = this.link;
    this.#grow();
    const { bytes, words, view } = table.input;
    this.noteProperty(object, property);
    const base = table.sectionBase[object]!;
    const seen = new Map<number, number>();
    for (let index = 1; index < table.shnum[object]!; index++) {
      const at = table.shdrs[object]! + index * SH.WORDS;
      const start = table.sectionNameAt(base + index);
      hashName(view, start, stringEnd(bytes, start));
      const ordinal = seen.get(hash0) ?? 0;
      seen.set(hash0, ordinal + 1);
      this.keys[base + index] = Math.imul(hash0 ^ ordinal, 0x9e3779b1) | 0;
      if (words[at + SH.TYPE] !== SHT.GROUP) continue;
      if ((words[table.wordsOf(base + index)]! & GRP.COMDAT) === 0) continue;
      const nameAt = this.link.comdat.signatureAt(object, words[at + SH.INFO]!);
      const signature = globals.named(
        Buffer.from(bytes.buffer, nameAt, stringEnd(bytes, nameAt) - nameAt).toString("latin1"),
      );
      this.groups.push({ object, section: index, signature });
    }
  }

  /** Notes a hash of the `.note.gnu.property` of an object; 0 for none. */
  noteProperty(object: number, property: Uint8Array | undefined): void {
    if (property === undefined) return;
    hashBytes(property, 0, property.length);
    this.properties[object] = hash0 | 1;
  }

  /** Bytes that a section that is linked takes. */
  bytesOf(section: number): number {
    const { table, ehFrame } = this.link;
    return ehFrame.has(section) ? ehFrame.bytesOf(section) : table.sizeOf(section);
  }

  freeSpaceOf(id: number): FreeSpace {
    const known = this.free.get(id);
    if (known !== undefined) return known;
    const space = new FreeSpace(leastFiller(this.link.outputs.list[id]!.name));
    this.free.set(id, space);
    return space;
  }

  /** Sees to it that the bytes of an object are there. Throws NeedsFullLink where they are not what they were. */
  ensureRead(object: number): void {
    const { table } = this.link;
    if (!this.#restored || table.shdrs[object] !== 0) return;
    const { path } = this.inputs[table.inputIndex[object]!]!;
    try {
      const [at, size] = this.archives.read(table.input, path, table.memberOffset[object]!);
      if (!table.isReadFrom(object, at, size)) throw new NeedsFullLink(`${path} has changed meanwhile`);
      this.#adopt(object, at, size);
    } catch (cause) {
      if (cause instanceof DiagnosticError) throw new NeedsFullLink(cause.diagnostics[0]!.message);
      throw cause;
    }
  }

  /** Takes over what a reader finds in the bytes of an object whose columns were restored. */
  #adopt(object: number, at: number, size: number): void {
    const { table } = this.link;
    const fresh = new ObjectTable(table.input);
    readObject(fresh, table.labels[object]!, at, size);
    if (fresh.shnum[0] !== table.shnum[object] || fresh.symbolCount[0] !== table.symbolCount[object])
      throw new NeedsFullLink("the session does not fit its inputs");
    for (const column of ["base", "size", "shdrs", "sectionNames", "symtab", "strings", "extended"] as const)
      table[column][object] = fresh[column][0]!;
    table.sectionRela.set(fresh.sectionRela.subarray(0, fresh.sections), table.sectionBase[object]!);
    const { ehFrame } = this.link;
    const base = table.sectionBase[object]!;
    for (let section = base + 1; section < base + table.shnum[object]!; section++) {
      if (table.sectionOutput[section]! < 0 || !this.isFrames(section)) continue;
      ehFrame.add(section);
      ehFrame.layoutApart(section);
    }
  }

  /** Whether a linked section holds unwind tables. */
  isFrames(section: number): boolean {
    const output = this.link.table.sectionOutput[section]!;
    return output >= 0 && this.link.outputs.list[output]!.name === ".eh_frame";
  }

  /** The output section that a section is in. */
  outputOf(section: number): OutputSection | undefined {
    const output = this.link.table.sectionOutput[section]!;
    return output >= 0 ? this.link.outputs.list[output] : undefined;
  }

  /** Word INFO of all symbols, for a session that is saved. */
  symbolInfo(): Int32Array {
    const { table } = this.link;
    const info = new Int32Array(table.symbols);
    const { words } = table.input;
    for (let object = 0; object < table.count; object++) {
      const base = table.symbolBase[object]!;
      const count = table.symbolCount[object]!;
      const at = table.symtab[object]!;
      if (at === 0) info.set((table.savedInfo ?? info).subarray(base, base + count), base);
      else for (let index = 0; index < count; index++) info[base + index] = words[at + index * ST.WORDS + ST.INFO]!;
    }
    return info;
  }

  #grow(): void {
    const { table } = this.link;
    this.properties = grown(this.properties, table.count);
    this.stacks = grown(this.stacks, table.count);
    this.room = grown(this.room, table.sections);
    this.keys = grown(this.keys, table.sections);
    this.slotOfSymbol = grown(this.slotOfSymbol, table.symbols);
  }
}

/** A number for what an object says of the stack. */
export function stackOf(isExecutable: boolean, isSilent: boolean): number {
  return isExecutable ? 2 : isSilent ? 1 : 0;
}
