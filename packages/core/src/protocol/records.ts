/**
 * What an emit worker hands to the coordinator: fixed-size records and bytes, in an arena that the worker owns. One set
 * of records a chunk (a stretch of the input); indices and offsets within a set are relative to it where it says so.
 *
 * Writer: the worker that emitted the chunk, before it sets the chunk's STATUS. The fields marked `<` are written later
 * by the coordinator, which hands the chunk back to workers in shifts of their own. Readers: everyone.
 *
 * Declaration, 13 words:                             Relocation, 6 words:
 *   [0]  FLAGS         see DeclFlag                    [0] OFFSET   of its place in the blob
 *   [1]  SOURCE        byte in the chunk's text        [1] TYPE     the psABI's number
 *   [2]  NAME          arena offset of the bytes       [2] REF      index into the chunk's references
 *   [3]  NAME_LENGTH                                   [3] ADDEND_LOW, [4] ADDEND_HIGH
 *   [4]  HASH0..2      of the name, without scope      [5] SOURCE   byte in the chunk's text
 *   [7]  BLOB          arena offset of the contents
 *   [8]  SIZE          bytes (unsigned)              Reference, 8 words:
 *   [9]  RELOC         index of the first one          [0] KIND     RefKind
 *   [10] RELOC_COUNT                                   [1] HASH0..2 of the name; a uav: HASH0 is its index
 *   [11] REF           exports: what is exported       [4] SOURCE, [5] SOURCE_LENGTH  where the name stands
 *   [12] SYMBOL    <   its symbol                      [6] OFFSET   bytes into the nav
 *                                                      [7] SYMBOL < what it resolves to, or -1
 * Unnamed value or lazy symbol, 10 words:
 *   [0] HASH0..2       its identity                  A text offset counts from where the chunk's text begins.
 *   [3] BLOB, [4] SIZE
 *   [5] FLAGS          DeclFlag: kind, alignment, ABSOLUTE
 *   [6] RELOC, [7] RELOC_COUNT
 *   [8] SOURCE
 *   [9] SYMBOL     <
 */

export const Decl = {
  FLAGS: 0,
  SOURCE: 1,
  NAME: 2,
  NAME_LENGTH: 3,
  HASH0: 4,
  HASH1: 5,
  HASH2: 6,
  BLOB: 7,
  SIZE: 8,
  RELOC: 9,
  RELOC_COUNT: 10,
  REF: 11,
  SYMBOL: 12,
  WORDS: 13,
} as const;

export const Reloc = { OFFSET: 0, TYPE: 1, REF: 2, ADDEND_LOW: 3, ADDEND_HIGH: 4, SOURCE: 5, WORDS: 6 } as const;

export const Ref = {
  KIND: 0,
  HASH0: 1,
  HASH1: 2,
  HASH2: 3,
  SOURCE: 4,
  SOURCE_LENGTH: 5,
  OFFSET: 6,
  SYMBOL: 7,
  WORDS: 8,
} as const;

export const Uav = {
  HASH0: 0,
  HASH1: 1,
  HASH2: 2,
  BLOB: 3,
  SIZE: 4,
  FLAGS: 5,
  RELOC: 6,
  RELOC_COUNT: 7,
  SOURCE: 8,
  SYMBOL: 9,
  WORDS: 10,
} as const;

export const RefKind = { NAME: 0, UAV: 1 } as const;

/**
 * FLAGS of a declaration or an unnamed value:
 *   bits 0-3    DeclKind
 *   bits 4-9    log2 of the alignment
 *   bit  10     THREADLOCAL
 *   bit  11     ZERO: the contents are zeros, there is no blob
 *   bit  12     ABSOLUTE: holds a relocation whose value depends on where the program is loaded
 *   bit  13     WEAK
 *   bits 14-15  visibility (STV)
 *   bits 16-17  linkage of exports: ExportLinkage
 *   bits 18-21  type of externs (STT)
 *   bit  22     TYPED: emitted with the types of its manifest, and to be emitted again when they change
 *   bit  23  <  DEAD: was replaced or removed since; as if it were not there
 */
export const DeclFlag = {
  KIND: 0xf,
  THREADLOCAL: 0x400,
  ZERO: 0x800,
  ABSOLUTE: 0x1000,
  WEAK: 0x2000,
  TYPED: 0x400000,
  DEAD: 0x800000,
} as const;

/** The last two are lazy symbols, which have records as unnamed values have: functions, and constants. */
export const DeclKind = {
  FUNC: 0,
  CONST: 1,
  VAR: 2,
  EXTERN: 3,
  EXPORT: 4,
  UAV: 5,
  LAZY_CODE: 6,
  LAZY_DATA: 7,
} as const;

export const DECL_KIND_NAMES = ["func", "const", "var", "extern", "export"] as const;

export const ExportLinkage = { STRONG: 0, WEAK: 1, INTERNAL: 2 } as const;

const ALIGN_SHIFT = 4;
const VISIBILITY_SHIFT = 14;
const LINKAGE_SHIFT = 16;
const EXTERN_TYPE_SHIFT = 18;

export function packAlign(alignLog2: number): number {
  return alignLog2 << ALIGN_SHIFT;
}
export function alignOf(flags: number): number {
  return (flags >>> ALIGN_SHIFT) & 0x3f;
}
/** `flags` with the alignment replaced. */
export function withAlign(flags: number, alignLog2: number): number {
  return (flags & ~(0x3f << ALIGN_SHIFT)) | packAlign(alignLog2);
}
export function packVisibility(visibility: number): number {
  return visibility << VISIBILITY_SHIFT;
}
export function visibilityOf(flags: number): number {
  return (flags >>> VISIBILITY_SHIFT) & 3;
}
export function packLinkage(linkage: number): number {
  return linkage << LINKAGE_SHIFT;
}
export function linkageOf(flags: number): number {
  return (flags >>> LINKAGE_SHIFT) & 3;
}
export function packExternType(type: number): number {
  return type << EXTERN_TYPE_SHIFT;
}
export function externTypeOf(flags: number): number {
  return (flags >>> EXTERN_TYPE_SHIFT) & 0xf;
}
