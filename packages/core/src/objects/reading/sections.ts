/**
 * Checks the section headers of an object: types, alignments, sizes, references to other sections, and that contents lie
 * within the file, none over another.
 */

import { nameOrHex } from "../../elf/names.js";
import { SHF, SHT } from "../../elf/shdr.js";
import { stringEnd } from "../input-bytes.js";
import { SH, ST, Trait } from "../object-table.js";
import { isObjectType } from "../section-types.js";
import { isAlignment, MAX_ALIGN_LOG2, MAX_SIZE_HIGH, NAME_BYTES_PER_BYTE } from "./limits.js";
import { EHDR_BYTES, type ObjectFile, SHDR_BYTES } from "./object-file.js";

const LETTER_G = 0x67;

/** Checks all headers, and notes the traits that they show; returns the index of the symbol table, or 0. */
export function checkSections(file: ObjectFile): number {
  const { words, bytes } = file.table.input;
  const extents = new Extents(file.shnum);
  extents.add(0, EHDR_BYTES);
  let symtab = 0;
  const nameLimit = file.size * NAME_BYTES_PER_BYTE;
  const mayShare = file.shnum * file.namesSize > nameLimit;
  let nameBytes = 0;
  for (let index = 1, at = file.shdrs + SH.WORDS; index < file.shnum; index++, at += SH.WORDS) {
    const type = words[at + SH.TYPE]!;
    const name = words[at + SH.NAME]! >>> 0;
    if (type === SHT.GROUP) file.traits |= Trait.GROUPS;
    if (name >= file.namesSize) throw file.malformed(`the name of section ${index} is outside of the name table`);
    if (bytes[file.names + name + 1] === LETTER_G) file.traits |= Trait.GNU_NAMES;
    if (type === SHT.NULL) continue;
    if (mayShare) nameBytes += stringEnd(bytes, file.names + name) - file.names - name;
    if (nameBytes > nameLimit) throw file.malformed("names of sections overlap beyond reason");
    if (!isObjectType(type)) throw file.malformed(`section ${index} is of type ${nameOrHex(SHT, type >>> 0)}`);
    const align = words[at + SH.ADDRALIGN]! >>> 0;
    if (!isAlignment(align) || words[at + SH.ADDRALIGN + 1] !== 0)
      throw file.malformed(`the alignment of section ${index} is no power of two up to 2^${MAX_ALIGN_LOG2}`);
    if (words[at + SH.SIZE_HIGH]! >>> 0 >= MAX_SIZE_HIGH)
      throw file.malformed(`section ${index} is larger than any address space`);
    if ((words[at + SH.FLAGS]! & (SHF.TLS | SHF.ALLOC)) === SHF.TLS)
      throw file.malformed(`section ${index} is thread-local, and not loaded`);
    if (words[at + SH.LINK]! >>> 0 >= file.shnum)
      throw file.malformed(`section ${index} refers to section ${words[at + SH.LINK]! >>> 0}, which is not there`);
    if (type === SHT.NOBITS) continue;
    const size = words[at + SH.SIZE]! >>> 0;
    const offset = words[at + SH.OFFSET]! >>> 0;
    if (words[at + SH.SIZE_HIGH] !== 0 || words[at + SH.OFFSET + 1] !== 0)
      throw file.outside(`section ${index}`, 2 ** 32);
    // Made only where it is needed: there are many sections.
    if (offset + size > file.size) throw file.outside(`section ${index}`, offset + size);
    extents.add(offset, size);
    if (type !== SHT.SYMTAB) continue;
    if (symtab !== 0) throw file.malformed("there are two symbol tables");
    symtab = index;
    if (words[at + SH.ENTSIZE] !== ST.WORDS * 4 || size % (ST.WORDS * 4) !== 0)
      throw file.malformed("the symbol table does not consist of entries of 24 bytes");
  }
  extents.add(file.headersAt, file.shnum * SHDR_BYTES);
  // Sections that share bytes would let a small file stand for an enormous amount of work, and one that is a table be
  // read as something else after it was checked.
  if (extents.overlap()) throw file.malformed("sections overlap each other, or the headers");
  return symtab;
}

/** Which bytes of a file are taken, to find out whether any is twice. */
class Extents {
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  #count = 0;
  /** Each began where the one before ended, or further on, as assemblers write them: none overlaps another. */
  #isAscending = true;
  #end = 0;

  /** For `sections` sections, less the null one, the file's header and the table of sections. */
  constructor(sections: number) {
    this.#starts = new Uint32Array(sections + 1);
    this.#ends = new Uint32Array(sections + 1);
  }

  add(start: number, size: number): void {
    if (size === 0) return;
    if (start < this.#end) this.#isAscending = false;
    this.#end = start + size;
    this.#starts[this.#count] = start;
    this.#ends[this.#count++] = start + size;
  }

  overlap(): boolean {
    if (this.#isAscending) return false;
    // Where none overlaps another, the order of the starts is that of the ends.
    const starts = this.#starts.subarray(0, this.#count).sort();
    const ends = this.#ends.subarray(0, this.#count).sort();
    for (let i = 1; i < starts.length; i++) if (starts[i]! < ends[i - 1]!) return true;
    return false;
  }
}
