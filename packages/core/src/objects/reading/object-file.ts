/**
 * An object while it is read: where its tables lie in the inputs, how words of them are got at, and the errors that name
 * it. What `shdrs`, `shnum` and `names` say is found by `headers.ts`.
 */

import { DiagnosticError } from "../../diagnostics/diagnostic.js";
import { malformed, outsideFile, unsupportedInput } from "../../diagnostics/input.js";
import { SHT } from "../../elf/shdr.js";
import type { InputLabel } from "../../input/label.js";
import { type ObjectTable, SH } from "../object-table.js";

export const EHDR_BYTES = 64;
export const SHDR_BYTES = 64;

export class ObjectFile {
  readonly table: ObjectTable;
  readonly label: InputLabel;
  readonly at: number;
  readonly size: number;
  /** The section headers: offset in the file, and where they are read as words. */
  headersAt = 0;
  shdrs = 0;
  shnum = 0;
  traits = 0;
  /** The names of sections: offset in the inputs, and size. */
  names = 0;
  namesSize = 0;

  /** The object `[at, at + size)` of the inputs. */
  constructor(table: ObjectTable, label: InputLabel, at: number, size: number) {
    this.table = table;
    this.label = label;
    this.at = at;
    this.size = size;
  }

  /** A word of a section's header. */
  word(section: number, field: number): number {
    return this.table.input.words[this.shdrs + section * SH.WORDS + field]! >>> 0;
  }

  /** Where `size` bytes at `offset` of the file are read as words: there, or in a copy at a multiple of eight. */
  aligned(offset: number, size: number): number {
    const { input } = this.table;
    if (offset % 8 === 0) return this.at + offset;
    const copy = input.reserve(size);
    input.bytes.copyWithin(copy, this.at + offset, this.at + offset + size);
    return copy;
  }

  /** Offset in the inputs and size of a string table, which ends with a 0 byte. */
  stringTable(index: number): [start: number, size: number] {
    const { input } = this.table;
    const size = this.word(index, SH.SIZE);
    const offset = this.word(index, SH.OFFSET);
    if (this.word(index, SH.TYPE) !== SHT.STRTAB)
      throw this.malformed(`section ${index} is no string table, and is used as one`);
    if (this.word(index, SH.SIZE_HIGH) !== 0 || this.word(index, SH.OFFSET + 1) !== 0)
      throw this.outside(`section ${index}`, 2 ** 32);
    this.require(`section ${index}`, offset, size);
    const start = this.at + offset;
    if (size === 0) return [input.add(new Uint8Array(1)), 1];
    if (input.bytes[start + size - 1] !== 0)
      throw this.malformed(`the string table ${index} does not end with a 0 byte`);
    return [start, size];
  }

  /** Says in the header that the contents are at `at` of the inputs. */
  moveContents(index: number, at: number): void {
    // Copies lie behind the file they come from: offsets from its start stay positive.
    this.table.input.words[this.shdrs + index * SH.WORDS + SH.OFFSET] = at - this.at;
  }

  require(what: string, offset: number, size: number): void {
    if (offset + size > this.size) throw this.outside(what, offset + size);
  }

  outside(what: string, end: number): DiagnosticError {
    return new DiagnosticError(outsideFile(this.label, what, end, this.size));
  }

  malformed(message: string): DiagnosticError {
    return new DiagnosticError(malformed(this.label, message));
  }

  unsupported(found: string, wanted: string): DiagnosticError {
    return new DiagnosticError(unsupportedInput(this.label, found, wanted));
  }
}
