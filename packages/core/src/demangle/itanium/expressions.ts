/** <expression>, as it stands in template arguments, `decltype`, `noexcept` and array bounds. */

import { refuse } from "../budget.js";
import { enclosing, encoding } from "./mangled-name.js";
import { type Arguments, identifier, type Node } from "./node.js";
import { OPERATORS, type Operator } from "./operators.js";
import type { Parser } from "./parser.js";
import { templateArgument, templateParameter } from "./template-arguments.js";
import { type } from "./types.js";
import { memberName, scopedName, unresolvedName } from "./unresolved-names.js";

export function expression(p: Parser): Node {
  return p.budget.nested(() => p.within({ expression: true, conversion: false }, () => anyExpression(p)));
}

/** The condition that a template's arguments or a function must meet, if one stands here. */
export function templateConstraint(p: Parser): Node | undefined {
  return p.accept("Q") ? expression(p) : undefined;
}

function anyExpression(p: Parser): Node {
  const letter = p.peek();
  if (letter === "L") return primary(p);
  if (letter === "T") return templateParameter(p);
  if (/\d/.test(letter)) return unresolvedName(p);
  const parameter = functionParameter(p);
  if (parameter !== undefined) return parameter;
  const code = p.take(2);
  const rule = RULES[code];
  if (rule !== undefined) return rule(p);
  const operator = OPERATORS.get(code) ?? refuse();
  if (code in UNARY) return unary(operator, UNARY[code]?.(p) ?? refuse());
  return { kind: "binary", operator, left: expression(p), right: expression(p) };
}

/** Expressions that are written in a way of their own, behind their letters. */
const RULES: Readonly<Record<string, (p: Parser) => Node>> = {
  cc: namedCast,
  cl: call,
  cp: call,
  cv: cast,
  dX: (p) => ({ kind: "designator", at: expression(p), last: expression(p), member: false, value: expression(p) }),
  dc: namedCast,
  di: (p) => ({ kind: "designator", at: p.sourceName(), member: true, value: expression(p) }),
  dn: (p) => goBack(p, unresolvedName),
  dt: (p) => ({ kind: "binary", operator: operator("dt"), left: expression(p), right: memberName(p) }),
  dx: (p) => ({ kind: "designator", at: expression(p), member: false, value: expression(p) }),
  fL: (p) => fold(p, expression, expression),
  fR: (p) => fold(p, expression, expression),
  fl: (p) => fold(p, undefined, expression),
  fr: (p) => fold(p, expression, undefined),
  il: (p) => ({ kind: "braces", type: undefined, items: expressions(p, "E") }),
  mm: (p) => increment(p, operator("mm")),
  na: created,
  nw: created,
  on: (p) => goBack(p, unresolvedName),
  pp: (p) => increment(p, operator("pp")),
  pt: (p) => ({ kind: "binary", operator: operator("pt"), left: expression(p), right: memberName(p) }),
  qu: (p) => ({ kind: "conditional", condition: expression(p), yes: expression(p), no: expression(p) }),
  rc: namedCast,
  sc: namedCast,
  sp: (p) => ({ kind: "expansion", of: expression(p) }),
  sr: scopedName,
  tl: (p) => ({ kind: "braces", type: type(p), items: expressions(p, "E") }),
  tr: () => identifier("throw"),
};

/** What stands behind the letters of operators that take one operand in front of it. */
const UNARY: Readonly<Record<string, (p: Parser) => Node>> = {
  ad: expression,
  at: type,
  aw: expression,
  az: expression,
  co: expression,
  da: expression,
  de: expression,
  dl: expression,
  gs: expression,
  ng: expression,
  nt: expression,
  nx: expression,
  ps: expression,
  sP: (p) => ({ kind: "arguments", items: p.list(() => templateArgument(p), "E") }),
  sZ: expression,
  st: type,
  sz: expression,
  te: expression,
  ti: type,
  tw: expression,
};

function operator(code: string): Operator {
  return OPERATORS.get(code) ?? refuse();
}

function unary(operator: Operator, operand: Node, postfix = false): Node {
  return { kind: "unary", operator, operand, postfix };
}

function goBack(p: Parser, read: (p: Parser) => Node): Node {
  p.at -= 2;
  return read(p);
}

function expressions(p: Parser, end: string): Arguments {
  return { kind: "arguments", items: p.list(() => expression(p), end) };
}

/** <expr-primary>: a value of a type, or a function or variable. */
export function primary(p: Parser): Node {
  p.expect("L");
  if (p.accept("_Z") || p.accept("Z")) {
    const entity = encoding(p);
    p.expect("E");
    return entity.kind === "encoding" && entity.name.kind === "local" ? enclosing(entity) : entity;
  }
  const of = type(p);
  const negative = p.accept("n");
  const value = p.match(/[^E]*/y) ?? "";
  p.expect("E");
  if (value === "" && of.kind === "builtin" && of.text === "decltype(nullptr)") return of;
  return { kind: "literal", type: of, value, negative };
}

/** fp or fL <how many functions further out> p, <CV-qualifiers>, and a number; `fpT` is `this`. */
function functionParameter(p: Parser): Node | undefined {
  if (p.match(/f(L\d+)?p[rVK]*/y) === undefined) return undefined;
  return { kind: "function-parameter", number: p.accept("T") ? 0 : p.ordinal() + 1 };
}

function fold(p: Parser, left: typeof expression | undefined, right: typeof expression | undefined): Node {
  const operator = OPERATORS.get(p.take(2)) ?? refuse();
  return { kind: "fold", operator, left: left?.(p), right: right?.(p) };
}

/** `++` and `--` stand in front of the operand if `_` follows. */
function increment(p: Parser, operator: Operator): Node {
  const prefix = p.accept("_");
  return unary(operator, expression(p), !prefix);
}

function call(p: Parser): Node {
  return { kind: "binary", operator: operator("cl"), left: expression(p), right: expressions(p, "E") };
}

function cast(p: Parser): Node {
  const to = type(p);
  return { kind: "cast", to, operand: p.accept("_") ? expressions(p, "E") : expression(p) };
}

function namedCast(p: Parser): Node {
  const code = p.text.slice(p.at - 2, p.at);
  return { kind: "binary", operator: operator(code), left: type(p), right: expression(p) };
}

/** A `new` expression: arguments of `operator new`, the type, and how it is initialized. */
function created(p: Parser): Node {
  const placement = expressions(p, "_");
  const of = type(p);
  if (p.accept("E")) return { kind: "new", placement, type: of, initializer: undefined };
  const initializer = p.accept("pi") ? expressions(p, "E") : expression(p);
  return { kind: "new", placement, type: of, initializer };
}
