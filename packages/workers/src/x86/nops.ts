/**
 * What fills the gap before an alignment in code: the same no-operations as GNU `as` writes for generic x86-64
 * (`i386_generate_nops` with `alt_patt` in binutils' `gas/config/tc-i386.c`).
 */

/** The longest single no-operation. */
const LONGEST = 11;
/** Where this many of the longest ones and more would be run through, a jump goes over them. */
const MOST_RUN_THROUGH = 7;

const PATTERNS: readonly Uint8Array[] = [
  [],
  [0x90],
  [0x66, 0x90],
  [0x0f, 0x1f, 0x00],
  [0x0f, 0x1f, 0x40, 0],
  [0x0f, 0x1f, 0x44, 0, 0],
  [0x66, 0x0f, 0x1f, 0x44, 0, 0],
  [0x0f, 0x1f, 0x80, 0, 0, 0, 0],
  [0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
  [0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
  [0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
  [0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
].map((bytes) => Uint8Array.from(bytes));

/** Writes `count` bytes of no-operations to `code` from `at` on. */
export function fillWithNops(code: Uint8Array, at: number, count: number): void {
  const end = at + count;
  let p = at;
  if (Math.floor(count / LONGEST) > MOST_RUN_THROUGH) p = writeJumpOver(code, at, count);
  while (p < end) {
    const size = Math.min(LONGEST, end - p);
    const pattern = PATTERNS[size]!;
    for (let i = 0; i < size; i++) code[p++] = pattern[i]!;
  }
}

function writeJumpOver(code: Uint8Array, at: number, count: number): number {
  if (count - 2 <= 127) {
    code[at] = 0xeb;
    code[at + 1] = count - 2;
    return at + 2;
  }
  const distance = count - 5;
  code[at] = 0xe9;
  for (let i = 0; i < 4; i++) code[at + 1 + i] = distance >>> (8 * i);
  return at + 5;
}
