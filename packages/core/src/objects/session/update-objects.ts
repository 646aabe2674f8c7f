/**
 * Brings the image of a session up to date with inputs that changed: resolves names again, places what is new, writes the
 * objects that were read, and of others the places that refer to what moved. Bytes that come out as they were are not
 * written.
 */

import { ELFOSABI } from "../../elf/ehdr.js";
import { SHF, SHT } from "../../elf/shdr.js";
import type { ImageBytes } from "../../image/image-bytes.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import { Addresses } from "../addresses.js";
import { makeEhFrameHdr } from "../eh-frame-hdr.js";
import { State } from "../globals.js";
import { nameTable, SHDR_BYTES, writeHeaders } from "../headers.js";
import { RA, SH } from "../object-table.js";
import type { OutputSection } from "../output-sections.js";
import { EHDR_BYTES, PHDR_BYTES, place } from "../place.js";
import { Relocator } from "../relocate.js";
import { fillerOf } from "./fillers.js";
import type { InputChanges } from "./input-changes.js";
import { type LinkSession, stackOf } from "./link-session.js";
import { PlaceAgain } from "./place-again.js";
import { ResolveAgain } from "./resolve-again.js";
import { Slots } from "./slots.js";

export interface UpdateCounts {
  /** Objects that were read because they, or groups in them, changed; others that were read for what refers to moved symbols. */
  objects: number;
  others: number;
  /** Sections that were written anew in memory, and those of them whose bytes changed. */
  sections: number;
  changed: number;
  /** Symbols that have another address. */
  moved: number;
}

/** Offset of e_shoff in the ELF header. */
const E_SHOFF = 40;
const EI_OSABI = 7;

export class ObjectUpdate {
  readonly counts: UpdateCounts = { objects: 0, others: 0, sections: 0, changed: 0, moved: 0 };
  readonly #session: LinkSession;
  readonly #image: ImageBytes;
  #relocator!: Relocator;
  #scratch: Uint8Array = new Uint8Array(1 << 16);

  constructor(session: LinkSession, image: ImageBytes) {
    this.#session = session;
    this.#image = image;
  }

