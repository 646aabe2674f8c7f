/** A small executable as Manifold writes one: navs and uavs are local symbols, exports global ones. */

import {
  ELF64_LE,
  EM,
  ET,
  ehdrSize,
  PF,
  type Phdr,
  PT,
  phdrSize,
  SHF,
  SHT,
  type Shdr,
  STB,
  STT,
  type Sym,
  shdrSize,
  symInfo,
  symSize,
  writeEhdr,
  writePhdr,
  writeShdr,
  writeSym,
} from "@manifold/core";

const RODATA = { address: 0x1000000, offset: 0x1000, size: 0x20 };
const TEXT = { address: 0x1001000, offset: 0x2000, size: 0x30 };
const TDATA = { address: 0x1002000, offset: 0x3000, size: 0x10 };
const COMMENT = "Manifold 0.1.0\0";

const SECTION_NAMES = ["", ".rodata", ".text", ".tdata", ".comment", ".symtab", ".strtab", ".shstrtab"];

/** The file's bytes, with `more` navs of no size at the start of `.text`. */
export function manifoldOutput(more = 0): Uint8Array {
  const strings = new Strings();
  const local = (type: number) => symInfo(STB.LOCAL, type);
  const symbols: Sym[] = [
    { name: 0, value: 0, size: 0, info: 0, other: 0, shndx: 0 },
    { name: strings.add("helper"), value: TEXT.address, size: 0x10, info: local(STT.FUNC), other: 0, shndx: 2 },
    { name: strings.add("start"), value: TEXT.address + 0x10, size: 0x18, info: local(STT.FUNC), other: 0, shndx: 2 },
    { name: 0, value: RODATA.address + 8, size: 8, info: local(STT.OBJECT), other: 0, shndx: 1 },
    { name: strings.add("perThread"), value: 8, size: 4, info: local(STT.TLS), other: 0, shndx: 3 },
    ...Array.from({ length: more }, (_, i) => {
      return { name: strings.add(`n${i}`), value: TEXT.address, size: 0, info: local(STT.FUNC), other: 0, shndx: 2 };
    }),
  ];
  const locals = symbols.length;
  const start = { value: TEXT.address + 0x10, size: 0x18, other: 0, shndx: 2 };
  symbols.push(
    { ...start, name: strings.add("_start"), info: symInfo(STB.GLOBAL, STT.FUNC) },
    { ...start, name: strings.add("main"), info: symInfo(STB.WEAK, STT.FUNC) },
    {
      ...start,
      name: strings.add("alone"),
      value: RODATA.address + 0x18,
      size: 8,
      info: symInfo(STB.GLOBAL, STT.OBJECT),
      shndx: 1,
    },
  );
  const sectionNames = new Strings();
  const names = SECTION_NAMES.map((name) => sectionNames.add(name));
  const comment = TDATA.offset + TDATA.size;
  const symtab = comment + 16;
  const strtab = symtab + symbols.length * symSize(ELF64_LE);
  const shstrtab = strtab + strings.text.length;
  const shoff = Math.ceil((shstrtab + sectionNames.text.length) / 8) * 8;
  const section = (index: number, shdr: Partial<Shdr>): Shdr => {
    const none = {
      flags: 0,
      addr: 0,
      offset: 0,
      size: 0,
      link: 0,
      info: 0,
      addralign: 1,
      entsize: 0,
      type: SHT.PROGBITS,
    };
    return { ...none, name: names[index]!, ...shdr };
  };
  const loaded = (at: typeof TEXT, flags: number) => {
    return { addr: at.address, offset: at.offset, size: at.size, flags: SHF.ALLOC | flags, addralign: 0x1000 };
  };
  const sections = [
    section(0, { type: SHT.NULL, addralign: 0 }),
    section(1, loaded(RODATA, 0)),
    section(2, loaded(TEXT, SHF.EXECINSTR)),
    section(3, loaded(TDATA, SHF.WRITE | SHF.TLS)),
    section(4, { offset: comment, size: COMMENT.length }),
    section(5, {
      type: SHT.SYMTAB,
      offset: symtab,
      size: strtab - symtab,
      link: 6,
      info: locals,
      entsize: 24,
      addralign: 8,
    }),
    section(6, { type: SHT.STRTAB, offset: strtab, size: strings.text.length }),
    section(7, { type: SHT.STRTAB, offset: shstrtab, size: sectionNames.text.length }),
  ];
  const segment = (type: number, flags: number, at: typeof TEXT, align: number): Phdr => {
    const { address, offset, size } = at;
    return { type, flags, offset, vaddr: address, paddr: address, filesz: size, memsz: size, align };
  };
  const segments = [
    segment(PT.LOAD, PF.R, RODATA, 0x1000),
    segment(PT.LOAD, PF.R | PF.X, TEXT, 0x1000),
    segment(PT.TLS, PF.R, TDATA, 8),
    segment(PT.GNU_STACK, PF.R | PF.W, { address: 0, offset: 0, size: 0 }, 1),
  ];
  const bytes = new Uint8Array(shoff + sections.length * shdrSize(ELF64_LE));
  const view = new DataView(bytes.buffer);
  writeEhdr(view, 0, ELF64_LE, {
    ...{ osabi: 0, abiversion: 0, type: ET.EXEC, machine: EM.X86_64, version: 1, flags: 0, entry: start.value },
    ...{ ehsize: ehdrSize(ELF64_LE), phoff: ehdrSize(ELF64_LE), phentsize: phdrSize(ELF64_LE), phnum: segments.length },
    ...{ shoff, shentsize: shdrSize(ELF64_LE), shnum: sections.length, shstrndx: 7 },
  });
  for (const [i, each] of segments.entries()) writePhdr(view, 64 + i * phdrSize(ELF64_LE), ELF64_LE, each);
  for (const [i, each] of sections.entries()) writeShdr(view, shoff + i * shdrSize(ELF64_LE), ELF64_LE, each);
  for (const [i, each] of symbols.entries()) writeSym(view, symtab + i * symSize(ELF64_LE), ELF64_LE, each);
  bytes.set(Buffer.from(COMMENT), comment);
  bytes.set(Buffer.from(strings.text), strtab);
  bytes.set(Buffer.from(sectionNames.text), shstrtab);
  return bytes;
}

/** A string table. */
class Strings {
  text = "\0";

  add(string: string): number {
    if (string === "") return 0;
    const offset = this.text.length;
    this.text += `${string}\0`;
    return offset;
  }
}
