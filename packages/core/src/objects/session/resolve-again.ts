/**
 * Brings names up to date after objects came and went: which copy of a group is linked, who defines each name, which members
 * of archives are wanted now and which no longer. All of it comes out as in a full link of the same inputs; where that
 * cannot be told from here, NeedsFullLink says why.
 */

import { SHN, SHT } from "../../elf/shdr.js";
import { STT } from "../../elf/sym.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import { State } from "../globals.js";
import { SH } from "../object-table.js";
import { readHashedObject } from "../read-object.js";
import { ArchiveMembers } from "./archive-members.js";
import { GroupCopies } from "./group-copies.js";
import type { ChangedObject } from "./input-changes.js";
import type { LinkSession } from "./link-session.js";
import { type NameBefore, nameBefore, requireSameSources } from "./name-before.js";
import { NameUses } from "./name-uses.js";
import { unneededMembers } from "./unneeded-members.js";

export class ResolveAgain {
  /** Objects that are read in this update, by the object that each takes the place of, or -1. */
  readonly attached: Map<number, number> = new Map();
  readonly detached: Set<number> = new Set();
  /** Names that were looked at, and what they were. */
  readonly names: Map<number, NameBefore> = new Map();
  readonly uses: NameUses;
  readonly #session: LinkSession;
  readonly #groups: GroupCopies;
  readonly #archives: ArchiveMembers;
  readonly #pending = new Set<number>();
  /** By object that is taken the place of: where it was among those that are linked. */
  readonly #places = new Map<number, number>();

  constructor(session: LinkSession) {
    this.#session = session;
    this.uses = new NameUses(session);
    this.#groups = new GroupCopies(session);
    this.#archives = new ArchiveMembers(session);
  }

  /** Takes in what changed. */
  apply(changed: readonly ChangedObject[], removed: readonly number[]): void {
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
      requireSameSources(this.#session, this.names, this.uses, this.#archives);
      return;
    }
  }

  #detach(object: number): void {
    const { link, groups } = this.#session;
    const { table } = link;
    this.uses.prepare();
    const base = table.symbolBase[object]!;
    for (let index = table.firstGlobal[object]!; index < table.symbolCount[object]!; index++)
      this.#touch(table.globalOf[base + index]!);
    table.linked[object] = 0;
    this.detached.add(object);
    link.objects = link.objects.filter((one) => one !== object);
    this.#groups.touch(object);
    this.#session.groups = groups.filter((group) => group.object !== object);
    this.attached.delete(object);
  }

  #attach(one: ChangedObject): number {
    const { link } = this.#session;
    const { table, globals } = link;
    const { path } = this.#session.inputs[one.input]!;
    const label = one.memberName === undefined ? { file: path } : { file: path, member: one.memberName };
    const object = readHashedObject(table, label, one.at, one.size);
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
      this.uses.add(name, object, index);
      table.globalOf[base + index] = name;
    }
    this.#groups.touch(object);
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
    this.#pending.add(name);
    if (!this.names.has(name)) this.names.set(name, nameBefore(this.#session.link.globals, this.uses, name));
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
    const again = this.#groups.settle(this.attached, this.uses);
    for (const object of again) this.#readAgain(object);
    return again.size > 0;
  }

  /** Makes an object part of the update whose bytes are what they were. */
  #readAgain(object: number): void {
    const { table } = this.#session.link;
    const { member } = table.labels[object]!;
    const input = table.inputIndex[object]!;
    // From the file: what has been read is straightened, and is not read twice.
    const [at, size] = this.#session.archives.read(
      table.input,
      this.#session.inputs[input]!.path,
      table.memberOffset[object]!,
    );
    const place = this.#session.link.objects.indexOf(object);
    this.#detach(object);
    this.#places.set(object, place);
    this.#attach({ before: object, input, member: table.memberOffset[object]!, memberName: member, at, size });
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
      for (const [object, index] of this.uses.of(name)) {
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
    const wanted = [...this.names.keys()].filter((name) => globals.isWanted(name) && this.uses.of(name).length > 0);
    if (wanted.length === 0) return false;
    let any = false;
    for (const name of wanted) {
      if (!globals.isWanted(name)) continue;
      const found = this.#archives.find(name, this.uses);
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

  /** Unlinks members of archives that nothing leads to any more. True where there were any. */
  #dropMembers(): boolean {
    const unneeded = unneededMembers(this.#session, this.names, this.uses);
    for (const object of unneeded) this.#detach(object);
    return unneeded.size > 0;
  }
}