  /** Throws NeedsFullLink, after which the session is of no use. Nothing has been written to a file then. */
  apply({ changed, removed }: InputChanges): void {
    const { link } = this.#session;
    const oldNames = this.#oldLocalNames([...removed, ...changed.map(({ before }) => before)]);
    const resolved = new ResolveAgain(this.#session);
    resolved.apply(changed, removed);
    resolved.requireSameKinds();
    const { attached, detached } = resolved;
    this.counts.objects = attached.size;
    for (const object of attached.keys()) this.#enliven(object);
    this.#requireSameNotes(resolved);
    for (const object of attached.keys()) {
      const base = link.table.sectionBase[object]!;
      for (let section = base + 1; section < base + link.table.shnum[object]!; section++)
        if (link.ehFrame.has(section)) link.ehFrame.layoutApart(section);
    }
    const places = new PlaceAgain(this.#session);
    places.apply(attached, detached);
    this.#scan(attached);
    this.#fill(places);
    this.#resizeMade();
    this.#placeOutputs();
    const moved = this.#settleAddresses(resolved, places.moved);
    this.#writeSections(attached, places.moved, moved, resolved);
    this.#writeSymbols(resolved, places.moved, moved, oldNames);
    this.#writeMade();
    this.#writeHeaders();
  }

  /** Names of local symbols of objects that are replaced, and where they are in .strtab: they are mostly used again. */
  #oldLocalNames(objects: readonly number[]): Map<string, number> {
    const { table } = this.#session.link;
    const strtab = this.#session.link.sections.find(({ name }) => name === ".strtab");
    const names = new Map<string, number>();
    if (strtab === undefined) return names;
    for (const object of objects) {
      if (object === -1) continue;
      const base = table.symbolBase[object]!;
      for (let symbol = base; symbol < base + table.symbolCount[object]!; symbol++) {
        const slot = this.#session.slotOfSymbol[symbol]!;
        if (slot === 0) continue;
        const at = this.#session.strings[slot]!;
        let length = 0;
        while (this.#image.read(strtab.offset + at + length, 1)[0] !== 0) length++;
        names.set(Buffer.from(this.#image.read(strtab.offset + at, length)).toString("latin1"), at);
      }
    }
    return names;
  }

  /** Chooses the sections of an object that are linked. */
  #enliven(object: number): void {
    const { link } = this.#session;
    const { liveness } = link;
    const [stack, silent] = [liveness.executableStack, liveness.silent.length];
    liveness.executableStack = false;
    liveness.properties.length = 0;
    liveness.addObject(object);
    this.#session.stacks[object] = stackOf(liveness.executableStack, liveness.silent.length > silent);
    liveness.executableStack = stack;
    liveness.silent.length = silent;
    const [property] = liveness.properties;
    this.#session.noteProperty(object, property);
  }

  /** What all objects have in common of properties, and of their stacks, must be what it was. */
  #requireSameNotes(resolved: ResolveAgain): void {
    const { properties, stacks } = this.#session;
    const kinds = (objects: Iterable<number>, of: Int32Array): string =>
      [...new Set([...objects].map((object) => of[object]!))].sort().join();
    const { objects } = this.#session.link;
    const before = [...objects.filter((object) => !resolved.attached.has(object)), ...resolved.detached];
    if (kinds(before, properties) !== kinds(objects, properties))
      throw new NeedsFullLink("an object has other properties (.note.gnu.property)");
    if (kinds(before, stacks) !== kinds(objects, stacks))
      throw new NeedsFullLink("an object asks for another kind of stack");
  }

  #scan(attached: ReadonlyMap<number, number>): void {
    const { scan, globals, table } = this.#session.link;
    const [got, tpoff, needsGot] = [scan.got.count, scan.gotTpoff.count, scan.needsGot];
    scan.undefined.length = 0;
    for (const object of attached.keys()) scan.addObject(object, this.#session.link.outputs.list);
    const [missing] = scan.undefined;
    if (missing !== undefined && this.#session.link.options.unresolved === "error")
      throw new NeedsFullLink(`"${globals.names.text(missing.name)}" is not defined`);
    if (scan.got.count !== got || scan.gotTpoff.count !== tpoff || scan.needsGot !== needsGot)
      throw new NeedsFullLink("the global offset table needs other entries");
    for (const { name, symbol } of scan.plt.keys) {
      const isGone = name === -1 && table.linked[this.#session.link.symtab.objectOf(symbol)] !== 1;
      if (isGone) throw new NeedsFullLink("an IFUNC is no longer linked");
    }
    for (const entries of [scan.got, scan.gotTpoff])
      for (const { name, symbol } of entries.keys)
        if (name === -1 && table.linked[this.#session.link.symtab.objectOf(symbol)] !== 1)
          throw new NeedsFullLink("an entry of the global offset table is no longer needed");
  }

  /** Overwrites what nothing is in any more, and is not used again. */
  #fill(places: PlaceAgain): void {
    for (const output of places.refill) {
      if (output.type === SHT.NOBITS) continue;
      const ranges = this.#session.freeSpaceOf(this.#session.link.outputs.idOf(output)).ranges;
      for (let i = 0; i < ranges.length; i += 2) this.#fillRange(output, ranges[i]!, ranges[i + 1]! - ranges[i]!);
    }
    for (const { output, start, size } of places.freed)
      if (start >= output.size && output.type !== SHT.NOBITS) this.#image.zero(output.offset + start, size);
  }

  #fillRange(output: OutputSection, start: number, size: number): void {
    const abbreviation = this.#session.link.outputs.find(".debug_abbrev")?.extraOffset ?? 0;
    this.#image.write(
      output.offset + start,
      fillerOf(output.name, (output.flags & SHF.EXECINSTR) !== 0, size, abbreviation),
    );
  }

  /** Sections of the linker's own that follow the number of IFUNCs. */
  #resizeMade(): void {
    const { outputs, scan } = this.#session.link;
    const resize = (name: string, bytes: number): void => {
      const output = outputs.find(name);
      if (output === undefined) {
        if (scan.plt.count > 0) throw new NeedsFullLink("the first IFUNC");
        return;
      }
      if (output.extra === bytes) return;
      if (output.extraOffset + bytes > output.room) throw new NeedsFullLink(`${name} is full`);
      Object.assign(output, { extra: bytes, size: output.extraOffset + bytes, top: output.extraOffset + bytes });
    };
    if (scan.plt.count === 0) return;
    resize(".plt", scan.plt.count * 16);
    resize(".got.plt", (3 + scan.plt.count) * 8);
    resize(".rela.plt", scan.plt.count * 24);
  }

  /** Sizes changed, places did not. */
  #placeOutputs(): void {
    const { link } = this.#session;
    const before = link.order.map(({ address, offset }) => [address, offset]);
    const { options } = link;
    link.placement = place(link.order, {
      base: link.base,
      pageSize: options.pageSize,
      separateCode: options.separateCode,
      relro: options.relro,
      pie: options.output === "static-pie",
      executableStack: link.executableStack,
      stackSize: options.stackSize,
    });
    const isSame = link.order.every(
      ({ flags, address, offset }, i) =>
        (flags & SHF.ALLOC) === 0 || (address === before[i]![0] && offset === before[i]![1]),
    );
    if (!isSame) throw new NeedsFullLink("sections would move");
  }

  /** Gives names their addresses; returns those whose address is another one than before. */
  #settleAddresses(resolved: ResolveAgain, movedSections: ReadonlySet<number>): Set<number> {
    const { link } = this.#session;
    const { globals, table, scan } = link;
    link.addresses = new Addresses(
      table,
      globals,
      link.outputs,
      link.ehFrame,
      scan.plt,
      scan.got.count,
      link.placement,
    );
    const names = new Set(resolved.names.keys());
    for (const section of movedSections) {
      const object = table.sectionObject[section]!;
      const base = table.symbolBase[object]!;
      for (let index = table.firstGlobal[object]!; index < table.symbolCount[object]!; index++) {
        const name = table.globalOf[base + index]!;
        if (name !== -1 && globals.object[name] === object) names.add(name);
      }
    }
    const moved = new Set<number>();
    for (const name of names) {
      const before = resolved.names.get(name);
      const old = before?.state === State.UNDEFINED ? Number.NaN : globals.address[name]!;
      const state = globals.state[name]!;
      if (state === State.LINKER || state === State.COMMON) {
        if (before !== undefined && before.state !== state) moved.add(name);
        continue;
      }
      let now = Number.NaN;
      if (state !== State.UNDEFINED) {
        this.#session.ensureRead(globals.object[name]!);
        now = link.addresses.ofSymbol(globals.object[name]!, globals.symbol[name]!);
      }
      globals.address[name] = Number.isNaN(now) ? 0 : now;
      if (!Object.is(old, now) || (before !== undefined && before.object === -1)) moved.add(name);
    }
    const own = [...link.names.sections.keys()].map((name) => [name, globals.address[name]!] as const);
    const missing = link.names.settle(link.outputs, link.order, link.base, link.addresses);
    if (missing.length > 0) throw new NeedsFullLink("a symbol of --defsym is gone");
    for (const [name, address] of own)
      if (globals.state[name] === State.LINKER && globals.address[name] !== address) moved.add(name);
    this.counts.moved = moved.size;
    return moved;
  }

