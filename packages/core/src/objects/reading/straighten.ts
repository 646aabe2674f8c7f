/**
 * Makes what is unusual in the sections of an object usual: uncompresses them, gives relocations without addends those
 * that stand in their places, and moves tables to multiples of eight.
 */

import { SHF, SHT } from "../../elf/shdr.js";
import { decompressSection, isOldCompressed, readCompressed } from "../../input/decompress.js";
import { WIDTH } from "../../link/x86-64.js";
import { stringEnd, textOf } from "../input-bytes.js";
import { RA, SH } from "../object-table.js";
import { isContents } from "../section-types.js";
import { isAlignment } from "./limits.js";
import type { ObjectFile } from "./object-file.js";

const LETTER_Z = 0x7a;

/** Uncompresses sections, and gives relocations without addends those that stand in their places. */
export function straighten(file: ObjectFile, object: number): void {
  const table = file.table;
  let hasRel = false;
  for (let index = 1; index < file.shnum; index++) {
    const { words } = table.input;
    const at = file.shdrs + index * SH.WORDS;
    const type = words[at + SH.TYPE]!;
    if (type === SHT.NULL || type === SHT.NOBITS) continue;
    if (type === SHT.REL) hasRel = true;
    const flags = words[at + SH.FLAGS]!;
    if (flags & SHF.COMPRESSED || (type === SHT.PROGBITS && !(flags & SHF.ALLOC) && hasOldCompression(file, index)))
      decompress(file, object, index);
    else if (
      (type === SHT.RELA || type === SHT.SYMTAB_SHNDX || type === SHT.GROUP) &&
      file.word(index, SH.OFFSET) % 8 !== 0
    )
      file.moveContents(index, file.aligned(file.word(index, SH.OFFSET), file.word(index, SH.SIZE)));
  }
  if (!hasRel) return;
  // They read what they relocate, which is not compressed any more.
  for (let index = 1; index < file.shnum; index++)
    if (file.word(index, SH.TYPE) === SHT.REL) addAddends(file, object, index);
}

function hasOldCompression(file: ObjectFile, index: number): boolean {
  const { bytes } = file.table.input;
  const name = file.names + file.word(index, SH.NAME);
  return bytes[name + 1] === LETTER_Z && isOldCompressed(textOf(bytes, name, stringEnd(bytes, name)));
}

function decompress(file: ObjectFile, object: number, index: number): void {
  const table = file.table;
  const section = table.sectionBase[object]! + index;
  const start = table.contentsOf(section);
  const name = table.sectionName(section);
  if (!isContents(file.word(index, SH.TYPE)) || file.word(index, SH.FLAGS) & SHF.ALLOC)
    throw file.malformed(`section ${index} is compressed; only what is not loaded may be`);
  // A copy: node:zlib takes no views of shared memory.
  const packed = table.input.bytes.slice(start, start + table.sizeOf(section));
  const { addralign } = readCompressed(packed, file.label, name);
  if (addralign !== undefined && !isAlignment(addralign))
    throw file.malformed(`the alignment of section ${index} once decompressed is ${addralign}`);
  const contents = decompressSection(packed, file.label, name);
  const at = table.input.add(contents);
  // What is decompressed is called so.
  const renamed = isOldCompressed(name) ? table.input.add(Buffer.from(`.debug${name.slice(7)}\0`, "latin1")) : 0;
  const { words } = table.input;
  const header = file.shdrs + index * SH.WORDS;
  file.moveContents(index, at);
  words[header + SH.SIZE] = contents.length;
  words[header + SH.FLAGS] = words[header + SH.FLAGS]! & ~SHF.COMPRESSED;
  if (addralign !== undefined) words[header + SH.ADDRALIGN] = Math.max(1, addralign);
  if (renamed !== 0) words[header + SH.NAME] = renamed - file.names;
}

function addAddends(file: ObjectFile, object: number, index: number): void {
  const table = file.table;
  const { input } = table;
  const size = file.word(index, SH.SIZE);
  const target = file.word(index, SH.INFO);
  if (file.word(index, SH.ENTSIZE) !== 16 || size % 16 !== 0)
    throw file.malformed(`the relocations of section ${index} are not entries of 16 bytes`);
  if (target === 0 || target >= file.shnum)
    throw file.malformed(`section ${index} relocates section ${target}, which is not there`);
  const count = size / 16;
  const source = file.aligned(file.word(index, SH.OFFSET), size) / 4;
  const at = input.reserve(count * RA.WORDS * 4) / 4;
  const { words, bytes } = input;
  const section = table.sectionBase[object]! + target;
  const isNobits = file.word(target, SH.TYPE) === SHT.NOBITS;
  const targetSize = isNobits ? 0 : table.sizeOf(section);
  const contents = table.contentsOf(section);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) {
    const to = at + i * RA.WORDS;
    for (let word = 0; word < 4; word++) words[to + word] = words[source + i * 4 + word]!;
    const offset = words[to + RA.OFFSET]! >>> 0;
    const width = WIDTH[words[to + RA.TYPE]!] ?? 0;
    if (words[to + RA.OFFSET + 1] !== 0 || offset + width > targetSize)
      throw file.malformed(`relocation ${i} of section ${index} lies outside of its section`);
    const place = contents + offset;
    const low =
      width === 8 || width === 4
        ? view.getInt32(place, true)
        : width === 2
          ? view.getInt16(place, true)
          : width === 1
            ? view.getInt8(place)
            : 0;
    words[to + RA.ADDEND] = low;
    words[to + RA.ADDEND_HIGH] = width === 8 ? view.getInt32(place + 4, true) : low >> 31;
  }
  const header = file.shdrs + index * SH.WORDS;
  file.moveContents(index, at * 4);
  words[header + SH.TYPE] = SHT.RELA;
  words[header + SH.SIZE] = count * RA.WORDS * 4;
  words[header + SH.ENTSIZE] = RA.WORDS * 4;
}
