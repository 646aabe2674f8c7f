/**
 * The entries of `.symtab`, kept dense, local ones first: an entry that comes or goes moves at most one of each kind. Moving
 * copies the entry's bytes; what it says does not depend on where it stands.
 */

import type { ImageBytes } from "../../image/image-bytes.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import { grown } from "../columns.js";
import type { OutputSection } from "../output-section.js";
import { SYM_BYTES } from "../symtab.js";
import type { LinkSession } from "./link-session.js";

export class Slots {
  readonly #session: LinkSession;
  readonly #image: ImageBytes;
  readonly #symtab: OutputSection;
  readonly #strtab: OutputSection;

  constructor(session: LinkSession, image: ImageBytes, symtab: OutputSection, strtab: OutputSection) {
    this.#session = session;
    this.#image = image;
    this.#symtab = symtab;
    this.#strtab = strtab;
  }

  /** The offset in the file of an entry. */
  at(slot: number): number {
    return this.#symtab.offset + slot * SYM_BYTES;
  }

  remove(slot: number): void {
    const session = this.#session;
    this.#forget(session.entries[slot]!);
    let hole = slot;
    if (slot < session.localCount) {
      session.localCount--;
      this.#move(session.localCount, hole);
      hole = session.localCount;
    }
    session.entryCount--;
    this.#move(session.entryCount, hole);
    this.#image.zero(this.at(session.entryCount), SYM_BYTES);
  }

  /** Adds an entry whose name is at `string` of `.strtab`; returns its slot. The caller writes it. */
  add(entry: number, string: number, isLocal: boolean): number {
    const session = this.#session;
    if ((session.entryCount + 1) * SYM_BYTES > this.#symtab.room) throw new NeedsFullLink(".symtab is full");
    session.entries = grown(session.entries, session.entryCount + 1);
    session.strings = grown(session.strings, session.entryCount + 1);
    let slot = session.entryCount++;
    if (isLocal) {
      this.#move(session.localCount, slot);
      slot = session.localCount++;
    }
    session.entries[slot] = entry;
    session.strings[slot] = string;
    this.#note(entry, slot);
    return slot;
  }

  /** Gives the place of an entry to another one of the same name and kind. The caller writes it. */
  replace(slot: number, entry: number): void {
    const session = this.#session;
    this.#forget(session.entries[slot]!);
    session.entries[slot] = entry;
    this.#note(entry, slot);
  }

  /** Adds a name to `.strtab`; returns where it is. */
  addName(bytes: Uint8Array): number {
    const session = this.#session;
    const at = session.stringTop;
    if (at + bytes.length + 1 > this.#strtab.room) throw new NeedsFullLink(".strtab is full");
    session.stringTop += bytes.length + 1;
    const text = new Uint8Array(bytes.length + 1);
    text.set(bytes);
    this.#image.write(this.#strtab.offset + at, text);
    return at;
  }

  #move(from: number, to: number): void {
    if (from === to) return;
    const session = this.#session;
    this.#image.write(this.at(to), this.#image.read(this.at(from), SYM_BYTES).slice());
    session.entries[to] = session.entries[from]!;
    session.strings[to] = session.strings[from]!;
    this.#note(session.entries[to]!, to);
  }

  #note(entry: number, slot: number): void {
    const session = this.#session;
    if (entry >= 0) session.slotOfSymbol[entry] = slot;
    else {
      session.slotOfName = grown(session.slotOfName, -entry);
      session.slotOfName[-1 - entry] = slot;
    }
  }

  #forget(entry: number): void {
    if (entry >= 0) this.#session.slotOfSymbol[entry] = 0;
    else this.#session.slotOfName[-1 - entry] = 0;
  }
}