  // --- contents -------------------------------------------------------------------------------------------------

  #writeSections(
    attached: ReadonlyMap<number, number>,
    movedSections: ReadonlySet<number>,
    moved: ReadonlySet<number>,
    resolved: ResolveAgain,
  ): void {
    const { link } = this.#session;
    const { table } = link;
    const pie = link.options.output === "static-pie";
    this.#relocator = new Relocator(this.#scratch, table, link.globals, link.addresses, link.scan, pie);
    const whole = new Set(attached.keys());
    for (const section of movedSections) whole.add(table.sectionObject[section]!);
    for (const object of whole) this.#writeObject(object, undefined);
    const symbols = new Map<number, Set<number>>();
    for (const name of moved)
      for (const [object, index] of resolved.usesOf(name)) {
        if (whole.has(object)) continue;
        const set = symbols.get(object) ?? new Set();
        symbols.set(object, set);
        set.add(index);
      }
    for (const [object, indices] of symbols) {
      this.#session.ensureRead(object);
      this.counts.others++;
      this.#writeObject(object, indices);
    }
    if (this.#relocator.faults.length > 0) throw new NeedsFullLink("a relocation cannot be applied");
    if (this.#relocator.relative.length > 0) throw new NeedsFullLink("run-time relocations");
  }

  /** Writes the sections of an object; where `symbols` is given, those that refer to one of them. */
  #writeObject(object: number, symbols: ReadonlySet<number> | undefined): void {
    const { table, outputs, ehFrame } = this.#session.link;
    const base = table.sectionBase[object]!;
    for (let section = base + 1; section < base + table.shnum[object]!; section++) {
      const id = table.sectionOutput[section]!;
      if (id < 0) continue;
      const output = outputs.list[id]!;
      if (output.type === SHT.NOBITS || output.name === ".comment") continue;
      if (symbols !== undefined && !this.#refersTo(section, symbols)) continue;
      const size = ehFrame.has(section) ? this.#writeFrames(section, output) : this.#writeContents(section, output);
      if (size === 0) continue;
      this.counts.sections++;
      const at = output.offset + table.sectionOffset[section]!;
      if (this.#image.write(at, this.#scratch.subarray(0, size))) this.counts.changed++;
    }
  }

  #writeContents(section: number, output: OutputSection): number {
    const { link } = this.#session;
    const size = link.table.sizeOf(section);
    this.#reserve(size);
    link.writeInput(section, output, 0, this.#relocator);
    const left = this.#session.room[section]! - size;
    if (left > 0) this.#fillRange(output, link.table.sectionOffset[section]! + size, left);
    return size;
  }

  /** Unwind tables of one object. What is left of their room belongs to the last record, where it means nothing. */
  #writeFrames(section: number, output: OutputSection): number {
    const { link } = this.#session;
    const { ehFrame, table } = link;
    const room = this.#session.room[section]!;
    this.#reserve(room);
    this.#scratch.fill(0, 0, room);
    const [first, end] = ehFrame.range(section);
    let last = -1;
    for (let record = first; record < end; record++) {
      if (!ehFrame.isWritten(record)) continue;
      // Offsets count from the start of the output section, the scratch from that of the table.
      link.writeFrame(record, output, -table.sectionOffset[section]!, this.#relocator);
      last = ehFrame.output[record]!;
    }
    if (last !== -1) new DataView(this.#scratch.buffer).setUint32(last, room - last - 4, true);
    return room;
  }

  #refersTo(section: number, symbols: ReadonlySet<number>): boolean {
    const { table } = this.#session.link;
    const { words } = table.input;
    const rela = table.sectionRela[section]!;
    if (rela === 0) return false;
    const object = table.sectionObject[section]!;
    const header = table.shdrs[object]! + rela * SH.WORDS;
    const from = (table.base[object]! + (words[header + SH.OFFSET]! >>> 0)) / 4;
    const end = from + (words[header + SH.SIZE]! >>> 0) / 4;
    for (let at = from; at < end; at += RA.WORDS) if (symbols.has(words[at + RA.SYMBOL]!)) return true;
    return false;
  }

  #reserve(size: number): void {
    if (size <= this.#scratch.length) return;
    this.#scratch = new Uint8Array(size * 2);
    this.#relocator.image = this.#scratch;
  }

  // --- symbols --------------------------------------------------------------------------------------------------

  #writeSymbols(
    resolved: ResolveAgain,
    movedSections: ReadonlySet<number>,
    moved: ReadonlySet<number>,
    oldNames: ReadonlyMap<string, number>,
  ): void {
    const { link } = this.#session;
    const { table, globals, symtab } = link;
    const find = (wanted: string): OutputSection | undefined => link.sections.find(({ name }) => name === wanted);
    const section = find(".symtab");
    if (section === undefined) return;
    const slots = new Slots(this.#session, this.#image, section, find(".strtab")!);
    for (const object of resolved.detached) {
      const base = table.symbolBase[object]!;
      for (let symbol = base; symbol < base + table.symbolCount[object]!; symbol++) {
        const slot = this.#session.slotOfSymbol[symbol]!;
        if (slot !== 0) slots.remove(slot);
      }
    }
    const entry = new Uint8Array(24);
    const write = (slot: number): void => {
      symtab.writeEntry(entry, 0, this.#session.entries[slot]!, this.#session.strings[slot]!, link.symbolContext);
      this.#image.write(slots.at(slot), entry);
    };
    const addName = (which: number): number => {
      const at = symtab.nameAt(which);
      return slots.addName(table.input.bytes.slice(at, at + symtab.nameLength(which)));
    };
    const fresh: number[] = [];
    for (const object of resolved.attached.keys())
      for (const index of symtab.localsOf(object)) {
        const symbol = table.symbolBase[object]! + index;
        const at = symtab.nameAt(symbol);
        const text = Buffer.from(table.input.bytes.slice(at, at + symtab.nameLength(symbol))).toString("latin1");
        slots.add(symbol, oldNames.get(text) ?? addName(symbol), true);
        fresh.push(symbol);
      }
    const names = new Set([...resolved.names.keys(), ...moved]);
    for (const name of names) {
      const slot = this.#session.slotOfName[name] ?? 0;
      const isOwn = globals.state[name] === State.LINKER;
      const isListed = isOwn
        ? link.names.sections.has(name)
        : resolved.usesOf(name).length > 0 && symtab.isListed(name);
      const isLocal = symtab.isLocal(name);
      if (slot !== 0 && isListed && isLocal === slot < this.#session.localCount) continue;
      const string = slot === 0 ? -1 : this.#session.strings[slot]!;
      if (slot !== 0) slots.remove(slot);
      if (isListed) slots.add(-1 - name, string === -1 ? addName(-1 - name) : string, isLocal);
    }
    for (const symbol of fresh) write(this.#session.slotOfSymbol[symbol]!);
    for (const name of names) if ((this.#session.slotOfName[name] ?? 0) !== 0) write(this.#session.slotOfName[name]!);
    for (const object of new Set([...movedSections].map((one) => table.sectionObject[one]!))) {
      const base = table.symbolBase[object]!;
      for (let symbol = base; symbol < base + table.firstGlobal[object]!; symbol++) {
        const slot = this.#session.slotOfSymbol[symbol]!;
        if (slot !== 0) write(slot);
      }
    }
    const strtab = find(".strtab")!;
    section.size = this.#session.entryCount * 24;
    section.info = this.#session.localCount;
    strtab.size = this.#session.stringTop;
  }

  // --- the linker's own -----------------------------------------------------------------------------------------

  #writeMade(): void {
    const { link } = this.#session;
    for (const { name, symbol } of [...link.scan.plt.keys, ...link.scan.got.keys, ...link.scan.gotTpoff.keys]) {
      const object = name === -1 ? link.symtab.objectOf(symbol) : link.globals.object[name]!;
      if (object >= 0) this.#session.ensureRead(object);
    }
    for (const [section, bytes] of link.made.contents(link.addresses, []))
      if (section.name !== ".comment") this.#image.write(section.offset + section.extraOffset, bytes);
    const frames = link.outputs.find(".eh_frame");
    const header = link.outputs.find(".eh_frame_hdr");
    if (frames === undefined || header === undefined) return;
    const table = makeEhFrameHdr(this.#image.read(frames.offset, frames.size), frames.address, header.address);
    if (table === undefined || table.length > header.room) throw new NeedsFullLink(".eh_frame_hdr is full");
    Object.assign(header, { size: table.length, extra: table.length, top: table.length });
    this.#image.write(header.offset, table);
  }

  #writeHeaders(): void {
    const { link } = this.#session;
    const { globals } = link;
    // .eh_frame_hdr has its size now.
    this.#placeOutputs();
    const shstrtab = link.sections.at(-1)!;
    const { offsets } = nameTable(link.sections);
    const shoff = Math.ceil((shstrtab.offset + shstrtab.size) / 8) * 8;
    const headers = (link.sections.length + 1) * SHDR_BYTES;
    const entry = globals.names.findText(link.options.entry);
    const isDefined = entry !== -1 && globals.state[entry] !== State.UNDEFINED;
    const address = isDefined ? globals.address[entry]! : Number(link.options.entry);
    if (Number.isNaN(address)) throw new NeedsFullLink("the entry is not defined");
    const gnu = this.#image.read(EI_OSABI, 1)[0] === ELFOSABI.GNU;
    // Those at the end of the file are made right behind those at its start.
    const head = EHDR_BYTES + link.placement.phdrs.length * PHDR_BYTES;
    const both = new Uint8Array(head + headers);
    const { sections } = link;
    writeHeaders(both, {
      sections,
      nameOffsets: offsets,
      phdrs: link.placement.phdrs,
      entry: address,
      pie: false,
      gnu,
      shoff: head,
    });
    new DataView(both.buffer).setUint32(E_SHOFF, shoff, true);
    this.#image.write(0, both.subarray(0, head));
    this.#image.write(shoff, both.subarray(head));
  }
}
