/**
 * The older mangling of Rust: a nested C++ name whose last part is a hash. What C++ has no letters for stands between dollar
 * signs. As in GNU c++filt, the hash remains: it tells instances apart.
 */

import type { Budget } from "../budget.js";
import { Cursor } from "../cursor.js";

/** `undefined` where the name is not one of these, but may be one of C++. */
export function demangleRustLegacy(name: string, budget: Budget): string | undefined {
  const p = new Cursor(name, budget);
  if (!p.accept("_ZN")) return undefined;
  const parts: string[] = [];
  while (!p.accept("E")) {
    budget.step();
    const length = Number(p.match(/\d{1,9}/y) ?? 0);
    if (length === 0 || p.at + length > name.length) return undefined;
    parts.push(p.take(length));
  }
  // Compilers add to the name what they make of the function.
  p.match(/\.[\w.@]*/y);
  const isRust =
    p.atEnd && /^h[0-9a-f]{16}$/.test(parts.at(-1) ?? "") && parts.every((part) => /^[\w$.:]+$/.test(part));
  return isRust ? budget.pay(parts.map((part) => unescaped(part, budget)).join("::")) : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "..": "::",
  $BP$: "*",
  $C$: ",",
  $GT$: ">",
  $LP$: "(",
  $LT$: "<",
  $RF$: "&",
  $RP$: ")",
  $SP$: "@",
};

/** Whatever follows an unknown escape remains as it is. */
function unescaped(part: string, budget: Budget): string {
  const p = new Cursor(part, budget);
  // What begins with a dollar sign has a letter put before it.
  if (p.looksAt("_$")) p.take(1);
  let text = "";
  for (;;) {
    const plain = p.match(/[^$.]+|\.(?!\.)/y);
    const escaped = plain === undefined ? p.match(/\.\.|\$[A-Z]+\$|\$u[0-9a-f]{1,6}\$/y) : undefined;
    const read = plain ?? (escaped === undefined ? undefined : (ESCAPES[escaped] ?? character(escaped)));
    if (read === undefined) return text + part.slice(p.at - (escaped?.length ?? 0));
    text += read;
  }
}

function character(escaped: string): string | undefined {
  if (!escaped.startsWith("$u")) return undefined;
  const code = Number.parseInt(escaped.slice(2, -1), 16);
  return isPrintable(code) ? String.fromCodePoint(code) : undefined;
}

function isPrintable(code: number): boolean {
  const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const isSurrogate = code >= 0xd800 && code < 0xe000;
  return !isControl && !isSurrogate && code <= 0x10ffff;
}
