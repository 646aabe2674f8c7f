/**
 * Gives the output sections their addresses and their places in the file, and describes the segments that they are loaded
 * in (System V ABI, "Program Loading"). Addresses and file offsets are congruent modulo the page size throughout, so that
 * no byte is in the file that is not in a section, except where code shall have pages of its own.
 */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { addressesExhausted, tooMany } from "../diagnostics/objects.js";
import { PF, type Phdr, PT } from "../elf/phdr.js";
import { SHF, SHT } from "../elf/shdr.js";
import type { OutputSection } from "./output-section.js";
import { classOf, SegmentClass } from "./segment-class.js";

export const EHDR_BYTES = 64;
export const PHDR_BYTES = 56;

export interface PlaceOptions {
  readonly base: number;
  readonly pageSize: number;
  readonly separateCode: boolean;
  readonly relro: boolean;
  readonly pie: boolean;
  readonly executableStack: boolean;
  readonly stackSize: number;
}

export interface Placement {
  readonly phdrs: readonly Phdr[];
  /** Bytes of the file up to here: sections that are not loaded follow. */
  readonly loadedBytes: number;
  /** Address and bytes of the thread-local block's initial image, and its alignment. */
  readonly tlsStart: number;
  readonly tlsSize: number;
  readonly tlsAlign: number;
  /** First address behind all that is loaded. */
  readonly end: number;
}

/** Linux gives programs the lower half of the address space, less a page. */
const USER_SPACE = 2 ** 47 - 4096;
/** e_phnum has 16 bits. */
const MOST_SEGMENTS = 0xfffe;

const FLAGS = [PF.R, PF.R | PF.X, PF.R, PF.R | PF.W, PF.R | PF.W];

/** Places the loaded ones of `sections`, which are in order. */
export function place(sections: readonly OutputSection[], options: PlaceOptions): Placement {
  const loaded = sections.filter(({ flags }) => flags & SHF.ALLOC);
  const plan = planSegments(loaded, options);
  if (plan.count > MOST_SEGMENTS) throw new DiagnosticError(tooMany("segments", plan.count, MOST_SEGMENTS));
  let offset = EHDR_BYTES + plan.count * PHDR_BYTES;
  let address = options.base + offset;
  let segment: number = SegmentClass.HEADERS;
  const tlsAlign = largestAlign(loaded.filter(({ flags }) => flags & SHF.TLS));
  let inTls = false;
  let tlsEnd = 0;
  const loads: { flags: number; offset: number; address: number; fileEnd: number; end: number }[] = [
    { flags: PF.R, offset: 0, address: options.base, fileEnd: offset, end: address },
  ];
  const advance = (align: number): void => {
    const next = Math.ceil(address / align) * align;
    offset += next - address;
    address = next;
  };
  for (const section of loaded) {
    const { flags } = section;
    const own = classOf(section);
    if (own !== segment) {
      if (FLAGS[own] !== FLAGS[segment]) {
        const page = options.pageSize;
        const isCode = own === SegmentClass.CODE || segment === SegmentClass.CODE;
        if (options.separateCode && isCode) {
          offset = Math.ceil(offset / page) * page;
          address = Math.ceil(address / page) * page;
        } else address = Math.ceil(address / page) * page + (offset % page);
        loads.push({ flags: FLAGS[own]!, offset, address, fileEnd: offset, end: address });
      } else if (options.relro && segment === SegmentClass.RELRO) advance(options.pageSize);
      segment = own;
    }
    const isTls = (flags & SHF.TLS) !== 0;
    if (isTls && !inTls) {
      advance(tlsAlign);
      tlsEnd = address;
    }
    inTls ||= isTls;
    const load = loads.at(-1)!;
    if (flags & SHF.EXECINSTR) load.flags |= PF.X;
    if (isTls && section.type === SHT.NOBITS) {
      // It takes no addresses: what follows begins where it does.
      tlsEnd = Math.ceil(tlsEnd / section.align) * section.align;
      section.address = tlsEnd;
      section.offset = offset;
      tlsEnd += section.room;
      continue;
    }
    if (section.type === SHT.NOBITS) {
      // The file has nothing for it, nor for what follows in this segment, which is NOBITS as well.
      address = Math.ceil(address / section.align) * section.align;
      section.address = address;
      section.offset = load.fileEnd;
      address += section.room;
    } else {
      advance(section.align);
      section.address = address;
      section.offset = offset;
      address += section.room;
      offset += section.room;
      load.fileEnd = offset;
    }
    load.end = address;
    if (isTls) tlsEnd = address;
  }
  const end = Math.max(address, tlsEnd);
  if (end > USER_SPACE) throw new DiagnosticError(addressesExhausted(end));
  if (segment === SegmentClass.RELRO && options.relro)
    loads.at(-1)!.end = Math.ceil(address / options.pageSize) * options.pageSize;
  const loadedBytes = loads.at(-1)!.fileEnd;
  const tls = loaded.filter(({ flags }) => flags & SHF.TLS);
  const tlsStart = tls[0]?.address ?? 0;
  const phdrs: Phdr[] = [];
  const header = (
    type: number,
    flags: number,
    from: number,
    at: number,
    filesz: number,
    memsz: number,
    align: number,
  ): void => {
    phdrs.push({ type, flags, offset: from, vaddr: at, paddr: at, filesz, memsz, align });
  };
  const covering = (type: number, flags: number, covered: readonly OutputSection[], align?: number): void => {
    const first = covered[0]!;
    const last = covered.at(-1)!;
    const inFile = covered.filter((section) => section.type !== SHT.NOBITS).at(-1);
    const filesz = inFile === undefined ? 0 : inFile.offset + inFile.size - first.offset;
    const largest = largestAlign(covered);
    header(
      type,
      flags,
      first.offset,
      first.address,
      filesz,
      last.address + last.size - first.address,
      align ?? largest,
    );
  };
  if (options.pie)
    header(PT.PHDR, PF.R, EHDR_BYTES, options.base + EHDR_BYTES, plan.count * PHDR_BYTES, plan.count * PHDR_BYTES, 8);
  for (const load of loads)
    header(
      PT.LOAD,
      load.flags,
      load.offset,
      load.address,
      load.fileEnd - load.offset,
      load.end - load.address,
      options.pageSize,
    );
  if (plan.dynamic !== undefined) covering(PT.DYNAMIC, PF.R | PF.W, [plan.dynamic]);
  for (const notes of plan.notes) covering(PT.NOTE, PF.R, notes);
  if (plan.property !== undefined) covering(PT.GNU_PROPERTY, PF.R, [plan.property]);
  if (tls.length > 0) covering(PT.TLS, PF.R, tls, tlsAlign);
  if (plan.ehFrameHdr !== undefined) covering(PT.GNU_EH_FRAME, PF.R, [plan.ehFrameHdr]);
  phdrs.push({
    type: PT.GNU_STACK,
    flags: PF.R | PF.W | (options.executableStack ? PF.X : 0),
    offset: 0,
    vaddr: 0,
    paddr: 0,
    filesz: 0,
    memsz: options.stackSize,
    align: 16,
  });
  if (plan.relro.length > 0) {
    // Whole pages are made read-only: where nothing follows, the rest of the last one belongs to the segment as well.
    const first = plan.relro[0]!;
    const last = plan.relro.at(-1)!;
    const end = last.type === SHT.NOBITS ? last.address : last.address + last.size;
    const memsz = Math.ceil(end / options.pageSize) * options.pageSize - first.address;
    header(
      PT.GNU_RELRO,
      PF.R,
      first.offset,
      first.address,
      last.offset + (last.type === SHT.NOBITS ? 0 : last.size) - first.offset,
      memsz,
      1,
    );
  }
  return { phdrs, loadedBytes, tlsStart, tlsSize: tlsEnd - tlsStart, tlsAlign, end: address };
}

