/**
 * Every word the assembler knows (mnemonics, prefixes, registers, sizes, directives) in one open-addressed hash table
 * over bytes, so that a token costs one hash and one comparison whatever it turns out to be. Case does not matter.
 */
import { MNEMONICS } from "./form-table.js";
import { Prefix } from "./instruction.js";
import { REGISTER_NAMES } from "./registers.js";

/** What a word is. A keyword is `kind << 16 | value`; 0 is no keyword. */
export const Word = {
  NONE: 0,
  /** Value: mnemonic id. */
  MNEMONIC: 1,
  /** Value: bits of `Prefix`. */
  PREFIX: 2,
  /** Value: register id. */
  REGISTER: 3,
  /** `BYTE`, `DWORD`, ... Value: bytes. */
  SIZE: 4,
  PTR: 5,
  OFFSET: 6,
  FLAT: 7,
  /** Value: one of `Directive`. */
  DIRECTIVE: 8,
} as const;

export const Directive = {
  BYTE: 0,
  SHORT: 1,
  LONG: 2,
  QUAD: 3,
  ASCII: 4,
  ASCIZ: 5,
  SKIP: 6,
  P2ALIGN: 7,
  BALIGN: 8,
  /** Accepted and ignored to the end of the statement. */
  IGNORED: 9,
  /** Names a section: only `.text` and its subsections are accepted. */
  SECTION: 10,
} as const;

const directives: Readonly<Record<string, number>> = {
  ".byte": Directive.BYTE,
  ".word": Directive.SHORT,
  ".value": Directive.SHORT,
  ".short": Directive.SHORT,
  ".hword": Directive.SHORT,
  ".2byte": Directive.SHORT,
  ".long": Directive.LONG,
  ".int": Directive.LONG,
  ".4byte": Directive.LONG,
  ".quad": Directive.QUAD,
  ".8byte": Directive.QUAD,
  ".ascii": Directive.ASCII,
  ".asciz": Directive.ASCIZ,
  ".string": Directive.ASCIZ,
  ".zero": Directive.SKIP,
  ".skip": Directive.SKIP,
  ".space": Directive.SKIP,
  ".p2align": Directive.P2ALIGN,
  ".balign": Directive.BALIGN,
  ".align": Directive.BALIGN,
  ".section": Directive.SECTION,
  ".pushsection": Directive.SECTION,
  ".data": Directive.SECTION,
  ".bss": Directive.SECTION,
};
const ignored =
  ".text .popsection .previous .type .size .globl .global .local .weak .hidden .internal .protected .file .loc .ident .intel_syntax .code64 " +
  ".addrsig .addrsig_sym";

const prefixes: Readonly<Record<string, number>> = {
  lock: Prefix.LOCK,
  rep: Prefix.REP,
  repe: Prefix.REPE,
  repz: Prefix.REPE,
  repne: Prefix.REPNE,
  repnz: Prefix.REPNE,
  notrack: Prefix.NOTRACK,
  bnd: Prefix.BND,
  data16: Prefix.DATA16,
  addr32: Prefix.ADDR32,
  rex64: Prefix.REX_W,
};

const sizes: Readonly<Record<string, number>> = {
  byte: 1,
  word: 2,
  dword: 4,
  qword: 8,
  mmword: 8,
  tbyte: 10,
  xmmword: 16,
  oword: 16,
};

/**
 * Folds letters to lower case and maps bytes that cannot stand in an identifier to 0. Letters, digits, `_`, `.`, `$`
 * and every byte of a multi-byte UTF-8 character can.
 */
export const FOLD: Uint8Array = new Uint8Array(256);
for (let c = 0; c < 256; c++) {
  const char = String.fromCharCode(c);
  if (c >= 128 || /[a-z0-9_.$]/.test(char)) FOLD[c] = c;
  else if (/[A-Z]/.test(char)) FOLD[c] = c + 32;
}

export const HASH_SEED = 0x2f0b4c47;
export const HASH_PRIME = 0x01000193;

const words: [string, number][] = [
  ...MNEMONICS.map((name, id): [string, number] => [name, (Word.MNEMONIC << 16) | id]),
  ...REGISTER_NAMES.map((name, id): [string, number] => [name, (Word.REGISTER << 16) | id]),
  ...Object.entries(prefixes).map(([name, bits]): [string, number] => [name, (Word.PREFIX << 16) | bits]),
  ...Object.entries(sizes).map(([name, bytes]): [string, number] => [name, (Word.SIZE << 16) | bytes]),
  ...Object.entries(directives).map(([name, id]): [string, number] => [name, (Word.DIRECTIVE << 16) | id]),
  ...ignored.split(" ").map((name): [string, number] => [name, (Word.DIRECTIVE << 16) | Directive.IGNORED]),
  ["ptr", Word.PTR << 16],
  ["offset", Word.OFFSET << 16],
  ["flat", Word.FLAT << 16],
];

/**
 * Open addressing; a slot is four words, so that a lookup touches one cache line: the word's last eight bytes (low half,
 * high half), its length, and what it is. Length 0: free.
 */
const SLOT_BITS = 13;
const slotMask = (1 << SLOT_BITS) - 1;
const table = new Int32Array(4 << SLOT_BITS);
/** Words of more than eight bytes by slot. */
const longWords = new Map<number, Uint8Array>();

for (const [name, value] of words) {
  let hash = HASH_SEED;
  let low = 0;
  let high = 0;
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    hash = Math.imul(hash ^ c, HASH_PRIME);
    high = (high << 8) | (low >>> 24);
    low = (low << 8) | c;
  }
  let slot = (hash ^ (hash >>> 15)) & slotMask;
  while (table[4 * slot + 2] !== 0) slot = (slot + 1) & slotMask;
  table.set([low, high, name.length, value], 4 * slot);
  if (name.length > 8) longWords.set(slot, Uint8Array.from(Buffer.from(name)));
}

/**
 * The keyword that a token spells, as `kind << 16 | value`, or 0. `hash` is the hash over the folded bytes: from
 * `HASH_SEED`, `hash = imul(hash ^ byte, HASH_PRIME)` for each; `low` and `high` are the last eight of them. Tokens of up to
 * eight bytes are told apart exactly by these; for longer ones `text` is read again.
 */
export function findKeyword(
  text: Uint8Array,
  start: number,
  length: number,
  hash: number,
  low: number,
  high: number,
): number {
  let slot = (hash ^ (hash >>> 15)) & slotMask;
  for (let at = 4 * slot; table[at + 2] !== 0; at = 4 * slot) {
    if (table[at] === low && table[at + 1] === high && table[at + 2] === length) {
      if (length <= 8 || sameHead(text, start, longWords.get(slot)!)) return table[at + 3]!;
    }
    slot = (slot + 1) & slotMask;
  }
  return 0;
}

/** Whether the token at `start` begins as `word` does, up to the last eight bytes. */
function sameHead(text: Uint8Array, start: number, word: Uint8Array): boolean {
  for (let i = word.length - 9; i >= 0; i--) if (FOLD[text[start + i]!] !== word[i]) return false;
  return true;
}

/** All words of one kind, for suggestions. */
export function wordsOfKind(kind: number): readonly string[] {
  return words.filter(([, value]) => value >>> 16 === kind).map(([name]) => name);
}
