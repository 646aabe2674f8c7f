/**
 * `.dynamic` of a static position-independent executable: what its own start code needs to relocate it (gABI, "Dynamic
 * Section").
 */

import { DF, DF_1, DT, dynSize } from "../elf/dyn.js";
import { ELF64_LE } from "../elf/format.js";
import { relaSize } from "../elf/rela.js";
import { store64 } from "./fields.js";
import { type Globals, State } from "./globals.js";
import type { OutputSection } from "./output-section.js";
import type { OutputSections } from "./output-sections.js";

export const DYN_BYTES: number = dynSize(ELF64_LE);
/** At most as many entries as `fillDynamic` makes, and the one that ends them. */
export const DYNAMIC_ENTRIES = 22;

export const RELA_BYTES: number = relaSize(ELF64_LE);

/** Fills `.dynamic`; `relatives`: how many of the run-time relocations are R_X86_64_RELATIVE. */
export function fillDynamic(bytes: Uint8Array, outputs: OutputSections, globals: Globals, relatives: number): void {
  const section = (name: string): OutputSection | undefined => outputs.find(name);
  const entries: [tag: number, value: number][] = [];
  const put = (tag: number, value: number | undefined): void => {
    if (value !== undefined) entries.push([tag, value]);
  };
  const array = (name: string, tag: number, sizeTag: number): void => {
    put(tag, section(name)?.address);
    put(sizeTag, section(name)?.size);
  };
  const global = (name: string): number | undefined => {
    const number = globals.names.findText(name);
    if (number === -1 || globals.state[number] !== State.DEFINED) return undefined;
    // Not a number: it is in a section that is not linked.
    const address = globals.address[number]!;
    return Number.isNaN(address) ? undefined : address;
  };
  put(DT.INIT, global("_init"));
  put(DT.FINI, global("_fini"));
  array(".preinit_array", DT.PREINIT_ARRAY, DT.PREINIT_ARRAYSZ);
  array(".init_array", DT.INIT_ARRAY, DT.INIT_ARRAYSZ);
  array(".fini_array", DT.FINI_ARRAY, DT.FINI_ARRAYSZ);
  put(DT.HASH, section(".hash")!.address);
  put(DT.STRTAB, section(".dynstr")!.address);
  put(DT.SYMTAB, section(".dynsym")!.address);
  put(DT.STRSZ, section(".dynstr")!.size);
  put(DT.SYMENT, 24);
  put(DT.DEBUG, 0);
  const rela = section(".rela.dyn");
  if (rela !== undefined) {
    put(DT.RELA, rela.address);
    put(DT.RELASZ, rela.size);
    put(DT.RELAENT, RELA_BYTES);
    put(DT.RELACOUNT, relatives);
  }
  put(DT.FLAGS, DF.BIND_NOW);
  put(DT.FLAGS_1, DF_1.NOW | DF_1.PIE);
  entries.forEach(([tag, value], i) => {
    store64(bytes, i * DYN_BYTES, tag, 0, 0);
    store64(bytes, i * DYN_BYTES + 8, value, 0, 0);
  });
}