function largestAlign(sections: readonly OutputSection[]): number {
  return sections.reduce((most, { align }) => Math.max(most, align), 1);
}

interface Segments {
  readonly count: number;
  readonly notes: readonly OutputSection[][];
  readonly relro: readonly OutputSection[];
  readonly dynamic: OutputSection | undefined;
  readonly property: OutputSection | undefined;
  readonly ehFrameHdr: OutputSection | undefined;
}

/** Which program headers there will be, before anything has its place: their number decides where everything is. */
function planSegments(loaded: readonly OutputSection[], options: PlaceOptions): Segments {
  const notes: OutputSection[][] = [];
  let before: OutputSection | undefined;
  for (const section of loaded) {
    if (section.type === SHT.NOTE) {
      // Notes of different alignment are read differently.
      if (before?.type === SHT.NOTE && before.align === section.align) notes.at(-1)!.push(section);
      else notes.push([section]);
    }
    before = section;
  }
  const find = (name: string): OutputSection | undefined => loaded.find((section) => section.name === name);
  const relro = options.relro ? loaded.filter((section) => classOf(section) === SegmentClass.RELRO) : [];
  let loads = 1;
  let flags = FLAGS[SegmentClass.HEADERS];
  for (const section of loaded) {
    const own = FLAGS[classOf(section)]!;
    if (own !== flags) loads++;
    flags = own;
  }
  const dynamic = find(".dynamic");
  const property = find(".note.gnu.property");
  const ehFrameHdr = find(".eh_frame_hdr");
  const tls = loaded.some((section) => section.flags & SHF.TLS);
  const single = [dynamic, property, ehFrameHdr].filter((section) => section !== undefined).length;
  const count = loads + notes.length + single + (options.pie ? 1 : 0) + (tls ? 1 : 0) + 1 + (relro.length > 0 ? 1 : 0);
  return { count, notes, relro, dynamic, property, ehFrameHdr };
}
