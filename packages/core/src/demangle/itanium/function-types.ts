/** <function-type> and what parts of it stand elsewhere: the types of parameters, qualifiers of functions. */

import { refuse } from "../budget.js";
import { isVoid } from "./builtin-types.js";
import { expression } from "./expressions.js";
import type { Arguments, FunctionType, Qualifier } from "./node.js";
import type { Parser } from "./parser.js";
import { type } from "./types.js";

/** Behind its qualifiers and its F. */
export function functionType(p: Parser, qualifiers: readonly Qualifier[]): FunctionType {
  // extern "C"
  p.accept("Y");
  const bare = bareFunctionType(p, true);
  const reference: Qualifier[] = p.accept("R") ? [{ text: " &" }] : p.accept("O") ? [{ text: " &&" }] : [];
  p.expect("E");
  return { ...bare, qualifiers: [...qualifiers, ...reference] };
}

/** <bare-function-type> */
export function bareFunctionType(p: Parser, tellsResult: boolean): FunctionType {
  const result = p.accept("J") || tellsResult ? type(p) : undefined;
  return { kind: "function", result, parameters: parameterTypes(p), qualifiers: [] };
}

/** One type at least; none is written as `void`. */
export function parameterTypes(p: Parser): Arguments {
  const items = [];
  while (!p.atEnd && !/^([E.Q]|[RO]E)/.test(p.peek() + p.peek(1))) items.push(type(p));
  const [first] = items;
  if (first === undefined) refuse();
  return { kind: "arguments", items: items.length === 1 && isVoid(first) ? [] : items };
}

/** <exception-spec> or transaction safety, if one stands here. */
export function functionQualifier(p: Parser): Qualifier | undefined {
  if (p.accept("Dx")) return { text: " transaction_safe" };
  if (p.accept("Do")) return { text: " noexcept" };
  if (p.accept("DO")) {
    const operand = expression(p);
    p.expect("E");
    return { text: " noexcept", operand };
  }
  if (!p.accept("Dw")) return undefined;
  const operand: Arguments = { kind: "arguments", items: p.list(() => type(p), "E") };
  return { text: " throw", operand };
}
