/**
 * The records behind the node tree. A node is a range of its parent; the tree itself, its rules and its operations are
 * in `mapped-file.ts`.
 *
 * Node record, 10 words:
 *   [0] PARENT   index, or NONE for a root
 *   [1] PREV     sibling before, by offset; free records: the next free record
 *   [2] NEXT     sibling after
 *   [3] FIRST    first child; holes: the previous hole of the same bin
 *   [4] LAST     last child; holes: the next hole of the same bin
 *   [5] OFFSET   bytes from the parent's start (unsigned)
 *   [6] SIZE     bytes (unsigned)
 *   [7] FLAGS    see below
 *   [8] OWNER    what the node holds, an index whose meaning its kind gives
 *   [9] spare
 *
 * Flags word:
 *   bits 0-5    log2 of the alignment
 *   bits 6-7    place: floating, header or footer
 *   bit  8      MOVED, bit 9 RESIZED: changed since the last flush
 *   bit  10     CONTENT: might hold bytes other than zero
 *   bit  11     HOLE: a free range between siblings
 *   bit  12     FREE: the record is unused
 *   bit  13     QUEUED: the index stands in the queue of updates
 *   bits 16-23  kind of owner
 *
 * Writer: the coordinator. Workers read offsets, in shifts that start after its last write.
 */

import { PagedWords } from "../memory/paged-words.js";

export const NONE = -1;

export const Field = {
  PARENT: 0,
  PREV: 1,
  NEXT: 2,
  FIRST: 3,
  LAST: 4,
  OFFSET: 5,
  SIZE: 6,
  FLAGS: 7,
  OWNER: 8,
} as const;
export const NODE_WORDS = 10;

export const Flag = {
  MOVED: 0x100,
  RESIZED: 0x200,
  CONTENT: 0x400,
  HOLE: 0x800,
  FREE: 0x1000,
  QUEUED: 0x2000,
} as const;
const ALIGN_MASK = 0x3f;
const PLACE_SHIFT = 6;
const PLACE_MASK = 3 << PLACE_SHIFT;
const KIND_SHIFT = 16;

/** Where among its siblings a node stands. */
export const NodePlace = { FLOATING: 0, HEADER: 1, FOOTER: 2 } as const;
export type NodePlace = (typeof NodePlace)[keyof typeof NodePlace];

/** What a node holds: the names that `dump` prints. */
export const NodeKind = {
  FILE: 0,
  EHDR: 1,
  PHDR: 2,
  SHDR: 3,
  SEGMENT: 4,
  SECTION: 5,
  NAV: 6,
  UAV: 7,
  LAZY: 8,
  HOLE: 9,
} as const;
export type NodeKind = (typeof NodeKind)[keyof typeof NodeKind];

export const NODE_KIND_NAMES = [
  "file",
  "ehdr",
  "phdr",
  "shdr",
  "segment",
  "section",
  "nav",
  "uav",
  "lazy",
  "hole",
] as const;

/** What a node table holds besides its records, for a session on disk. */
export interface NodeTableState {
  readonly count: number;
  readonly free: number;
  readonly freeCount: number;
}

export class NodeTable {
  readonly table: PagedWords;
  #count = 0;
  #free: number = NONE;
  #freeCount = 0;

  constructor(expected = 1024, restored?: { readonly table: PagedWords; readonly state: NodeTableState }) {
    this.table = restored?.table ?? new PagedWords("node table", expected * NODE_WORDS);
    if (restored === undefined) return;
    this.#count = restored.state.count;
    this.#free = restored.state.free;
    this.#freeCount = restored.state.freeCount;
  }

