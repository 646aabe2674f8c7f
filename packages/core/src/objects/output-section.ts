/**
 * One section of the output: what is known of it, and how input sections and the linker's own shape it. Which input
 * sections it holds, `output-sections.ts` says.
 */

import { SHF, SHT } from "../elf/shdr.js";
import type { MergePool } from "./merge-pool.js";
import { SH } from "./object-table.js";

export interface Pool {
  readonly merge: MergePool;
  /** Bytes from the start of the output section. */
  offset: number;
}

export interface OutputSection {
  readonly name: string;
  type: number;
  flags: number;
  align: number;
  entsize: number;
  /** Bytes in use. */
  size: number;
  /** Where what is added by later links begins, unless there is room further down. */
  top: number;
  /** Bytes that are kept for it, `size` or more: an output that will be updated leaves room. */
  room: number;
  /** Input sections in the order of the output, by number. */
  sections: Int32Array;
  readonly pools: Pool[];
  /** Bytes that the linker makes, behind the input sections. */
  readonly extra: number;
  readonly extraAlign: number;
  /** Where `extra` begins. */
  extraOffset: number;
  /** Name of the section that sh_link is to point at, and sh_info: a number, or a section's name. */
  link?: string;
  info?: number | string;
  address: number;
  /** In the file. */
  offset: number;
  /** In the section header table. */
  index: number;
  /** Kept even where it is empty, as `-z` options and start symbols want. */
  readonly made: boolean;
}

/** Made by the linker, not by inputs. */
export interface MadeSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly size: number;
  readonly align: number;
  readonly entsize?: number;
  readonly link?: string;
  readonly info?: number | string;
}

const NO_SECTIONS = new Int32Array(0);

/** What says how an input section was made, and nothing of the output. */
export const DROPPED_FLAGS: number =
  SHF.GROUP | SHF.COMPRESSED | SHF.LINK_ORDER | SHF.INFO_LINK | SHF.GNU_RETAIN | (SHF.EXCLUDE | 0);

const TYPE_OF: ReadonlyMap<string, number> = new Map<string, number>([
  [".init_array", SHT.INIT_ARRAY],
  [".fini_array", SHT.FINI_ARRAY],
  [".preinit_array", SHT.PREINIT_ARRAY],
]);

/** A section that nothing was put into yet. `type`: that of what comes first, unless the name asks for another. */
export function emptySection(name: string, type: number, flags: number, made: boolean): OutputSection {
  return {
    name,
    type: TYPE_OF.get(name) ?? type,
    flags,
    align: 1,
    entsize: 0,
    size: 0,
    room: 0,
    top: 0,
    sections: NO_SECTIONS,
    pools: [],
    extra: 0,
    extraAlign: 1,
    extraOffset: 0,
    address: 0,
    offset: 0,
    index: 0,
    made,
  };
}

/** Brings in the flags, type and alignment of the input section whose header is at word `at`. */
export function joinSection(output: OutputSection, words: Int32Array, at: number, isFirst: boolean): void {
  const type = words[at + SH.TYPE]!;
  const flags = words[at + SH.FLAGS]! & ~DROPPED_FLAGS;
  const merging = SHF.MERGE | SHF.STRINGS;
  const entsize = words[at + SH.ENTSIZE]! >>> 0;
  // Only a section of which all parts are mergeable alike is so itself.
  const same = isFirst || ((output.flags & merging) === (flags & merging) && output.entsize === entsize);
  output.flags = (output.flags | flags) & ~(same ? 0 : merging);
  output.entsize = same ? entsize : 0;
  if (output.type === SHT.NOBITS && type !== SHT.NOBITS) output.type = type;
  const align = words[at + SH.ADDRALIGN]! >>> 0;
  if (align > output.align) output.align = align;
}

/** Brings in a section of the linker's own. */
export function addMade(section: OutputSection, made: MadeSection): void {
  Object.assign(section, {
    extra: section.extra + made.size,
    made: true,
    extraAlign: Math.max(section.extraAlign, made.align),
  });
  section.align = Math.max(section.align, made.align);
  section.entsize = made.entsize ?? section.entsize;
  if (made.link !== undefined) section.link = made.link;
  if (made.info !== undefined) section.info = made.info;
}
