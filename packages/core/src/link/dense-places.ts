/**
 * Gives atoms their places in sections when nothing will be moved afterwards: one behind the other. A node for each of them,
 * which updates need, would be 40 bytes and a fifth of the time of commits; here a section is as large as what is in it,
 * and has no nodes within.
 */

import { MIN_HOLE } from "../image/free-ranges.js";
import type { MappedFile } from "../image/mapped-file.js";
import { alignUp } from "../image/node-table.js";
import { SECTION_COUNT, Section } from "./sections.js";

export class DensePlaces {
  /** Alternately where a gap in .text begins and ends, from the section's start, as far as no chunk fills it. */
  readonly textGaps: number[] = [];
  readonly #ends = new Float64Array(SECTION_COUNT);
  readonly #aligns = new Uint8Array(SECTION_COUNT);

  /** Where .text ends so far. */
  get textEnd(): number {
    return this.#ends[Section.TEXT]!;
  }

  /** The place of `size` bytes behind all that is in `section`: bytes from its start. */
  add(section: number, size: number, alignLog2: number): number {
    const offset = alignUp(this.#ends[section]!, alignLog2);
    this.#ends[section] = offset + size;
    if (alignLog2 > this.#aligns[section]!) this.#aligns[section] = alignLog2;
    return offset;
  }

  /** As `add`, of what is not placed with the rest of its chunk: what it leaves free in .text is noted. */
  addApart(section: number, size: number, alignLog2: number): number {
    const end = this.#ends[section]!;
    const offset = this.add(section, size, alignLog2);
    if (section === Section.TEXT && offset > end && offset - end < MIN_HOLE) this.textGaps.push(end, offset);
    return offset;
  }

  /** Gives the sections, whose roots are empty so far, their sizes and alignments. Throws where one is too large. */
  settle(image: MappedFile, sectionNodes: Int32Array): void {
    sectionNodes.forEach((node, section) => {
      if (node === -1 || this.#ends[section] === 0) return;
      image.realign(node, this.#aligns[section]!);
      image.resize(node, this.#ends[section]!);
    });
  }
}
