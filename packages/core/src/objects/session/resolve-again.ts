/**
 * Brings names up to date after objects came and went: which copy of a group is linked, who defines each name, which members
 * of archives are wanted now and which no longer. All of it comes out as in a full link of the same inputs; where that
 * cannot be told from here, NeedsFullLink says why.
 */

import { SHN, SHT } from "../../elf/shdr.js";
import { STB, STT } from "../../elf/sym.js";
import { ArchiveIndex, type ArchiveMemberPlace } from "../../input/archive-index.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import { hash0, hash1, hashBytes } from "../../memory/hash.js";
import { Mark, State } from "../globals.js";
import { readMemberBytes } from "../input-files.js";
import { Fate, SH } from "../object-table.js";
import { readObject } from "../read-object.js";
import type { ChangedObject } from "./input-changes.js";
import type { LinkSession } from "./link-session.js";

/** What a name was before the update. */
interface Before {
  readonly state: number;
  readonly object: number;
  readonly symbol: number;
  readonly type: number;
  readonly marks: number;
  /** The first input that asks for it strongly; Infinity: none. */
  readonly asker: number;
}

export class ResolveAgain {
  /** Objects that are read in this update, by the object that each takes the place of, or -1. */
  readonly attached: Map<number, number> = new Map();
  readonly detached: Set<number> = new Set();
  /** Names that were looked at, and what they were. */
  readonly names: Map<number, Before> = new Map();
  readonly #session: LinkSession;
  readonly #signatures = new Set<number>();
  readonly #pending = new Set<number>();
  /** By object that is taken the place of: where it was among those that are linked. */
  readonly #places = new Map<number, number>();
  /** By name: its symbols in objects, those that were read in this update among them. */
  #uses: { readonly starts: Int32Array; readonly symbols: Int32Array } | undefined;
  readonly #newUses = new Map<number, [object: number, index: number][]>();
  #archives: Map<number, ArchiveIndex> | undefined;
  /** Valid for one list of objects. */
  #positionCache: { readonly of: readonly number[]; readonly position: Int32Array } | undefined;

  constructor(session: LinkSession) {
    this.#session = session;
  }

