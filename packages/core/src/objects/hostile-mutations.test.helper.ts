/**
 * Damages objects and archives: anywhere, or in a structure of which it knows what would hurt. Everything is a function
 * of the random numbers, so that a case is known by its number.
 */

/** Random numbers that a seed determines (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ (seed >>> 3);
  }

  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  below(count: number): number {
    return this.word() % Math.max(1, count);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  chance(one: number): boolean {
    return this.below(one) === 0;
  }
}

/** What was done to a file, and what came of it. */
export interface Damaged {
  readonly bytes: Uint8Array;
  readonly what: string;
}

interface Section {
  /** Of the header. */
  readonly at: number;
  readonly index: number;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

const EHDR_FIELDS: readonly (readonly [name: string, at: number, width: number])[] = [
  ["e_ident class", 4, 1],
  ["e_ident data", 5, 1],
  ["e_ident version", 6, 1],
  ["e_ident osabi", 7, 1],
  ["e_type", 16, 2],
  ["e_machine", 18, 2],
  ["e_version", 20, 4],
  ["e_shoff", 40, 8],
  ["e_flags", 48, 4],
  ["e_ehsize", 52, 2],
  ["e_shentsize", 58, 2],
  ["e_shnum", 60, 2],
  ["e_shstrndx", 62, 2],
];

const SHDR_FIELDS: readonly (readonly [name: string, at: number, width: number])[] = [
  ["sh_name", 0, 4],
  ["sh_type", 4, 4],
  ["sh_flags", 8, 8],
  ["sh_addr", 16, 8],
  ["sh_offset", 24, 8],
  ["sh_size", 32, 8],
  ["sh_link", 40, 4],
  ["sh_info", 44, 4],
  ["sh_addralign", 48, 8],
  ["sh_entsize", 56, 8],
];

const SYM_FIELDS: readonly (readonly [name: string, at: number, width: number])[] = [
  ["st_name", 0, 4],
  ["st_info", 4, 1],
  ["st_other", 5, 1],
  ["st_shndx", 6, 2],
  ["st_value", 8, 8],
  ["st_size", 16, 8],
];

const RELA_FIELDS: readonly (readonly [name: string, at: number, width: number])[] = [
  ["r_offset", 0, 8],
  ["r_type", 8, 4],
  ["r_symbol", 12, 4],
  ["r_addend", 16, 8],
];

const TYPES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 20, 0x40000014, 0x6fff4c03, 0x6ffffff6];
const FLAGS = [1, 2, 4, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200, 0x400, 0x800, 0x200000, 0x10000000, 0x80000000];
const RESERVED = [0, 1, 0xfeff, 0xff00, 0xff01, 0xff02, 0xfff1, 0xfff2, 0xfffe, 0xffff];

/** An object being damaged. */
export class ObjectDamage {
  readonly #random: Random;
  #bytes: Uint8Array;
  #view: DataView;
  readonly #sections: readonly Section[];
  readonly #shoff: number;
  readonly #done: string[] = [];

