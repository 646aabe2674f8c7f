/**
 * A strict reader of linked images, for tests: everything in the file must agree with everything else (gABI, "Object
 * Files", "Program Loading"; LSB Core, "Exception Frames"). It shares no code with the writer, so that a mistake is not
 * made twice.
 */

interface Section {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly align: number;
  readonly entsize: number;
}

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly filesz: number;
  readonly memsz: number;
  readonly align: number;
}

const NOBITS = 8;
const ALLOC = 2;
const WRITE = 1;
const EXEC = 4;
const TLS = 0x400;
const PT_LOAD = 1;
const PT_TLS = 7;
const GNU_STACK = 0x6474e551;

/** What is wrong with an image; empty where nothing is. */
export function imageFaults(image: Uint8Array): string[] {
  return new Check(image).run();
}

class Check {
  readonly #image: Uint8Array;
  readonly #view: DataView;
  readonly #faults: string[] = [];
  #sections: Section[] = [];
  #segments: Segment[] = [];

  constructor(image: Uint8Array) {
    this.#image = image;
    this.#view = new DataView(image.buffer, image.byteOffset, image.length);
  }

  run(): string[] {
    try {
      if (!this.#headers()) return this.#faults;
      this.#places();
      this.#loads();
      this.#inSegments();
      this.#symbols();
      this.#unwind();
      this.#relocations();
    } catch (cause) {
      this.#faults.push(`the reader stopped: ${(cause as Error).stack}`);
    }
    return this.#faults;
  }

  #fault(condition: boolean, text: string): void {
    if (condition && this.#faults.length < 20) this.#faults.push(text);
  }

  #long(at: number): number {
    const value = this.#view.getBigUint64(at, true);
    this.#fault(value >= 1n << 53n, `the value at ${at} is beyond 2^53`);
    return Number(value);
  }