  /** Records in use or free: indices below this are valid. */
  get length(): number {
    return this.#count;
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  get buffer(): SharedArrayBuffer {
    return this.table.buffer;
  }

  /** The records; made anew when the table grows, so that loops fetch it once and calls in between fetch it again. */
  get words(): Int32Array<SharedArrayBuffer> {
    return this.table.words;
  }

  get state(): NodeTableState {
    return { count: this.#count, free: this.#free, freeCount: this.#freeCount };
  }

  /** Makes room for `more` records, so that `add` need not look. */
  reserve(more: number): void {
    this.table.ensure((this.#count + more) * NODE_WORDS);
  }

  /** A record without relatives, at offset 0. A freed index is used first. */
  add(size: number, alignLog2: number, place: NodePlace, kind: NodeKind, owner: number): number {
    let queued = 0;
    let index = this.#free;
    if (index === NONE) {
      this.reserve(1);
      index = this.#count++;
    } else {
      this.#free = this.prev(index);
      this.#freeCount--;
      queued = this.table.get(index * NODE_WORDS + Field.FLAGS) & Flag.QUEUED;
    }
    const at = index * NODE_WORDS;
    this.table.touch(at);
    this.table.touch(at + NODE_WORDS - 1);
    const words = this.words;
    words[at + Field.PARENT] = NONE;
    words[at + Field.PREV] = NONE;
    words[at + Field.NEXT] = NONE;
    words[at + Field.FIRST] = NONE;
    words[at + Field.LAST] = NONE;
    words[at + Field.OFFSET] = 0;
    words[at + Field.SIZE] = size;
    words[at + Field.FLAGS] = alignLog2 | (place << PLACE_SHIFT) | (kind << KIND_SHIFT) | queued;
    words[at + Field.OWNER] = owner;
    return index;
  }

  /** Gives the record back. It may still stand in the queue of updates, hence QUEUED stays. */
  free(index: number): void {
    const at = index * NODE_WORDS;
    this.table.set(at + Field.FLAGS, Flag.FREE | (this.table.get(at + Field.FLAGS) & Flag.QUEUED));
    this.table.set(at + Field.PREV, this.#free);
    this.#free = index;
    this.#freeCount++;
  }

  parent(index: number): number {
    return this.table.get(index * NODE_WORDS + Field.PARENT);
  }
  prev(index: number): number {
    return this.table.get(index * NODE_WORDS + Field.PREV);
  }
  next(index: number): number {
    return this.table.get(index * NODE_WORDS + Field.NEXT);
  }
  first(index: number): number {
    return this.table.get(index * NODE_WORDS + Field.FIRST);
  }
  last(index: number): number {
    return this.table.get(index * NODE_WORDS + Field.LAST);
  }
  offset(index: number): number {
    return this.table.get(index * NODE_WORDS + Field.OFFSET) >>> 0;
  }
  size(index: number): number {
    return this.table.get(index * NODE_WORDS + Field.SIZE) >>> 0;
  }
  end(index: number): number {
    return this.offset(index) + this.size(index);
  }
  owner(index: number): number {
    return this.table.get(index * NODE_WORDS + Field.OWNER);
  }
  alignLog2(index: number): number {
    return this.table.get(index * NODE_WORDS + Field.FLAGS) & ALIGN_MASK;
  }
  place(index: number): NodePlace {
    return ((this.table.get(index * NODE_WORDS + Field.FLAGS) & PLACE_MASK) >> PLACE_SHIFT) as NodePlace;
  }
  kind(index: number): NodeKind {
    return ((this.table.get(index * NODE_WORDS + Field.FLAGS) >>> KIND_SHIFT) & 0xff) as NodeKind;
  }
  has(index: number, flag: number): boolean {
    return (this.table.get(index * NODE_WORDS + Field.FLAGS) & flag) !== 0;
  }

  set(index: number, field: (typeof Field)[keyof typeof Field], value: number): void {
    this.table.set(index * NODE_WORDS + field, value);
  }
  setAlignLog2(index: number, alignLog2: number): void {
    const at = index * NODE_WORDS + Field.FLAGS;
    this.table.set(at, (this.table.get(at) & ~ALIGN_MASK) | alignLog2);
  }
  raise(index: number, flag: number): void {
    const at = index * NODE_WORDS + Field.FLAGS;
    this.table.set(at, this.table.get(at) | flag);
  }
  clear(index: number, flag: number): void {
    const at = index * NODE_WORDS + Field.FLAGS;
    this.table.set(at, this.table.get(at) & ~flag);
  }
}

/** `offset` rounded up to a multiple of 2^alignLog2; exact beyond 2^31. */
export function alignUp(offset: number, alignLog2: number): number {
  // In 32 bits where that is exact, which it nearly always is: the remainder of doubles takes ten times as long.
  if (offset < 0x40000000 && alignLog2 < 30) {
    const mask = (1 << alignLog2) - 1;
    return (offset + mask) & ~mask;
  }
  const align = 2 ** alignLog2;
  const rest = offset % align;
  return rest === 0 ? offset : offset + align - rest;
}

/** `offset` rounded down to a multiple of 2^alignLog2. */
export function alignDown(offset: number, alignLog2: number): number {
  return offset - (offset % 2 ** alignLog2);
}
