/** Constants as arguments of generics and as lengths of arrays in Rust's v0 mangling. */

import { refuse } from "../budget.js";
import type { Reader } from "./reader.js";
import { BASIC_TYPES, tuple } from "./types.js";
import { path } from "./v0.js";

/** With its type, or in braces where it is no plain value. */
export function genericConstant(p: Reader): string {
  if (p.accept("B")) return p.back(() => genericConstant(p));
  const tag = p.peek();
  const value = constant(p);
  if (/[RQATVe]/.test(tag)) return value.startsWith('"') ? value : `{${value}}`;
  return tag === "p" ? value : `${value}: ${BASIC_TYPES[tag]}`;
}

function constant(p: Reader): string {
  return p.budget.pay(p.budget.nested(() => anyConstant(p)));
}

function anyConstant(p: Reader): string {
  const tag = p.take(1);
  switch (tag) {
    case "p":
      return "_";
    case "B":
      return p.back(() => constant(p));
    case "b":
      return ["false", "true"][Number.parseInt(hexadecimal(p), 16)] ?? refuse();
    case "c":
      return character(Number.parseInt(hexadecimal(p), 16));
    case "e":
      return `*${string(p)}`;
    case "R":
      return p.accept("e") ? string(p) : `&${constant(p)}`;
    case "Q":
      return `&mut ${constant(p)}`;
    case "A":
      return `[${p.list(() => constant(p)).join(", ")}]`;
    case "T":
      return tuple(p.list(() => constant(p)));
    case "V": {
      const name = path(p, true);
      return name + fields(p);
    }
    default:
      return integer(p, tag);
  }
}

function integer(p: Reader, tag: string): string {
  const isSigned = /[aslxni]/.test(tag);
  if (!isSigned && !/[htmyoj]/.test(tag)) refuse();
  const sign = isSigned && p.accept("n") ? "-" : "";
  const digits = hexadecimal(p);
  return sign + (digits.length > 16 ? `0x${digits}` : BigInt(`0x${digits}`).toString());
}

/** Without zeros in front; none at all is 0. */
function hexadecimal(p: Reader): string {
  const digits = p.match(/[0-9a-f]*(?=_)/y) ?? refuse();
  p.expect("_");
  return digits.replace(/^0+/, "") || "0";
}

const ESCAPED: Readonly<Record<string, string>> = { "\t": "\\t", "\r": "\\r", "\n": "\\n", "'": "\\'", "\\": "\\\\" };

function character(code: number): string {
  if (!(code <= 0x10ffff) || (code >= 0xd800 && code < 0xe000)) refuse();
  const text = String.fromCodePoint(code);
  const isPlain = code >= 0x20 && code < 0x7f;
  return `'${ESCAPED[text] ?? (isPlain ? text : `\\u{${code.toString(16)}}`)}'`;
}

/** The bytes of its UTF-8, in hexadecimal. */
function string(p: Reader): string {
  const digits = p.match(/(?:[0-9a-f]{2})*(?=_)/y) ?? refuse();
  p.expect("_");
  return JSON.stringify(Buffer.from(digits, "hex").toString("utf8"));
}

/** Of a structure or a variant: none, unnamed, or named. */
function fields(p: Reader): string {
  if (p.accept("U")) return "";
  if (p.accept("T")) return `(${p.list(() => constant(p)).join(", ")})`;
  p.expect("S");
  const named = p.list(() => {
    p.disambiguator();
    const name = p.identifier();
    return `${name}: ${constant(p)}`;
  });
  return named.length === 0 ? " {}" : ` { ${named.join(", ")} }`;
}
