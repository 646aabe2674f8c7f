/** Objects that no compiler makes, written down section by section. */

export interface CraftedSection {
  readonly name: string;
  readonly type?: number;
  readonly flags?: number;
  readonly data?: Uint8Array;
  /** Where it is not that of `data`: NOBITS. */
  readonly size?: number;
  readonly link?: number;
  readonly info?: number;
  readonly align?: number;
  readonly entsize?: number;
}

export interface CraftedSymbol {
  /** Offset in the string table, of names that are crafted too; else the name. */
  readonly name: string | number;
  readonly info: number;
  readonly section: number;
  readonly value?: number;
  readonly size?: number;
}

export interface Crafted {
  /** They are numbered from 1; the symbol table, its strings and the names of sections stand behind them. */
  readonly sections: readonly CraftedSection[];
  /** Local ones first. */
  readonly symbols?: readonly CraftedSymbol[];
  /** Instead of the names: what all names of sections, and those of symbols that are numbers, are offsets in. */
  readonly strings?: Uint8Array;
  /** By section: the offset of its name in `strings`. */
  readonly nameOffset?: (index: number) => number;
}

/** The index of the symbol table of an object with so many sections, for `link`. */
export function symtabIndex(sections: number): number {
  return sections + 1;
}

/** A relocation as in a section of type RELA. */
export function relocation(offset: number, type: number, symbol: number, addend = 0): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(24));
  bytes.setUint32(0, offset, true);
  bytes.setUint32(8, type, true);
  bytes.setUint32(12, symbol, true);
  bytes.setBigInt64(16, BigInt(addend), true);
  return new Uint8Array(bytes.buffer);
}

export function words(values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** The bytes of an object. */
export function craft({ sections, symbols = [], strings, nameOffset }: Crafted): Uint8Array {
  const names: string[] = [""];
  let nameBytes = 1;
  const known = new Map<string, number>();
  const nameOf = (text: string): number => {
    const before = known.get(text);
    if (before !== undefined) return before;
    known.set(text, nameBytes);
    names.push(text);
    nameBytes += text.length + 1;
    return nameBytes - text.length - 1;
  };
  const table = Buffer.alloc((symbols.length + 1) * 24);
  symbols.forEach(({ name, info, section, value = 0, size = 0 }, i) => {
    const at = (i + 1) * 24;
    table.writeUInt32LE(typeof name === "number" ? name : nameOf(name), at);
    table[at + 4] = info;
    table.writeUInt16LE(section > 0xfeff && section < 0xff00 ? 0xffff : section, at + 6);
    table.writeBigUInt64LE(BigInt(value), at + 8);
    table.writeBigUInt64LE(BigInt(size), at + 16);
  });
  const locals = symbols.filter(({ info }) => info >>> 4 === 0).length;
  const count = sections.length + 3;
  const all: CraftedSection[] = [
    ...sections,
    { name: ".symtab", type: 2, data: table, link: count - 1, info: locals + 1, align: 8, entsize: 24 },
    { name: ".strtab", type: 3 },
  ];
  const headers = Buffer.alloc(count * 64);
  const nameAt = all.map(({ name }, i) => nameOffset?.(i + 1) ?? nameOf(name));
  const stringTable = strings ?? new Uint8Array(Buffer.from(`${names.join("\0")}\0`, "latin1"));
  const parts: Uint8Array[] = [];
  let offset = 64;
  all.forEach((section, i) => {
    const { type = 1, flags = 0, link = 0, info = 0, align = 1, entsize = 0 } = section;
    const data = section.name === ".strtab" ? stringTable : (section.data ?? new Uint8Array(0));
    const at = (i + 1) * 64;
    const padding = (8 - (offset % 8)) % 8;
    parts.push(new Uint8Array(padding), data);
    offset += padding;
    headers.writeUInt32LE(nameAt[i]!, at);
    headers.writeUInt32LE(type, at + 4);
    headers.writeBigUInt64LE(BigInt(flags), at + 8);
    headers.writeBigUInt64LE(BigInt(offset), at + 24);
    headers.writeBigUInt64LE(BigInt(section.size ?? data.length), at + 32);
    headers.writeUInt32LE(link, at + 40);
    headers.writeUInt32LE(info, at + 44);
    headers.writeBigUInt64LE(BigInt(align), at + 48);
    headers.writeBigUInt64LE(BigInt(entsize), at + 56);
    offset += data.length;
  });
  const padding = (8 - (offset % 8)) % 8;
  parts.push(new Uint8Array(padding));
  offset += padding;
  const ehdr = Buffer.alloc(64);
  ehdr.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  ehdr.writeUInt16LE(1, 16);
  ehdr.writeUInt16LE(62, 18);
  ehdr.writeUInt32LE(1, 20);
  ehdr.writeBigUInt64LE(BigInt(offset), 40);
  ehdr.writeUInt16LE(64, 52);
  ehdr.writeUInt16LE(64, 58);
  const many = count >= 0xff00;
  ehdr.writeUInt16LE(many ? 0 : count, 60);
  ehdr.writeUInt16LE(many ? 0xffff : count - 1, 62);
  if (many) headers.writeBigUInt64LE(BigInt(count), 32);
  if (many) headers.writeUInt32LE(count - 1, 40);
  return joined([ehdr, ...parts, headers]);
}
