/**
 * `--verify`: links the inputs in full, in memory, and compares with the output: what is linked, who defines each name, and,
 * with everything put where the session says it is, every byte of every section, and the symbol table. Nothing of the update's
 * own work is believed but places and the order of tables.
 */

import { readFileSync } from "node:fs";
import type { Diagnostic } from "../../diagnostics/diagnostic.js";
import { sessionDiffers } from "../../diagnostics/objects.js";
import { SHT } from "../../elf/shdr.js";
import { StateFile } from "../../state/state-file.js";
import { statePath } from "../../update/saved-session.js";
import { Addresses } from "../addresses.js";
import { makeEhFrameHdr } from "../eh-frame-hdr.js";
import { State } from "../globals.js";
import { stringEnd } from "../input-bytes.js";
import { objectText } from "../loader.js";
import { ObjectLink } from "../object-link.js";
import type { InputFile, ObjectLinkOptions } from "../options.js";
import type { OutputSection } from "../output-sections.js";
import { Relocator } from "../relocate.js";
import { isFree } from "../room.js";
import { type Entries, Scan } from "../scan.js";
import type { LinkSession } from "./link-session.js";
import { restoreSession } from "./saved-session.js";

/** The first difference between `output` with its session, and a full link; none where they agree. */
export function verifyObjects(
  output: string,
  inputs: readonly InputFile[],
  options: ObjectLinkOptions,
): readonly Diagnostic[] {
  const path = statePath(output);
  const opened = StateFile.open(path, output);
  if ("reason" in opened) return [sessionDiffers(opened.reason.message)];
  try {
    const session = restoreSession(opened.state, path, inputs, options);
    const fresh = new ObjectLink(options, true);
    fresh.load(inputs);
    if (!fresh.hasErrors) fresh.choose();
    if (fresh.hasErrors) return [sessionDiffers(`a full link fails: ${fresh.diagnostics[0]!.message}`)];
    const difference = new Verifier(session, fresh, readFileSync(output)).run();
    return difference === undefined ? [] : [sessionDiffers(difference)];
  } finally {
    opened.state.close();
  }
}

/** Thrown with the first difference. */
class Difference extends Error {}

function isArray({ type }: OutputSection): boolean {
  return type === SHT.INIT_ARRAY || type === SHT.FINI_ARRAY || type === SHT.PREINIT_ARRAY;
}

class Verifier {
  readonly #session: LinkSession;
  readonly #fresh: ObjectLink;
  readonly #file: Uint8Array;
  /** By object of the fresh link: the session's. */
  readonly #objectOf = new Map<number, number>();
  readonly #freshOf = new Map<number, number>();

  constructor(session: LinkSession, fresh: ObjectLink, file: Uint8Array) {
    this.#session = session;
    this.#fresh = fresh;
    this.#file = file;
  }

  run(): string | undefined {
    try {
      this.#objects();
      this.#sections();
      this.#ranges();
      this.#names();
      this.#adoptPlaces();
      this.#contents();
      this.#symbols();
      return undefined;
    } catch (cause) {
      if (cause instanceof Difference) return cause.message;
      throw cause;
    }
  }