  constructor(original: Uint8Array, random: Random) {
    this.#random = random;
    this.#bytes = original.slice();
    this.#view = new DataView(this.#bytes.buffer);
    this.#shoff = this.#view.getUint32(40, true);
    const shnum = this.#view.getUint16(60, true);
    this.#sections = Array.from({ length: shnum }, (_, index) => {
      const at = this.#shoff + index * 64;
      const type = this.#view.getUint32(at + 4, true);
      const offset = this.#view.getUint32(at + 24, true);
      return { at, index, type, offset, size: type === 8 ? 0 : this.#view.getUint32(at + 32, true) };
    });
  }

  /** Does one to three kinds of damage. */
  run(): Damaged {
    const random = this.#random;
    const times = random.chance(3) ? 2 + random.below(2) : 1;
    for (let time = 0; time < times; time++) random.pick(this.#kinds)();
    if (random.chance(12)) this.#truncate();
    return { bytes: this.#bytes, what: this.#done.join("; ") };
  }

  readonly #kinds: readonly (() => void)[] = [
    () => this.#anywhere(),
    () => this.#field("ehdr", 0, EHDR_FIELDS),
    () => this.#sectionHeader(),
    () => this.#sectionHeader(),
    () => this.#sectionHeader(),
    () => this.#sectionType(),
    () => this.#sectionFlags(),
    () => this.#alignment(),
    () => this.#cycle(),
    () => this.#overlap(),
    () => this.#hugeCount(),
    () => this.#symbol(),
    () => this.#symbol(),
    () => this.#symbol(),
    () => this.#relocation(),
    () => this.#relocation(),
    () => this.#relocation(),
    () => this.#group(),
    () => this.#frames(),
    () => this.#frames(),
    () => this.#compressed(),
    () => this.#merged(),
    () => this.#name(),
    () => this.#contents(),
  ];

  #note(text: string): void {
    this.#done.push(text);
  }

  #put(what: string, at: number, width: number, value: number | bigint): void {
    if (at + width > this.#bytes.length) return;
    const big = BigInt(value);
    if (width === 1) this.#view.setUint8(at, Number(big & 0xffn));
    else if (width === 2) this.#view.setUint16(at, Number(big & 0xffffn), true);
    else if (width === 4) this.#view.setUint32(at, Number(big & 0xffffffffn), true);
    else this.#view.setBigUint64(at, BigInt.asUintN(64, big), true);
    this.#note(`${what} = 0x${BigInt.asUintN(width * 8, big).toString(16)}`);
  }

  #get(at: number, width: number): bigint {
    if (at + width > this.#bytes.length) return 0n;
    if (width === 1) return BigInt(this.#view.getUint8(at));
    if (width === 2) return BigInt(this.#view.getUint16(at, true));
    return width === 4 ? BigInt(this.#view.getUint32(at, true)) : this.#view.getBigUint64(at, true);
  }

  /** A value that is likely to hurt: near the old one, near a limit, or something that another structure says. */
  #value(old: bigint, width: number): bigint {
    const random = this.#random;
    const some = random.pick(this.#sections);
    switch (random.below(9)) {
      case 0:
        return old + random.pick([1n, -1n, 2n, -2n, 4n, 8n, -8n, 24n, 64n]);
      case 1:
        return random.pick([0n, 1n, 2n, 3n, 4n, 7n, 8n, 16n, 24n, 64n]);
      case 2:
        return (1n << BigInt(random.below(width * 8))) - random.pick([0n, 0n, 1n]);
      case 3:
        return random.pick([-1n, -2n, -8n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x7fffffffffffffffn, 1n << 46n]);
      case 4:
        return BigInt(some.offset + random.pick([0, 0, 1, -1, 4]));
      case 5:
        return BigInt(some.size + random.pick([0, 0, 1, -1, 8]));
      case 6:
        return BigInt(some.index);
      case 7:
        return BigInt(this.#bytes.length + random.pick([0, 1, -1, -64]));
      default:
        return old ^ (1n << BigInt(random.below(width * 8)));
    }
  }

  #field(what: string, base: number, fields: readonly (readonly [string, number, number])[]): void {
    const [name, at, width] = this.#random.pick(fields);
    this.#put(`${what} ${name}`, base + at, width, this.#value(this.#get(base + at, width), width));
  }

  #anywhere(): void {
    const random = this.#random;
    for (let count = 1 + random.below(8); count > 0; count--)
      this.#put("byte", random.below(this.#bytes.length), 1, random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]));
  }

  #section(...types: readonly number[]): Section | undefined {
    const those = this.#sections.filter(({ type, size }) => types.includes(type) && size > 0);
    return those.length === 0 ? undefined : this.#random.pick(those);
  }

  #sectionHeader(): void {
    const { at, index } = this.#random.pick(this.#sections);
    this.#field(`shdr ${index}`, at, SHDR_FIELDS);
  }

  #sectionType(): void {
    const { at, index } = this.#random.pick(this.#sections);
    this.#put(`shdr ${index} sh_type`, at + 4, 4, this.#random.pick(TYPES));
  }

  #sectionFlags(): void {
    const { at, index } = this.#random.pick(this.#sections);
    const flag = BigInt(this.#random.pick(FLAGS));
    this.#put(`shdr ${index} sh_flags`, at + 8, 8, this.#get(at + 8, 8) ^ flag);
  }

  #alignment(): void {
    const { at, index } = this.#random.pick(this.#sections);
    const value = this.#random.pick([0n, 3n, 1n << 12n, 1n << 21n, 1n << 30n, 1n << 31n, 1n << 40n, 1n << 63n, 4096n]);
    this.#put(`shdr ${index} sh_addralign`, at + 48, 8, value);
  }

  /** Lets sections point at each other, or at themselves. */
  #cycle(): void {
    const one = this.#random.pick(this.#sections);
    const other = this.#random.chance(2) ? one : this.#random.pick(this.#sections);
    const field = this.#random.pick([40, 44]);
    this.#put(`shdr ${one.index} ${field === 40 ? "sh_link" : "sh_info"}`, one.at + field, 4, other.index);
    if (one !== other) this.#put(`shdr ${other.index} sh_link`, other.at + 40, 4, one.index);
  }

  #overlap(): void {
    const one = this.#random.pick(this.#sections);
    const other = this.#random.pick(this.#sections);
    const offset = this.#random.pick([other.offset, other.offset + 8, 0, this.#shoff, Math.max(0, other.offset - 8)]);
    this.#put(`shdr ${one.index} sh_offset`, one.at + 24, 8, offset);
    if (this.#random.chance(2)) this.#put(`shdr ${one.index} sh_size`, one.at + 32, 8, other.size);
  }

  #hugeCount(): void {
    const random = this.#random;
    const huge = BigInt(random.pick([1, 3, 16, 24, 64])) << BigInt(8 + random.below(48));
    if (random.chance(4)) {
      this.#put("e_shnum", 60, 2, 0);
      this.#put("shdr 0 sh_size", this.#shoff + 32, 8, huge);
      return;
    }
    const { at, index } = random.pick(this.#sections);
    this.#put(`shdr ${index} sh_size`, at + 32, 8, huge);
    if (random.chance(2)) this.#put(`shdr ${index} sh_type`, at + 4, 4, 8);
  }

  #symbol(): void {
    const random = this.#random;
    const table = this.#section(2);
    if (table === undefined) return;
    const index = random.below(table.size / 24);
    const at = table.offset + index * 24;
    const kind = random.below(9);
    if (kind < 3) {
      const shndx = random.chance(2) ? random.pick(RESERVED) : random.below(this.#sections.length + 2);
      this.#put(`symbol ${index} st_shndx`, at + 6, 2, shndx);
    } else if (kind < 5) {
      const info = (random.pick([0, 1, 2, 3, 10, 13]) << 4) | random.pick([0, 1, 2, 3, 4, 5, 6, 7, 10, 13]);
      this.#put(`symbol ${index} st_info`, at + 4, 1, info);
    } else this.#field(`symbol ${index}`, at, SYM_FIELDS);
  }

  #relocation(): void {
    const random = this.#random;
    const table = this.#section(4);
    if (table === undefined) return;
    const index = random.below(table.size / 24);
    const at = table.offset + index * 24;
    const what = `relocation ${index} of ${table.index}`;
    const kind = random.below(8);
    if (kind < 3) this.#put(`${what} r_type`, at + 8, 4, random.below(60));
    else if (kind < 5) this.#put(`${what} r_offset`, at, 8, this.#get(at, 8) + BigInt(random.below(16)) - 8n);
    else if (kind < 6) {
      const other = table.offset + random.below(table.size / 24) * 24;
      this.#bytes.copyWithin(at, other, other + 24);
      this.#note(`${what} copied`);
    } else this.#field(what, at, RELA_FIELDS);
  }

  #group(): void {
    const random = this.#random;
    const group = this.#section(17, 18);
    if (group === undefined) return;
    const word = random.below(group.size / 4);
    const value = random.pick([0, 1, 0xffffffff, 0x80000000, 0x40000001, random.below(this.#sections.length + 1)]);
    this.#put(`word ${word} of section ${group.index}`, group.offset + word * 4, 4, value);
  }

  /** Lengths, CIE pointers and augmentations of what looks like an unwind table. */
  #frames(): void {
    const random = this.#random;
    const frame = this.#sections.find(
      ({ type, at }) => type === 0x70000001 || (type === 1 && this.#isNamed(at, ".eh_frame")),
    );
    if (frame === undefined || frame.size < 24) return;
    const records: number[] = [];
    for (let at = frame.offset; at + 8 <= frame.offset + frame.size; at += 4 + Number(this.#get(at, 4)))
      records.push(at);
    const record = random.pick(records);
    const where = `record at ${record - frame.offset} of .eh_frame`;
    const length = Number(this.#get(record, 4));
    switch (random.below(4)) {
      case 0:
        this.#put(`${where} length`, record, 4, this.#value(BigInt(length), 4));
        break;
      case 1:
        this.#put(`${where} CIE pointer`, record + 4, 4, this.#value(this.#get(record + 4, 4), 4));
        break;
      case 2:
        this.#put(
          `${where} byte`,
          record + 8 + random.below(12),
          1,
          random.pick([0, 0xff, 0x7a, 0x50, random.below(256)]),
        );
        break;
      default:
        this.#put(`${where} byte`, record + random.below(length + 4), 1, random.below(256));
    }
  }

  #isNamed(header: number, name: string): boolean {
    const names = this.#sections[this.#view.getUint16(62, true)];
    if (names === undefined) return false;
    const start = names.offset + Number(this.#get(header, 4));
    return Buffer.from(this.#bytes.subarray(start, start + name.length + 1)).toString("latin1") === `${name}\0`;
  }

  #compressed(): void {
    const random = this.#random;
    const packed = this.#sections.filter(({ at, size }) => (this.#get(at + 8, 8) & 0x800n) !== 0n && size >= 24);
    if (packed.length === 0) return;
    const { offset, index, size } = random.pick(packed);
    const [name, field, width] = random.pick([
      ["ch_type", 0, 4],
      ["ch_size", 8, 8],
      ["ch_addralign", 16, 8],
    ] as const);
    if (random.chance(4))
      this.#put(`stream of section ${index}`, offset + 24 + random.below(size - 24), 1, random.below(256));
    else
      this.#put(
        `${name} of section ${index}`,
        offset + field,
        width,
        this.#value(this.#get(offset + field, width), width),
      );
  }

  #merged(): void {
    const random = this.#random;
    const merged = this.#sections.filter(({ at }) => (this.#get(at + 8, 8) & 0x10n) !== 0n);
    if (merged.length === 0) return;
    const { at, index, offset, size } = random.pick(merged);
    if (random.chance(3) && size > 0) this.#put(`end of section ${index}`, offset + size - 1, 1, 0x41);
    else {
      const entsize = random.pick([0n, 1n, 2n, 3n, 4n, 8n, 16n, 1n << 31n, (1n << 32n) + 1n, BigInt(size)]);
      this.#put(`shdr ${index} sh_entsize`, at + 56, 8, entsize);
    }
    if (random.chance(3)) this.#put(`shdr ${index} sh_addralign`, at + 48, 8, 1n << BigInt(random.below(31)));
  }

  /** Gives a section the name of another, or one that the linker knows. */
  #name(): void {
    const random = this.#random;
    const { at, index } = random.pick(this.#sections);
    const names = this.#sections[this.#view.getUint16(62, true)];
    if (random.chance(2) || names === undefined || names.size < 40) {
      this.#put(`shdr ${index} sh_name`, at, 4, this.#get(random.pick(this.#sections).at, 4));
      return;
    }
    const name = random.pick(KNOWN_NAMES);
    const start = random.below(names.size - name.length - 1);
    this.#bytes.set(Buffer.from(`${name}\0`, "latin1"), names.offset + start);
    this.#put(`shdr ${index} sh_name (${name})`, at, 4, start);
  }

  #contents(): void {
    const section = this.#section(1, 7, 14);
    if (section === undefined) return;
    const at = this.#random.below(section.size);
    this.#put(`byte ${at} of section ${section.index}`, section.offset + at, 1, this.#random.below(256));
  }

  #truncate(): void {
    const random = this.#random;
    const { offset, size, at } = random.pick(this.#sections);
    const end = random.pick([offset, offset + size, at, at + 64, 64, random.below(this.#bytes.length)]);
    const length = Math.min(this.#bytes.length, Math.max(0, end + random.pick([0, 0, 1, -1, 8])));
    this.#bytes = this.#bytes.slice(0, length);
    this.#view = new DataView(this.#bytes.buffer);
    this.#note(`cut to ${length} bytes`);
  }
}

const KNOWN_NAMES = [
  ".symtab",
  ".strtab",
  ".shstrtab",
  ".eh_frame",
  ".eh_frame_hdr",
  ".dynamic",
  ".dynsym",
  ".hash",
  ".rela.dyn",
  ".rela.plt",
  ".got",
  ".got.plt",
  ".plt",
  ".tdata",
  ".tbss",
  ".bss",
  ".ctors",
  ".init_array.7",
  ".note.gnu.property",
  ".note.gnu.build-id",
  ".zdebug_info",
  ".interp",
  ".gnu.warning.table",
  ".gnu.linkonce.t.x",
  ".rodata.str1.1",
  ".comment",
];

/** Damages an archive: headers of members, names, the index, and where it ends. */
export function damageArchive(original: Uint8Array, random: Random): Damaged {
  let bytes = original.slice();
  const done: string[] = [];
  const headers: number[] = [];
  for (let at = 8; at + 60 <= bytes.length; ) {
    headers.push(at);
    const size = Number(Buffer.from(bytes.subarray(at + 48, at + 58)).toString("latin1"));
    at += 60 + size + (size & 1);
  }
  const write = (what: string, at: number, text: string | Uint8Array): void => {
    const patch = typeof text === "string" ? Buffer.from(text, "latin1") : text;
    bytes.set(patch.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
    done.push(`${what} at ${at}: ${JSON.stringify(Buffer.from(patch).toString("latin1"))}`);
  };
  const indexAt = headers[0]! + 60;
  const indexSize = (headers[1] ?? bytes.length) - indexAt;
  for (let times = 1 + random.below(2); times > 0; times--) {
    const header = random.pick(headers);
    switch (random.below(8)) {
      case 0: {
        const sizes = ["0", "1", "59", "61", "9999999999", "-1", "abc", "1e3", String(bytes.length), "4294967296"];
        write("size", header + 48, random.pick(sizes).padEnd(10));
        break;
      }
      case 1: {
        const names = ["/", "//", "/SYM64/", "/0", "/9999999", "/18:100", "#1/20", "#1/99999", "", "a.o/", "__.SYMDEF"];
        write("name", header, random.pick(names).padEnd(16));
        break;
      }
      case 2:
        write("end of header", header + 58, "``");
        break;
      case 3: {
        const word = Buffer.alloc(4);
        word.writeUInt32BE(random.pick([0, 1, 2, 0xffffffff, 0x7fffffff, 0x10000, bytes.length, random.pick(headers)]));
        write("word of the index", indexAt + random.below(Math.min(12, indexSize / 4)) * 4, word);
        break;
      }
      case 4:
        write("byte of the index", indexAt + random.below(indexSize), Uint8Array.of(random.below(256)));
        break;
      case 5:
        write("byte", random.below(bytes.length), Uint8Array.of(random.pick([0, 10, 0x2f, 0xff, random.below(256)])));
        break;
      case 6: {
        const end = header + random.pick([0, 1, 16, 48, 58, 59, 60, 61, 100, 124]);
        bytes = bytes.slice(0, random.chance(2) ? end : random.below(bytes.length));
        done.push(`cut to ${bytes.length} bytes`);
        break;
      }
      default: {
        const member = random.pick(headers.slice(1));
        if (member !== undefined && original[member + 60] === 0x7f) {
          const next = headers.find((at) => at > member) ?? original.length;
          const damage = new ObjectDamage(original.slice(member + 60, next), random).run();
          write(`member (${damage.what})`, member + 60, damage.bytes);
        }
      }
    }
    if (bytes.length < indexAt) break;
  }
  return { bytes, what: done.join("; ").slice(0, 2000) };
}