  /** Takes in what changed. */
  apply(changed: readonly ChangedObject[], removed: readonly number[]): void {
    try {
      for (const object of removed) this.#detach(object);
      for (const one of changed) {
        if (one.before !== -1) {
          this.#places.set(one.before, this.#session.link.objects.indexOf(one.before));
          this.#detach(one.before);
        }
        this.#attach(one);
      }
      for (;;) {
        if (this.#settleGroups()) continue;
        this.#settleNames();
        if (this.#pullMembers() || this.#dropMembers()) continue;
        this.#requireSameSources();
        return;
      }
    } finally {
      for (const archive of this.#archives?.values() ?? []) archive.close();
    }
  }

  /** Every symbol of a name in objects that are linked, in their order. */
  usesOf(name: number): [object: number, index: number][] {
    const { table } = this.#session.link;
    this.#uses ??= this.#findUses();
    const { starts, symbols } = this.#uses;
    const uses: [number, number][] = [...(this.#newUses.get(name) ?? [])];
    if (name < starts.length - 1)
      for (let i = starts[name]!; i < starts[name + 1]!; i++) {
        const object = this.#session.link.symtab.objectOf(symbols[i]!);
        uses.push([object, symbols[i]! - table.symbolBase[object]!]);
      }
    const position = this.#positions();
    return uses
      .filter(([object]) => table.linked[object] === 1)
      .sort(([a, i], [b, j]) => position[a]! - position[b]! || i - j);
  }

  /** By object: its place among those that are linked. */
  #positions(): Int32Array {
    const { objects, table } = this.#session.link;
    if (this.#positionCache?.of === objects) return this.#positionCache.position;
    const position = new Int32Array(table.count);
    objects.forEach((object, i) => {
      position[object] = i;
    });
    this.#positionCache = { of: objects, position };
    return position;
  }

  #findUses(): { readonly starts: Int32Array; readonly symbols: Int32Array } {
    const { table, globals } = this.#session.link;
    const starts = new Int32Array(globals.count + 2);
    const known = table.savedInfo?.length ?? 0;
    for (let symbol = 0; symbol < known; symbol++)
      if (table.globalOf[symbol] !== -1) starts[table.globalOf[symbol]! + 2]!++;
    for (let name = 2; name < starts.length; name++) starts[name]! += starts[name - 1]!;
    const symbols = new Int32Array(starts.at(-1)!);
    for (let symbol = 0; symbol < known; symbol++) {
      const name = table.globalOf[symbol]!;
      if (name !== -1) symbols[starts[name + 1]!++] = symbol;
    }
    return { starts, symbols };
  }

  #detach(object: number): void {
    const { link, groups } = this.#session;
    const { table } = link;
    this.#uses ??= this.#findUses();
    const base = table.symbolBase[object]!;
    for (let index = table.firstGlobal[object]!; index < table.symbolCount[object]!; index++)
      this.#touch(table.globalOf[base + index]!);
    table.linked[object] = 0;
    this.detached.add(object);
    link.objects = link.objects.filter((one) => one !== object);
    for (const group of groups) if (group.object === object) this.#signatures.add(group.signature);
    this.#session.groups = groups.filter((group) => group.object !== object);
    this.attached.delete(object);
  }

  #attach(one: ChangedObject): number {
    const { link } = this.#session;
    const { table, globals } = link;
    const { path } = this.#session.inputs[one.input]!;
    const label = one.memberName === undefined ? { file: path } : { file: path, member: one.memberName };
    hashBytes(table.input.bytes, one.at, one.at + one.size);
    const object = readObject(table, label, one.at, one.size);
    table.hashes.set([hash0, hash1], object * 2);
    table.inputIndex[object] = one.input;
    table.memberOffset[object] = one.member;
    table.linked[object] = 1;
    link.outputs.extend(table.sections);
    this.#session.noteObject(object, undefined);
    this.#place(object, one);
    const base = table.symbolBase[object]!;
    for (let index = table.firstGlobal[object]!; index < table.symbolCount[object]!; index++) {
      const name = globals.nameSymbol(object, index);
      if (name === -1) continue;
      this.#touch(name);
      const uses = this.#newUses.get(name);
      if (uses === undefined) this.#newUses.set(name, [[object, index]]);
      else uses.push([object, index]);
      table.globalOf[base + index] = name;
    }
    for (const group of this.#session.groups) if (group.object === object) this.#signatures.add(group.signature);
    this.#refuseUnusual(object);
    this.attached.set(object, one.before);
    return object;
  }

  /** Finds the place of an object among those that are linked: that of the one before, or by its input. */
  #place(object: number, { input, member, before }: ChangedObject): void {
    const { link } = this.#session;
    const { table } = link;
    const objects = [...link.objects];
    let at = this.#places.get(before) ?? -1;
    if (at === -1 && member !== -1) {
      const siblings = objects.map((one, i) => (table.inputIndex[one] === input ? i + 1 : -1));
      at = Math.max(...siblings);
    }
    if (at === -1 || at > objects.length) {
      at = objects.findIndex((one) => table.inputIndex[one]! > input && table.memberOffset[one] === -1);
      if (at === -1) at = objects.length;
    }
    objects.splice(at, 0, object);
    link.objects = objects;
  }

  #touch(name: number): void {
    if (name === -1) return;
    const { globals } = this.#session.link;
    this.#pending.add(name);
    if (this.names.has(name)) return;
    this.names.set(name, {
      state: globals.state[name]!,
      object: globals.object[name]!,
      symbol: globals.symbol[name]!,
      type: globals.type[name]!,
      marks: globals.marks[name]!,
      asker: this.#askerOf(name),
    });
  }

  /** The first input that refers to a name strongly. */
  #askerOf(name: number): number {
    const { table } = this.#session.link;
    let asker = Number.POSITIVE_INFINITY;
    for (const [object, symbol] of this.usesOf(name)) {
      const isWeak = ((table.infoOf(object, symbol) >>> 4) & 15) === STB.WEAK;
      if (!isWeak && table.shndxOf(object, symbol) === SHN.UNDEF) asker = Math.min(asker, table.inputIndex[object]!);
    }
    return asker;
  }

