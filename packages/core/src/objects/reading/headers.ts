/**
 * What an object is, and where its section headers and their names are: the file header, checked.
 */

import { DiagnosticError } from "../../diagnostics/diagnostic.js";
import { notElf, outsideFile } from "../../diagnostics/input.js";
import { EI, ET, EV } from "../../elf/ehdr.js";
import { EM } from "../../elf/machine.js";
import { nameOrHex } from "../../elf/names.js";
import { SH } from "../object-table.js";
import { EHDR_BYTES, type ObjectFile, SHDR_BYTES } from "./object-file.js";

/** Throws where the file is no relocatable object for x86-64. */
export function identify(file: ObjectFile): void {
  const { bytes } = file.table.input;
  const at = file.at;
  if (file.size < 4 || bytes[at] !== 0x7f || bytes[at + 1] !== 0x45 || bytes[at + 2] !== 0x4c || bytes[at + 3] !== 0x46)
    throw new DiagnosticError(notElf(file.label, "it does not start with \\x7fELF"));
  if (file.size < EHDR_BYTES)
    throw new DiagnosticError(outsideFile(file.label, "the file header", EHDR_BYTES, file.size));
  const view = new DataView(bytes.buffer, at, EHDR_BYTES);
  const little = bytes[at + 5] === 1;
  const type = view.getUint16(16, little);
  const machine = view.getUint16(18, little);
  if (bytes[at + 4] !== 2 || !little || machine !== EM.X86_64) {
    const order = little ? "little" : "big";
    throw file.unsupported(
      `for ${nameOrHex(EM, machine)}, ${bytes[at + 4] === 1 ? 32 : 64}-bit, ${order} endian`,
      "64-bit X86_64",
    );
  }
  if (bytes[at + EI.VERSION] !== EV.CURRENT || view.getUint32(20, true) !== EV.CURRENT)
    throw file.malformed("the version of the format is not 1");
  if (type !== ET.REL) throw file.unsupported(`of type ${nameOrHex(ET, type)}`, "a relocatable object (REL)");
}

/** Finds the section headers; returns the index of the section with their names. */
export function findHeaders(file: ObjectFile): number {
  const { input } = file.table;
  const view = new DataView(input.bytes.buffer, file.at, EHDR_BYTES);
  const low = view.getUint32(40, true);
  if (view.getUint32(44, true) !== 0) throw file.outside("the section header table", Number.MAX_SAFE_INTEGER);
  file.headersAt = low;
  let shnum = view.getUint16(60, true);
  let shstrndx = view.getUint16(62, true);
  if (low === 0) {
    if (shnum !== 0) throw file.malformed(`there are ${shnum} sections, and no table of them`);
    // No sections: nothing to link, and nothing wrong. An empty table stands for the null section.
    file.shdrs = input.add(new Uint8Array(SHDR_BYTES)) / 4;
    file.headersAt = EHDR_BYTES;
    file.shnum = 1;
    return 0;
  }
  if (view.getUint16(58, true) !== SHDR_BYTES) throw file.malformed("e_shentsize is not 64");
  file.require("the section header table", low, SHDR_BYTES);
  const first = file.aligned(low, SHDR_BYTES) / 4;
  if (shnum === 0) {
    shnum = input.words[first + SH.SIZE]!;
    if (shnum <= 0 || input.words[first + SH.SIZE_HIGH] !== 0)
      throw file.malformed("the number of sections is not sensible");
  }
  if (shstrndx === 0xffff) shstrndx = input.words[first + SH.LINK]! >>> 0;
  file.require("the section header table", low, shnum * SHDR_BYTES);
  file.shdrs = file.aligned(low, shnum * SHDR_BYTES) / 4;
  file.shnum = shnum;
  return shstrndx;
}

/** Finds the names of sections, those of section `shstrndx`. */
export function findSectionNames(file: ObjectFile, shstrndx: number): void {
  if (shstrndx === 0) {
    file.names = file.table.input.add(new Uint8Array(1));
    file.namesSize = 1;
    return;
  }
  if (shstrndx >= file.shnum) throw file.malformed(`e_shstrndx is ${shstrndx}; there is no such section`);
  const [start, size] = file.stringTable(shstrndx);
  file.names = start;
  file.namesSize = size;
}
