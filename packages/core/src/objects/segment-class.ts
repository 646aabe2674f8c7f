/**
 * Where sections of the output stand in the image: the segment that each is in, and its place among the others.
 */

import { SHF, SHT } from "../elf/shdr.js";
import type { OutputSection } from "./output-section.js";
import { PLACE_OF, RELRO_NAMES } from "./section-names.js";

/** Which segment a section is in, in the order of the image. */
export const SegmentClass = { HEADERS: 0, CODE: 1, CONSTANTS: 2, RELRO: 3, DATA: 4, NONE: 5 } as const;

export function classOf({ name, type, flags }: OutputSection): number {
  if (!(flags & SHF.ALLOC)) return SegmentClass.NONE;
  // The initial image of thread-local storage is in one piece, and is not written to.
  if (flags & SHF.TLS) return SegmentClass.RELRO;
  if (flags & SHF.WRITE) return RELRO_NAMES.has(name) ? SegmentClass.RELRO : SegmentClass.DATA;
  if (flags & SHF.EXECINSTR) return SegmentClass.CODE;
  const place = PLACE_OF.get(name);
  if (type === SHT.NOTE || (place !== undefined && place < PLACE_OF.get(".init")!)) return SegmentClass.HEADERS;
  return SegmentClass.CONSTANTS;
}

/** Whether the file holds all bytes of sections of a class. */
export function isInFile(segment: number): boolean {
  return segment !== SegmentClass.DATA && segment !== SegmentClass.NONE;
}

/** A number that grows along the image. */
export function rankOf(section: OutputSection): number {
  const { name, type, flags } = section;
  const segment = classOf(section) * 1000;
  const place = PLACE_OF.get(name);
  // Thread-local sections are neighbours; what takes no place in the file is last in its segment.
  if (flags & SHF.TLS) return segment + (type === SHT.NOBITS ? PLACE_OF.get(".tbss")! : PLACE_OF.get(".tdata")!);
  if (type === SHT.NOBITS && segment === SegmentClass.DATA * 1000) return segment + 900 + (place ?? 0);
  if (place !== undefined) return segment + place;
  if (type === SHT.NOTE) return segment + PLACE_OF.get(".note.ABI-tag")! + 0.5;
  if (segment === SegmentClass.CODE * 1000) return segment + PLACE_OF.get(".fini")! + 0.5;
  if (segment === SegmentClass.CONSTANTS * 1000) return segment + PLACE_OF.get(".rodata1")! + 0.5;
  if (segment === SegmentClass.RELRO * 1000) return segment + PLACE_OF.get(".data.rel.ro")! + 0.5;
  return segment + 500;
}
