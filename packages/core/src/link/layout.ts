/**
 * Where everything is: the place of every section in the file and its address, and the headers that say so. How places are
 * given differs: `dense-layout.ts` packs them once, `growing-layout.ts` leaves room and follows changes.
 */

import type { Phdr } from "../elf/phdr.js";
import type { Shdr } from "../elf/shdr.js";
import { SECTION_COUNT } from "./sections.js";

/** What the linker makes itself, with its own bytes or with bytes that come later. */
export interface ExtraSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly size: number;
  readonly alignLog2: number;
  readonly entsize: number;
  /** Section name that sh_link points at. */
  readonly link?: string;
  /** sh_info, or the section name that it points at. */
  readonly info?: number | string;
}

/** A section header to be, and where the section is. */
export interface Placed {
  readonly header: Omit<Shdr, "name" | "link" | "info">;
  readonly name: string;
  readonly link?: string;
  readonly info?: number | string;
  readonly node: number;
  /** The header says of itself that it is none (SHT_NULL): there is nothing in the section, and its index is kept. */
  readonly inactive?: boolean;
}

export abstract class Layout {
  /** By section: bytes from the image base. Thread-local sections: where their initial image is. */
  readonly address: Float64Array = new Float64Array(SECTION_COUNT);
  readonly fileOffset: Float64Array = new Float64Array(SECTION_COUNT);
  readonly size: Float64Array = new Float64Array(SECTION_COUNT);
  readonly shndx: Int32Array = new Int32Array(SECTION_COUNT);
  /** Offset of each thread-local section within the block, and the block's end: `tlsSize` is aligned. */
  readonly tlsOffset: Float64Array = new Float64Array(SECTION_COUNT);
  tlsSize = 0;
  placed: Placed[] = [];
  phdrs: Phdr[] = [];
  ehdrNode = -1;
  phdrNode = -1;
  shdrNode = -1;

  /** Whether the output has section number `section`. */
  abstract present(section: number): boolean;

  /** The section called `name`: its node, address from the image base, file offset and size. */
  find(
    name: string,
  ): { readonly node: number; readonly address: number; readonly offset: number; readonly size: number } | undefined {
    const placed = this.placed.find((candidate) => candidate.name === name && candidate.inactive !== true);
    return (
      placed && {
        node: placed.node,
        address: placed.header.addr,
        offset: placed.header.offset,
        size: placed.header.size,
      }
    );
  }

  /** Index in the section header table, 0 where there is no such section. */
  indexOf(name: string): number {
    return this.placed.findIndex((candidate) => candidate.name === name) + 1;
  }
}