  /** A name that is asked for from another place on may come from another archive in a full link. */
  #requireSameSources(): void {
    const { globals, table } = this.#session.link;
    for (const [name, before] of this.names) {
      const definer = globals.object[name]!;
      if (definer < 0 || definer !== before.object || table.memberOffset[definer] === -1) continue;
      const asker = this.#askerOf(name);
      const source = table.inputIndex[definer]!;
      const text = globals.names.text(name);
      if (asker !== Number.POSITIVE_INFINITY && asker > source && before.asker <= source)
        throw new NeedsFullLink(`"${text}" is asked for behind the library that defines it`);
      if (asker >= before.asker) continue;
      for (let input = asker; input < Math.min(source, before.asker); input++)
        if (this.#isDefinedBy(name, input))
          throw new NeedsFullLink(`"${text}" is defined by an earlier library as well`);
    }
  }

  #isDefinedBy(name: number, input: number): boolean {
    const { kind } = this.#session.inputs[input]!;
    return kind === "archive" && this.#entryOf(this.#archive(input), name) !== -1;
  }

  #archive(input: number): ArchiveIndex {
    this.#archives ??= new Map();
    const archive = this.#archives.get(input) ?? ArchiveIndex.open(this.#session.inputs[input]!.path);
    this.#archives.set(input, archive);
    return archive;
  }

  /** The entry of an archive's index for a name, or -1. */
  #entryOf(archive: ArchiveIndex, name: number): number {
    const { globals, table } = this.#session.link;
    const start = globals.names.start[name]!;
    const wanted = Buffer.from(table.input.bytes.slice(start, start + globals.names.length[name]!));
    for (let i = 0; i < archive.symbolCount; i++) {
      if (archive.nameEnd[i]! - archive.nameStart[i]! !== wanted.length) continue;
      if (Buffer.compare(wanted, archive.names.subarray(archive.nameStart[i]!, archive.nameEnd[i]!)) === 0) return i;
    }
    return -1;
  }

  /** What sessions do not follow. */
  #refuseUnusual(object: number): void {
    const { table } = this.#session.link;
    if (table.extended[object] !== 0) throw new NeedsFullLink("an object with more than 65,280 sections has changed");
    const base = table.sectionBase[object]!;
    for (let index = 1; index < table.shnum[object]!; index++)
      if (table.sectionName(base + index).startsWith(".gnu.linkonce."))
        throw new NeedsFullLink("an object with link-once sections has changed");
  }

  /** Decides anew which copies of groups are linked. True where that made other objects part of the update. */
  #settleGroups(): boolean {
    const { link } = this.#session;
    const { table } = link;
    const position = this.#positions();
    const again = new Set<number>();
    for (const signature of this.#signatures) {
      const copies = this.#session.groups
        .filter((group) => group.signature === signature && table.linked[group.object] === 1)
        .sort((a, b) => position[a.object]! - position[b.object]! || a.section - b.section);
      const winner = copies[0]?.object;
      for (const { object, section } of copies) {
        const isDiscarded = object !== winner;
        if (this.attached.has(object)) this.#discard(object, section, isDiscarded);
        else if (isDiscarded !== this.#isDiscarded(object, section)) again.add(object);
      }
    }
    this.#signatures.clear();
    for (const object of again) this.#readAgain(object);
    return again.size > 0;
  }

  /** Makes an object part of the update whose bytes are what they were. */
  #readAgain(object: number): void {
    const { table } = this.#session.link;
    const { member } = table.labels[object]!;
    const input = table.inputIndex[object]!;
    // From the file: what has been read is straightened, and is not read twice.
    const [at, size] = readMemberBytes(table.input, this.#session.inputs[input]!.path, table.memberOffset[object]!);
    const place = this.#session.link.objects.indexOf(object);
    this.#detach(object);
    this.#places.set(object, place);
    this.#attach({ before: object, input, member: table.memberOffset[object]!, memberName: member, at, size });
  }

  #members(object: number, section: number): Int32Array {
    const { table } = this.#session.link;
    const { words } = table.input;
    const at = table.shdrs[object]! + section * SH.WORDS;
    const from = (table.base[object]! + (words[at + SH.OFFSET]! >>> 0)) / 4;
    return words.subarray(from + 1, from + (words[at + SH.SIZE]! >>> 0) / 4);
  }

  #discard(object: number, section: number, isDiscarded: boolean): void {
    const { table } = this.#session.link;
    for (const member of this.#members(object, section))
      table.sectionOutput[table.sectionBase[object]! + member] = isDiscarded ? Fate.DISCARDED : Fate.NONE;
  }

  /** Whether the copy of an object that is not part of the update was discarded. */
  #isDiscarded(object: number, section: number): boolean {
    const { table } = this.#session.link;
    this.#session.ensureRead(object);
    const [first] = this.#members(object, section);
    return first !== undefined && table.sectionOutput[table.sectionBase[object]! + first] === Fate.DISCARDED;
  }

  #settleNames(): void {
    const { globals, names, table } = this.#session.link;
    globals.duplicates.length = 0;
    globals.mixed.length = 0;
    for (const name of this.#pending) {
      if (globals.state[name] === State.LINKER) {
        if (this.#session.link.options.definitions.some((one) => one.name === globals.names.text(name))) continue;
        names.release(name);
      }
      const before = this.#commonOf(name);
      globals.forget(name);
      for (const [object, index] of this.usesOf(name)) {
        const shndx = table.shndxOf(object, index);
        // Its size is not in the session.
        if (shndx === SHN.COMMON || shndx === SHN.X86_64_LCOMMON) this.#session.ensureRead(object);
        globals.enter(name, object, index);
      }
      if (this.#commonOf(name) !== before)
        throw new NeedsFullLink(`common storage "${globals.names.text(name)}" has changed`);
    }
    const [duplicate] = [...globals.duplicates, ...globals.mixed];
    if (duplicate !== undefined && !this.#session.link.options.allowMultipleDefinition)
      throw new NeedsFullLink(`"${globals.names.text(duplicate.name)}" is defined twice`);
    names.claim(this.#session.link.outputs, this.#session.link.options);
    this.#pending.clear();
  }

  /** What the place of common storage follows from; empty for other names. */
  #commonOf(name: number): string {
    const { globals } = this.#session.link;
    if (globals.state[name] !== State.COMMON) return "";
    return `${globals.commonSize[name]} ${globals.commonAlign[name]} ${globals.type[name] === STT.TLS}`;
  }

  /** Links members of archives that define what is wanted. True where there were any. */
  #pullMembers(): boolean {
    const { globals } = this.#session.link;
    const wanted = [...this.names.keys()].filter((name) => globals.isWanted(name) && this.usesOf(name).length > 0);
    if (wanted.length === 0) return false;
    let any = false;
    for (const name of wanted) {
      if (!globals.isWanted(name)) continue;
      const found = this.#findMember(name);
      // Whether it is needed is seen when relocations are looked at: calls of __tls_get_addr go, for instance.
      if (found === undefined) continue;
      const { input, place } = found;
      const { table, objects } = this.#session.link;
      if (
        objects.some(
          (object) => table.inputIndex[object] === input && table.memberOffset[object] === place.headerOffset,
        )
      )
        continue;
      const at = table.input.reserve(place.size);
      found.archive.readMember(place, table.input.bytes.subarray(at, at + place.size));
      const object = this.#attach({
        before: -1,
        input,
        member: place.headerOffset,
        memberName: place.name,
        at,
        size: place.size,
      });
      this.#refuseOrdered(object);
      any = true;
      // What it defines need not be asked for elsewhere.
      this.#settleGroups();
      this.#settleNames();
    }
    return any;
  }

  /** The order of a new member's start code among others' follows from the order in which a full link finds them. */
  #refuseOrdered(object: number): void {
    const { table } = this.#session.link;
    const { words } = table.input;
    const base = table.sectionBase[object]!;
    for (let index = 1; index < table.shnum[object]!; index++) {
      const type = words[table.shdrs[object]! + index * SH.WORDS + SH.TYPE];
      const isArray = type === SHT.INIT_ARRAY || type === SHT.FINI_ARRAY || type === SHT.PREINIT_ARRAY;
      if (isArray || /^\.[cd]tors/.test(table.sectionName(base + index)))
        throw new NeedsFullLink(`a member with start code is linked: ${table.labels[object]!.member}`);
    }
  }

  #findMember(
    name: number,
  ): { readonly archive: ArchiveIndex; readonly input: number; readonly place: ArchiveMemberPlace } | undefined {
    const { table } = this.#session.link;
    // GNU ld looks behind whoever asks first, then at those of a group again.
    const asking = Math.min(...this.usesOf(name).map(([object]) => table.inputIndex[object]!));
    const order = this.#session.inputs
      .map((_, i) => i)
      .sort((a, b) => Number(a < asking) - Number(b < asking) || a - b);
    for (const input of order) {
      const { kind, path, whole, lazy } = this.#session.inputs[input]!;
      if (lazy) throw new NeedsFullLink("objects between --start-lib and --end-lib may be wanted");
      if (kind !== "archive" || whole) continue;
      const archive = this.#archive(input);
      if (!archive.hasIndex) throw new NeedsFullLink(`${path} has no symbol index`);
      const entry = this.#entryOf(archive, name);
      if (entry !== -1) return { archive, input, place: archive.member(archive.memberOf[entry]!) };
    }
    return undefined;
  }

  /** Unlinks members of archives that nothing leads to any more. True where there were any. */
  #dropMembers(): boolean {
    const { table, globals } = this.#session.link;
    const suspects = new Set<number>();
    for (const [name, before] of this.names) {
      const definer = before.object >= 0 && table.linked[before.object] === 1 ? before.object : globals.object[name]!;
      if (definer >= 0 && table.memberOffset[definer] !== -1 && table.linked[definer] === 1) suspects.add(definer);
    }
    for (const suspect of suspects) {
      const reached = this.#leadingTo(suspect);
      if (reached === undefined) continue;
      for (const object of reached) this.#detach(object);
      return true;
    }
    return false;
  }

  /** Objects that ask for a member, directly or not; undefined where an input that is linked anyway is among them. */
  #leadingTo(member: number): Set<number> | undefined {
    const { table, globals } = this.#session.link;
    const reached = new Set([member]);
    for (const object of reached) {
      const base = table.symbolBase[object]!;
      for (let index = table.firstGlobal[object]!; index < table.symbolCount[object]!; index++) {
        const name = table.globalOf[base + index]!;
        if (name === -1 || globals.object[name] !== object || globals.state[name] === State.UNDEFINED) continue;
        if (globals.marks[name]! & Mark.ROOT) return undefined;
        for (const [asking, symbol] of this.usesOf(name)) {
          if (asking === object || table.shndxOf(asking, symbol) !== SHN.UNDEF) continue;
          if (((table.infoOf(asking, symbol) >>> 4) & 15) === STB.WEAK) continue;
          const { memberOffset, inputIndex } = table;
          if (memberOffset[asking] === -1 || this.#session.inputs[inputIndex[asking]!]!.whole) return undefined;
          reached.add(asking);
        }
      }
    }
    return reached;
  }

  /** Names that are an IFUNC now and were none, or the other way round. */
  requireSameKinds(): void {
    const { globals } = this.#session.link;
    for (const [name, before] of this.names) {
      const wasIfunc = before.type === STT.GNU_IFUNC && before.state !== State.UNDEFINED;
      const isIfunc = globals.type[name] === STT.GNU_IFUNC && globals.state[name] !== State.UNDEFINED;
      const isDefined = globals.state[name] !== State.UNDEFINED;
      if (wasIfunc !== isIfunc && before.state !== State.UNDEFINED && isDefined)
        throw new NeedsFullLink(`"${globals.names.text(name)}" becomes or ceases to be an IFUNC`);
      if (
        before.state !== State.UNDEFINED &&
        (before.type === STT.TLS) !== (globals.type[name] === STT.TLS) &&
        globals.state[name] !== State.UNDEFINED
      )
        throw new NeedsFullLink(`"${globals.names.text(name)}" becomes or ceases to be thread-local`);
    }
  }
}