  #headers(): boolean {
    const view = this.#view;
    const { length } = this.#image;
    if (length < 64 || view.getUint32(0, false) !== 0x7f454c46) {
      this.#faults.push("no ELF header");
      return false;
    }
    const phoff = this.#long(32);
    const shoff = this.#long(40);
    const phnum = view.getUint16(56, true);
    const type = view.getUint16(16, true);
    this.#fault(type !== 2 && type !== 3, `e_type is ${type}`);
    this.#fault(view.getUint16(54, true) !== 56 || view.getUint16(58, true) !== 64, "sizes of headers");
    this.#fault(phnum === 0 || phnum === 0xffff, `e_phnum is ${phnum}`);
    this.#fault(phoff + phnum * 56 > length, "program headers are outside of the file");
    const shnum = view.getUint16(60, true) || this.#long(shoff + 32);
    const shstrndx = view.getUint16(62, true) === 0xffff ? view.getUint32(shoff + 40, true) : view.getUint16(62, true);
    this.#fault(shoff + shnum * 64 > length || shstrndx >= shnum, "section headers are outside of the file");
    if (this.#faults.length > 0) return false;
    for (let i = 0; i < phnum; i++) {
      const at = phoff + i * 56;
      this.#segments.push({
        type: view.getUint32(at, true),
        flags: view.getUint32(at + 4, true),
        offset: this.#long(at + 8),
        address: this.#long(at + 16),
        filesz: this.#long(at + 32),
        memsz: this.#long(at + 40),
        align: this.#long(at + 48),
      });
    }
    const namesAt = this.#long(shoff + shstrndx * 64 + 24);
    const namesSize = this.#long(shoff + shstrndx * 64 + 32);
    this.#fault(view.getUint32(shoff + shstrndx * 64 + 4, true) !== 3, "section names are in no string table");
    for (let index = 0; index < shnum; index++) {
      const at = shoff + index * 64;
      this.#sections.push({
        index,
        name: this.#string(namesAt, namesSize, view.getUint32(at, true)),
        type: view.getUint32(at + 4, true),
        flags: this.#long(at + 8),
        address: this.#long(at + 16),
        offset: this.#long(at + 24),
        size: this.#long(at + 32),
        link: view.getUint32(at + 40, true),
        info: view.getUint32(at + 44, true),
        align: this.#long(at + 48),
        entsize: this.#long(at + 56),
      });
    }
    return this.#faults.length === 0;
  }

  #string(table: number, size: number, at: number): string {
    const end = this.#image.indexOf(0, table + at);
    this.#fault(at >= size || end === -1 || end >= table + size, `a name at ${at} is outside of its table`);
    return Buffer.from(this.#image.subarray(table + at, end)).toString("latin1");
  }

  /** Sections lie in the file, none over another, and are aligned. */
  #places(): void {
    const inFile = [
      { name: "the ELF header", offset: 0, size: 64 },
      { name: "the program headers", offset: this.#long(32), size: this.#segments.length * 56 },
      { name: "the section headers", offset: this.#long(40), size: this.#sections.length * 64 },
    ];
    for (const section of this.#sections.slice(1)) {
      const { name, type, size, offset, align, address, flags, link } = section;
      this.#fault(align > 1 && !Number.isInteger(Math.log2(align)), `${name}: sh_addralign is ${align}`);
      if (type !== NOBITS) {
        this.#fault(offset + size > this.#image.length, `${name} is outside of the file`);
        if (size > 0) inFile.push({ name, offset, size });
      }
      this.#fault(link >= this.#sections.length, `${name}: sh_link is ${link}`);
      if (flags & ALLOC) this.#fault(align > 1 && address % align !== 0, `${name} is not aligned in memory`);
      else this.#fault(address !== 0, `${name} is not loaded, and has an address`);
    }
    inFile.sort((a, b) => a.offset - b.offset);
    for (const [i, { name, offset }] of inFile.entries()) {
      const before = inFile[i - 1];
      if (before === undefined) continue;
      this.#fault(before.offset + before.size > offset, `${before.name} and ${name} overlap in the file`);
    }
  }

  #loads(): void {
    let end = 0;
    for (const { type, offset, address, filesz, memsz, align } of this.#segments) {
      this.#fault(filesz > memsz && type !== 4, `segment ${type.toString(16)} has more in the file than in memory`);
      this.#fault(offset + filesz > this.#image.length, `segment ${type.toString(16)} is outside of the file`);
      if (type !== PT_LOAD) continue;
      this.#fault(address % align !== offset % align, "a segment's place and address differ in their pages");
      this.#fault(Math.floor(address / align) * align < end, "segments share a page");
      this.#fault(address + memsz > 2 ** 47, "a segment ends beyond user space");
      end = Math.ceil((address + memsz) / align) * align;
    }
  }

  /** Every loaded section lies in one segment that allows what it needs; so do the other segments. */
  #inSegments(): void {
    const loads = this.#segments.filter(({ type }) => type === PT_LOAD);
    const inMemory: { name: string; address: number; size: number }[] = [];
    const tls = this.#segments.find(({ type }) => type === PT_TLS);
    for (const { name, type, flags, address, offset, size } of this.#sections.slice(1)) {
      if (!(flags & ALLOC)) continue;
      if (flags & TLS) {
        const isInside = tls !== undefined && address >= tls.address && address + size <= tls.address + tls.memsz;
        this.#fault(!isInside, `${name} is outside of the thread-local segment`);
        if (type === NOBITS) continue;
      }
      const load = loads.find((one) => address >= one.address && address + size <= one.address + one.memsz);
      if (load === undefined) {
        this.#fault(true, `${name} is in no segment`);
        continue;
      }
      if (size > 0) inMemory.push({ name, address, size });
      this.#fault((flags & WRITE) !== 0 && !(load.flags & 2), `${name} is in a segment that cannot be written`);
      this.#fault((flags & EXEC) !== 0 && !(load.flags & 1), `${name} is in a segment that cannot be executed`);
      if (type === NOBITS) {
        this.#fault(size > 0 && address < load.address + load.filesz, `${name} has no zeros: the file is there`);
        continue;
      }
      this.#fault(address - load.address !== offset - load.offset, `${name}: the file has something else there`);
      this.#fault(offset + size > load.offset + load.filesz, `${name} is not loaded from the file`);
    }
    inMemory.sort((a, b) => a.address - b.address);
    for (const [i, { name, address }] of inMemory.entries()) {
      const before = inMemory[i - 1];
      if (before !== undefined)
        this.#fault(before.address + before.size > address, `${before.name} and ${name} overlap in memory`);
    }
    for (const { type, address, memsz, filesz, offset } of this.#segments) {
      if (type === PT_LOAD || type === GNU_STACK) continue;
      const size = type === PT_TLS ? filesz : Math.min(memsz, Math.max(filesz, 1));
      const load = loads.find((one) => address >= one.address && address + size <= one.address + one.memsz);
      this.#fault(load === undefined, `segment ${type.toString(16)} is in no loaded one`);
      if (load !== undefined && filesz > 0)
        this.#fault(address - load.address !== offset - load.offset, `segment ${type.toString(16)} is elsewhere`);
    }
    const entry = this.#long(24);
    const isLoaded = loads.some(({ address, memsz }) => entry >= address && entry < address + memsz);
    this.#fault(!isLoaded, `the entry ${entry.toString(16)} is in no segment`);
  }

  #symbols(): void {
    const table = this.#sections.find(({ type }) => type === 2);
    if (table === undefined) return;
    const strings = this.#sections[table.link]!;
    const tls = this.#segments.find(({ type }) => type === PT_TLS);
    const count = table.size / 24;
    this.#fault(strings.type !== 3 || table.entsize !== 24 || !Number.isInteger(count), "the symbol table");
    this.#fault(table.info > count, `sh_info of the symbol table is ${table.info}`);
    for (let index = 1; index < count; index++) {
      const at = table.offset + index * 24;
      const name = this.#string(strings.offset, strings.size, this.#view.getUint32(at, true));
      const info = this.#view.getUint8(at + 4);
      const shndx = this.#view.getUint16(at + 6, true);
      const value = this.#view.getBigUint64(at + 8, true);
      this.#fault((info >>> 4 === 0) !== index < table.info, `symbol ${name}: local ones come first`);
      if (shndx === 0) {
        this.#fault(value !== 0n, `symbol ${name} is not defined, and has a value`);
        continue;
      }
      if (shndx === 0xfff1) continue;
      const section = this.#sections[shndx];
      if (shndx >= 0xff00 || section === undefined) {
        this.#fault(true, `symbol ${name} is in section ${shndx}`);
        continue;
      }
      const isTls = (info & 15) === 6;
      this.#fault(isTls && tls === undefined, `symbol ${name} is thread-local, and there is no such segment`);
      const address = Number(value) + (isTls ? (tls?.address ?? 0) : 0);
      const isInside = address >= section.address && address <= section.address + section.size;
      // The image begins before its first section.
      this.#fault(!isInside && shndx !== 1, `symbol ${name}, ${address.toString(16)}, is outside of ${section.name}`);
    }
  }

  /** `.eh_frame` is a chain of records, and `.eh_frame_hdr` a sorted table of them. */
  #unwind(): void {
    const frame = this.#sections.find(({ name }) => name === ".eh_frame");
    if (frame === undefined || frame.type === NOBITS) return;
    const kinds = new Map<number, "cie" | "fde">();
    let at = 0;
    let ended = false;
    while (at + 4 <= frame.size && !ended) {
      const length = this.#view.getUint32(frame.offset + at, true);
      if (length === 0) {
        ended = true;
        this.#fault(at + 4 !== frame.size, `.eh_frame goes on behind its end at ${at}`);
        break;
      }
      const pointer = this.#view.getUint32(frame.offset + at + 4, true);
      if (pointer === 0) kinds.set(at, "cie");
      else {
        this.#fault(kinds.get(at + 4 - pointer) !== "cie", `the record at ${at} of .eh_frame has no CIE`);
        kinds.set(at, "fde");
      }
      at += 4 + length;
    }
    this.#fault(!ended, ".eh_frame has no end");
    const header = this.#sections.find(({ name }) => name === ".eh_frame_hdr");
    if (header === undefined || header.size < 12 || this.#view.getUint8(header.offset + 3) === 0xff) return;
    const count = this.#view.getUint32(header.offset + 8, true);
    const fdes = [...kinds.values()].filter((kind) => kind === "fde").length;
    this.#fault(count !== fdes, `.eh_frame_hdr has ${count} of ${fdes} records`);
    this.#fault(12 + count * 8 > header.size, ".eh_frame_hdr is too small");
    const pointed = header.address + 4 + this.#view.getInt32(header.offset + 4, true);
    this.#fault(pointed !== frame.address, ".eh_frame_hdr does not point at .eh_frame");
    let before = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < Math.min(count, fdes); i++) {
      const entry = header.offset + 12 + i * 8;
      const begin = this.#view.getInt32(entry, true);
      const record = header.address + this.#view.getInt32(entry + 4, true) - frame.address;
      this.#fault(begin < before, ".eh_frame_hdr is not sorted");
      this.#fault(kinds.get(record) !== "fde", `.eh_frame_hdr has a record at ${record}`);
      before = begin;
    }
  }

  /** Run-time relocations are whole, and their places are in what is loaded. */
  #relocations(): void {
    for (const { name, type, offset, size, entsize } of this.#sections) {
      if (type !== 4) continue;
      this.#fault(entsize !== 24 || size % 24 !== 0, `${name} is no table`);
      for (let at = offset; at < offset + size; at += 24) {
        const place = this.#long(at);
        const kind = this.#view.getUint32(at + 8, true);
        if (kind === 0) continue;
        this.#fault(kind !== 8 && kind !== 37, `${name} has a relocation of type ${kind}`);
        const isLoaded = this.#segments.some(
          (one) =>
            one.type === PT_LOAD && one.flags & 2 && place >= one.address && place + 8 <= one.address + one.memsz,
        );
        this.#fault(!isLoaded && kind === 37, `${name} relocates ${place.toString(16)}, which cannot be written`);
      }
    }
  }
}
