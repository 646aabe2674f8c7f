/** Punycode (RFC 3492) as Rust has it: `_` in place of `-`, and lower-case letters only. */

const BASE = 36;
const DAMP = 700;
const SKEW = 38;
const FIRST_CODE = 0x80;

/** `basic` with the characters put in that `deltas` tells; `undefined` where that is malformed. */
export function decodePunycode(basic: string, deltas: string): string | undefined {
  const codes = Array.from(basic, (character) => character.codePointAt(0) ?? 0);
  let code = FIRST_CODE;
  let bias = 72;
  let position = 0;
  let at = 0;
  while (at < deltas.length) {
    const before = position;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      const digit = digitOf(deltas[at++] ?? "");
      if (digit === undefined) return undefined;
      position += digit * weight;
      const threshold = Math.min(Math.max(k - bias, 1), 26);
      if (digit < threshold) break;
      weight *= BASE - threshold;
      if (weight > 1e9) return undefined;
    }
    const count = codes.length + 1;
    bias = adapted(position - before, count, before === 0);
    code += Math.floor(position / count);
    position %= count;
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
    codes.splice(position++, 0, code);
  }
  return codes.map((each) => String.fromCodePoint(each)).join("");
}

function digitOf(letter: string): number | undefined {
  if (/[a-z]/.test(letter)) return letter.charCodeAt(0) - 0x61;
  return /\d/.test(letter) ? 26 + Number(letter) : undefined;
}

function adapted(delta: number, count: number, first: boolean): number {
  let rest = Math.floor(delta / (first ? DAMP : 2));
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > ((BASE - 1) * 26) / 2; k += BASE) rest = Math.floor(rest / (BASE - 1));
  return k + Math.floor((BASE * rest) / (rest + SKEW));
}
