/**
 * Assembly text inside a JSON string, taken as it stands but for its line ends and tabs. These are escapes of two bytes in
 * JSON; what they mean is written over the first, and a blank over the second, which means nothing to the assembler there.
 * So every offset in the text remains one in the source, and nothing has to be mapped back.
 */

const QUOTE = 34;
const APOSTROPHE = 39;
const BACKSLASHES = 0x5c5c5c5c;
const BLANK = 32;
const BLANKS = 0x20202020;
const LOW_BITS = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;

/** By the letter of an escape: the byte that it means, 0 for those that need the careful decoder. */
const meanings = new Uint8Array(256);
meanings["n".charCodeAt(0)] = 10;
meanings["t".charCodeAt(0)] = 9;

/** The end of the JSON string that begins at `start`, behind its quote, as far as the next quote tells; -1 for none. */
export function endOfJson(source: Uint8Array, start: number): number {
  return source.indexOf(QUOTE, start);
}

/**
 * Replaces the escapes in the first `length` bytes of `text`, four bytes at a time, of which `view` is a view. False where
 * something needs the careful decoder: another escape, a control character, an escape in a character constant. Bytes
 * behind `length` may be read and must be there.
 */
export function unescapeLines(text: Uint8Array, view: DataView, length: number): boolean {
  for (let p = 0; p < length; p += 4) {
    const word = view.getInt32(p, true);
    // In both, the lowest bit that is set marks the first byte that is searched for.
    const others = word ^ BACKSLASHES;
    const found = ((others - LOW_BITS) & ~others & HIGH_BITS) | ((word - BLANKS) & ~word & HIGH_BITS);
    if (found === 0) continue;
    const at = p + ((31 - Math.clz32(found & -found)) >> 3);
    if (at >= length) break;
    const meaning = meanings[text[at + 1]!]!;
    if (text[at] !== 92 || meaning === 0 || at + 1 >= length || text[at - 1] === APOSTROPHE) return false;
    text[at] = meaning;
    text[at + 1] = BLANK;
    // Goes on behind the escape, by the loop's own step.
    p = at - 2;
  }
  return true;
}
