/** <substitution>: a part of the name seen before, or a name of the standard library. */

import { refuse } from "../budget.js";
import { identifier, type Node, type Standard } from "./node.js";
import type { Parser } from "./parser.js";
import { sequence } from "./special-names.js";
import { abiTags } from "./unqualified-names.js";

const STANDARD: Readonly<Record<string, Standard>> = {
  a: standard("std::allocator", "allocator"),
  b: standard("std::basic_string", "basic_string"),
  d: standard("std::basic_iostream<char, std::char_traits<char> >", "basic_iostream"),
  i: standard("std::basic_istream<char, std::char_traits<char> >", "basic_istream"),
  o: standard("std::basic_ostream<char, std::char_traits<char> >", "basic_ostream"),
  s: standard("std::basic_string<char, std::char_traits<char>, std::allocator<char> >", "basic_string"),
};

function standard(text: string, structor: string): Standard {
  return { kind: "standard", text, structor: identifier(structor) };
}

export function substitution(p: Parser): Node {
  p.expect("S");
  const digits = p.match(/[0-9A-Z]*(?=_)/y);
  if (digits !== undefined) {
    p.expect("_");
    return p.recall(sequence(digits));
  }
  const abbreviated = STANDARD[p.take(1)] ?? refuse();
  p.lastName = abbreviated.structor;
  return p.peek() === "B" ? p.remember(abiTags(p, abbreviated)) : abbreviated;
}
