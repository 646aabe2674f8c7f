/** <special-name>: what compilers make for classes, variables and functions. */

import { refuse } from "../budget.js";
import { encoding } from "./mangled-name.js";
import { moduleName, name } from "./names.js";
import type { Node } from "./node.js";
import type { Parser } from "./parser.js";
import { templateArgument } from "./template-arguments.js";
import { type } from "./types.js";

const RULES: Readonly<Record<string, readonly [text: string, of: (p: Parser) => Node]>> = {
  GA: ["hidden alias for ", encoding],
  GI: ["initializer for module ", moduleName],
  GTn: ["non-transaction clone for ", encoding],
  GTt: ["transaction clone for ", encoding],
  GV: ["guard variable for ", name],
  TA: ["template parameter object for ", templateArgument],
  TF: ["typeinfo fn for ", type],
  TH: ["TLS init function for ", name],
  TI: ["typeinfo for ", type],
  TJ: ["java Class for ", type],
  TS: ["typeinfo name for ", type],
  TT: ["VTT for ", type],
  TV: ["vtable for ", type],
  TW: ["TLS wrapper function for ", name],
  Tc: ["covariant return thunk to ", (p) => behind(p, /((hn?|vn?\d+_n?)\d+_){2}/y)],
  Th: ["non-virtual thunk to ", (p) => behind(p, /n?\d+_/y)],
  Tv: ["virtual thunk to ", (p) => behind(p, /n?\d+_n?\d+_/y)],
};

export function specialName(p: Parser): Node {
  if (p.accept("TC")) return constructionTable(p);
  if (p.accept("GR")) return referenceTemporary(p);
  const code = p.take(p.looksAt("GT") ? 3 : 2);
  const [text, of] = RULES[code] ?? refuse();
  return { kind: "phrase", parts: [text, of(p)] };
}

/** A function behind the offsets by which a thunk adjusts `this` and its result, which are not told. */
function behind(p: Parser, offsets: RegExp): Node {
  if (p.match(offsets) === undefined) refuse();
  return encoding(p);
}

/** The table of a base class while an object of a derived class is constructed. */
function constructionTable(p: Parser): Node {
  const derived = type(p);
  p.number();
  p.expect("_");
  return { kind: "phrase", parts: ["construction vtable for ", type(p), "-in-", derived] };
}

/** What a reference was bound to; older compilers write its number without `_`. */
function referenceTemporary(p: Parser): Node {
  const variable = name(p);
  const digits = p.match(/[0-9A-Z]+/y);
  const number = p.accept("_") ? sequence(digits) : Number(digits ?? refuse());
  return { kind: "phrase", parts: [`reference temporary #${number} for `, variable] };
}

/** <seq-id>: nothing for 0, `0` for 1, `Z` for 36. */
export function sequence(digits: string | undefined): number {
  const number = digits === undefined || digits === "" ? -1 : Number.parseInt(digits, 36);
  if (number > 1e9) refuse();
  return number + 1;
}
