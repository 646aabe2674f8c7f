/** Values of options: numbers as C has them, symbol definitions, the style of the build-id note. */

import type { ObjectLinkOptions, SymbolDefinition } from "@manifold/core";

/** A number in C's spelling (0x10, 020, 16), up to 2^53; undefined where it is none. */
export function parseNumber(text: string): number | undefined {
  const isNumber = /^(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(text);
  if (!isNumber) return undefined;
  const value = /^0[0-7]+$/.test(text) ? Number(`0o${text}`) : Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** An address in hexadecimal, with or without 0x: the options that begin with `-T` take nothing else. */
export function parseAddress(text: string): number | undefined {
  const value = /^(0x)?[0-9a-f]+$/i.test(text) ? Number.parseInt(text, 16) : undefined;
  return Number.isSafeInteger(value) ? value : undefined;
}

export function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value));
}

const TERM = /\s*([-+]?)\s*(?:(0x[0-9a-f]+|[0-9]+)([KM]?)|([A-Za-z_.$][\w.$@]*))\s*/iy;
const UNITS: Readonly<Record<string, number>> = { "": 1, K: 1 << 10, M: 1 << 20 };

/** `name=symbol+0x10`, `name=4096`: a sum of numbers and at most one symbol. Undefined where it is anything else. */
export function parseDefinition(text: string): SymbolDefinition | undefined {
  const equals = text.indexOf("=");
  const name = text.slice(0, equals).trim();
  const expression = text.slice(equals + 1);
  if (equals === -1 || !/^[^\s()*+/-]+$/.test(name) || expression.trim() === "") return undefined;
  let symbol: string | undefined;
  let addend = 0;
  for (let at = 0; at < expression.length; at = TERM.lastIndex) {
    TERM.lastIndex = at;
    const term = TERM.exec(expression);
    if (term === null) return undefined;
    const [, sign, digits, unit = "", word] = term;
    // Two terms need a sign between them, and a symbol cannot be taken away.
    if ((at > 0 && sign === "") || (word !== undefined && (sign === "-" || symbol !== undefined))) return undefined;
    symbol ??= word;
    if (digits === undefined) continue;
    const value = parseNumber(digits);
    if (value === undefined) return undefined;
    addend += (sign === "-" ? -1 : 1) * value * UNITS[unit.toUpperCase()]!;
  }
  return Number.isSafeInteger(addend) ? { name, symbol, addend } : undefined;
}

type BuildId = ObjectLinkOptions["buildId"];

const BUILD_IDS: Readonly<Record<string, BuildId>> = {
  // What other linkers have for hashes that may be whatever is fast.
  fast: "sha1",
  tree: "sha1",
  md5: "md5",
  none: "none",
  sha1: "sha1",
  uuid: "uuid",
};

export const BUILD_ID_STYLES = "sha1, md5, uuid, none, or 0x and the bytes in hexadecimal";

/** The value of `--build-id=`; undefined where it is none of BUILD_ID_STYLES. */
export function parseBuildId(text: string): BuildId | undefined {
  if (Object.hasOwn(BUILD_IDS, text)) return BUILD_IDS[text];
  if (!/^0x/i.test(text)) return undefined;
  const digits = text.slice(2).replace(/[-:]/g, "");
  return /^([0-9a-f]{2})+$/i.test(digits) ? new Uint8Array(Buffer.from(digits, "hex")) : undefined;
}