  #objects(): void {
    const { link } = this.#session;
    const ours = link.objects.map((object) => objectText(link.table, object));
    const theirs = this.#fresh.objects.map((object) => objectText(this.#fresh.table, object));
    const extra = ours.find((name) => !theirs.includes(name));
    const missing = theirs.find((name) => !ours.includes(name));
    if (extra !== undefined) throw new Difference(`${extra} is linked, and not in a full link`);
    if (missing !== undefined) throw new Difference(`${missing} is not linked, and is in a full link`);
    const taken = new Set<number>();
    this.#fresh.objects.forEach((object, i) => {
      const at = ours.findIndex((name, j) => name === theirs[i] && !taken.has(j));
      taken.add(at);
      this.#objectOf.set(object, link.objects[at]!);
      this.#freshOf.set(link.objects[at]!, object);
    });
  }

  /** The same sections are linked, into the same output sections. */
  #sections(): void {
    const { link } = this.#session;
    for (const [fresh, ours] of this.#objectOf) {
      const base = this.#fresh.table.sectionBase[fresh]!;
      const ourBase = link.table.sectionBase[ours]!;
      if (this.#fresh.table.shnum[fresh] !== link.table.shnum[ours])
        throw new Difference(`${objectText(link.table, ours)} has other sections`);
      for (let index = 1; index < link.table.shnum[ours]!; index++) {
        const name = (of: ObjectLink, section: number): string | undefined =>
          of.outputs.list[of.table.sectionOutput[section]!]?.name;
        const expected = name(this.#fresh, base + index);
        const actual = name(link, ourBase + index);
        // Emptied by a later link, an output section is there, with nothing in it.
        if (expected !== actual)
          throw new Difference(
            `section ${this.#fresh.table.sectionName(base + index)} of ${objectText(link.table, ours)} is in ${actual}, not ${expected}`,
          );
      }
    }
  }

  /** No two sections share bytes, none lies outside, and what has an order is in it. */
  #ranges(): void {
    const { link } = this.#session;
    link.outputs.list.forEach((output, id) => {
      if (output.name === ".comment") return;
      const parts: { readonly start: number; readonly end: number; readonly section: number }[] = [];
      for (const [object, fresh] of this.#freshOf) {
        const base = link.table.sectionBase[object]!;
        const freshBase = this.#fresh.table.sectionBase[fresh]!;
        for (let index = 1; index < link.table.shnum[object]!; index++) {
          if (link.table.sectionOutput[base + index] !== id) continue;
          const freshSection = freshBase + index;
          const size = this.#fresh.ehFrame.has(freshSection)
            ? this.#fresh.ehFrame.bytesOf(freshSection)
            : this.#fresh.table.sizeOf(freshSection);
          const start = link.table.sectionOffset[base + index]!;
          const room = isFree(output) ? this.#session.room[base + index]! : size;
          if (room < size)
            throw new Difference(`a part of ${output.name} has ${room} bytes of room, and needs ${size}`);
          if (size > 0) parts.push({ start, end: start + room, section: freshSection });
        }
      }
      if (isFree(output)) {
        const { ranges } = this.#session.freeSpaceOf(id);
        for (let i = 0; i < ranges.length; i += 2) parts.push({ start: ranges[i]!, end: ranges[i + 1]!, section: -1 });
      }
      if (output.extra > 0 && output.type !== SHT.NOBITS && output.name !== ".eh_frame")
        parts.push({ start: output.extraOffset, end: output.extraOffset + output.extra, section: -1 });
      parts.sort((a, b) => a.start - b.start);
      parts.forEach(({ end }, i) => {
        const next = parts[i + 1]?.start ?? output.size;
        if (end > next) throw new Difference(`two parts of ${output.name} share bytes at ${next}`);
      });
      if (isFree(output)) return;
      // Among members of archives the order is that in which they were found; start code of theirs is not followed.
      const counts = (section: number): boolean =>
        isArray(output) || this.#fresh.table.memberOffset[this.#fresh.table.sectionObject[section]!] === -1;
      const there = new Set(parts.map(({ section }) => section).filter(counts));
      const expected = [...(this.#fresh.outputs.find(output.name)?.sections ?? [])].filter((section) =>
        there.has(section),
      );
      const actual = [...there];
      if (expected.some((section, i) => section !== actual[i]))
        throw new Difference(`the parts of ${output.name} are in another order`);
    });
  }

  #names(): void {
    const { globals } = this.#fresh;
    const ours = this.#session.link.globals;
    for (let name = 0; name < globals.count; name++) {
      const state = globals.state[name]!;
      if (state === State.UNDEFINED) continue;
      const text = globals.names.text(name);
      const own = ours.names.findText(text);
      if (own === -1 || ours.state[own] !== state) throw new Difference(`"${text}" is not defined as in a full link`);
      if (state !== State.DEFINED && state !== State.WEAK) continue;
      const isSame =
        ours.object[own] === this.#objectOf.get(globals.object[name]!) && ours.symbol[own] === globals.symbol[name];
      if (!isSame)
        throw new Difference(`"${text}" is defined by ${objectText(this.#session.link.table, ours.object[own]!)}`);
    }
    for (let name = 0; name < ours.count; name++) {
      const state = ours.state[name]!;
      if (state === State.UNDEFINED || (state === State.LINKER && !this.#session.link.names.sections.has(name)))
        continue;
      const own = globals.names.findText(ours.names.text(name));
      if (own === -1 || globals.state[own] === State.UNDEFINED)
        throw new Difference(`"${ours.names.text(name)}" is defined, and not in a full link`);
    }
  }

  /** Puts everything of the fresh link where the session has it. */
  #adoptPlaces(): void {
    const { link } = this.#session;
    const fresh = this.#fresh;
    fresh.outputs.measure(fresh.ehFrame, true);
    for (const output of fresh.outputs.list) {
      const ours = link.outputs.find(output.name);
      if (ours === undefined || !link.order.includes(ours)) {
        if (output.size > 0) throw new Difference(`there is no section ${output.name}`);
        continue;
      }
      const { address, offset, size, index, extra, extraOffset, top, room } = ours;
      Object.assign(output, { address, offset, size, index, extra, extraOffset, top, room });
    }
    for (const [object, ours] of this.#objectOf) {
      const base = fresh.table.sectionBase[object]!;
      const ourBase = link.table.sectionBase[ours]!;
      for (let index = 1; index < fresh.table.shnum[object]!; index++)
        if (fresh.outputs.poolOf[base + index] === -1)
          fresh.table.sectionOffset[base + index] = link.table.sectionOffset[ourBase + index]!;
    }
    const scan = new Scan(fresh.table, fresh.globals, false);
    for (const which of ["got", "gotTpoff", "plt"] as const) {
      this.#translate(link.scan[which], scan[which]);
      for (const { name, symbol } of fresh.scan[which].keys)
        if (scan[which].find(name, symbol) === undefined)
          throw new Difference(
            `the ${which} table has no entry for "${name === -1 ? "a local symbol" : fresh.globals.names.text(name)}"`,
          );
    }
    Object.assign(fresh, { scan });
    fresh.made.useScan(scan);
    fresh.order = link.order.map(({ name }) => fresh.outputs.find(name)!).filter((output) => output !== undefined);
    fresh.placement = link.placement;
    fresh.addresses = new Addresses(
      fresh.table,
      fresh.globals,
      fresh.outputs,
      fresh.ehFrame,
      scan.plt,
      scan.got.count,
      link.placement,
    );
    fresh.addresses.settleGlobals();
    fresh.made.settleCommon();
    fresh.names.settle(fresh.outputs, fresh.order, fresh.base, fresh.addresses);
  }

  #translate(from: Entries, to: Entries): void {
    const { link } = this.#session;
    for (const { name, symbol } of from.keys) {
      if (name !== -1) to.add(this.#fresh.globals.named(link.globals.names.text(name)), -1);
      else {
        const object = link.symtab.objectOf(symbol);
        const fresh = this.#freshOf.get(object);
        if (fresh === undefined) throw new Difference("a table has an entry for an object that is not linked");
        to.add(-1, this.#fresh.table.symbolBase[fresh]! + symbol - link.table.symbolBase[object]!);
      }
    }
  }

  #contents(): void {
    const fresh = this.#fresh;
    const { table, ehFrame } = fresh;
    let scratch = new Uint8Array(1 << 16);
    const relocator = new Relocator(scratch, table, fresh.globals, fresh.addresses, fresh.scan, false);
    for (const [id, output] of fresh.outputs.list.entries()) {
      if (output.type === SHT.NOBITS) continue;
      for (const section of output.sections) {
        if (table.sectionOutput[section] !== id || fresh.outputs.poolOf[section] !== -1) continue;
        const size = Math.max(table.sizeOf(section), 0);
        const object = this.#objectOf.get(table.sectionObject[section]!)!;
        const room = this.#session.room[this.#session.link.table.sectionBase[object]! + table.indexOf(section)]!;
        if (Math.max(size, room) > scratch.length) {
          scratch = new Uint8Array(Math.max(size, room) * 2);
          relocator.image = scratch;
        }
        let length = size;
        if (ehFrame.has(section)) {
          length = ehFrame.bytesOf(section) === 0 ? 0 : room;
          scratch.fill(0, 0, length);
          const [first, end] = ehFrame.range(section);
          let last = -1;
          for (let record = first; record < end; record++) {
            if (!ehFrame.isWritten(record)) continue;
            fresh.writeFrame(record, output, -table.sectionOffset[section]!, relocator);
            last = ehFrame.output[record]!;
          }
          if (last !== -1) new DataView(scratch.buffer).setUint32(last, length - last - 4, true);
        } else fresh.writeInput(section, output, 0, relocator);
        this.#compare(
          output,
          table.sectionOffset[section]!,
          scratch.subarray(0, length),
          () => `${objectText(table, table.sectionObject[section]!)}:(${table.sectionName(section)})`,
        );
      }
    }
    if (relocator.faults.length > 0) throw new Difference("a relocation cannot be applied");
    for (const [section, bytes] of fresh.made.contents(fresh.addresses, []))
      if (section.name !== ".comment") this.#compare(section, section.extraOffset, bytes, () => section.name);
    const frames = fresh.outputs.find(".eh_frame");
    const header = fresh.outputs.find(".eh_frame_hdr");
    if (frames === undefined || header === undefined) return;
    const expected = makeEhFrameHdr(
      this.#file.subarray(frames.offset, frames.offset + frames.size),
      frames.address,
      header.address,
    );
    if (expected !== undefined) this.#compare(header, 0, expected, () => ".eh_frame_hdr");
  }

  #compare(output: OutputSection, at: number, expected: Uint8Array, what: () => string): void {
    const from = output.offset + at;
    if (Buffer.compare(expected, this.#file.subarray(from, from + expected.length)) === 0) return;
    const byte = expected.findIndex((value, i) => value !== this.#file[from + i]);
    throw new Difference(
      `byte ${byte} of ${what()} is ${this.#file[from + byte]}, and ${expected[byte]} in a full link`,
    );
  }

  #symbols(): void {
    const { link } = this.#session;
    const fresh = this.#fresh;
    const section = link.sections.find(({ name }) => name === ".symtab");
    const strtab = link.sections.find(({ name }) => name === ".strtab");
    if (section === undefined || strtab === undefined) return;
    fresh.layOutSymbols();
    const expected = new Map<string, number>();
    const entry = new Uint8Array(24);
    const { bytes } = fresh.table.input;
    for (let slot = 1; slot < fresh.symtab.count; slot++) {
      const which = fresh.symtab.entries[slot]!;
      fresh.symtab.writeEntry(entry, 0, which, 0, fresh.symbolContext);
      const at = fresh.symtab.nameAt(which);
      const key = `${Buffer.from(bytes.slice(at, at + fresh.symtab.nameLength(which))).toString("latin1")} ${Buffer.from(entry).toString("hex")}`;
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    const view = new DataView(this.#file.buffer, this.#file.byteOffset, this.#file.length);
    for (let at = section.offset + 24; at < section.offset + section.size; at += 24) {
      const nameAt = strtab.offset + view.getUint32(at, true);
      const name = Buffer.from(this.#file.subarray(nameAt, stringEnd(this.#file, nameAt))).toString("latin1");
      entry.set(this.#file.subarray(at, at + 24));
      entry.fill(0, 0, 4);
      const isLocal = entry[4]! >>> 4 === 0;
      if (isLocal !== (at - section.offset) / 24 < Number(section.info))
        throw new Difference(`"${name}" is on the wrong side of sh_info`);
      const key = `${name} ${Buffer.from(entry).toString("hex")}`;
      const count = expected.get(key) ?? 0;
      if (count === 0)
        throw new Difference(
          `the symbol table has "${name}" otherwise than a full link: ${Buffer.from(entry).toString("hex")}`,
        );
      if (count === 1) expected.delete(key);
      else expected.set(key, count - 1);
    }
    const [missing] = expected.keys();
    if (missing !== undefined) throw new Difference(`the symbol table lacks ${missing}`);
  }
}
