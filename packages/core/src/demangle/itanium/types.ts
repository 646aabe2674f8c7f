/** <type>. All but builtin types can be referred back to. */

import { refuse } from "../budget.js";
import { BUILTIN_TYPES, builtin } from "./builtin-types.js";
import { expression } from "./expressions.js";
import { functionQualifier, functionType } from "./function-types.js";
import { cvQualifiers, name } from "./names.js";
import { identifier, type Node, type Qualifier } from "./node.js";
import type { Parser } from "./parser.js";
import { substitution } from "./substitutions.js";
import { templateParameter, withArguments } from "./template-arguments.js";

export function type(p: Parser): Node {
  return p.budget.nested(() => {
    if (isQualified(p)) return p.remember(qualified(p));
    const simple = builtinType(p);
    if (simple !== undefined) return simple;
    if (p.peek() === "S" && p.peek(1) !== "t") return substituted(p);
    return p.remember(compound(p));
  });
}

function isQualified(p: Parser): boolean {
  return /^([rVK]|D[xoOw])/.test(p.peek() + p.peek(1));
}

/** Qualifiers before a function type are the function's. */
function qualified(p: Parser): Node {
  const read: Qualifier[] = [];
  while (isQualified(p)) {
    const cv = cvQualifiers(p);
    if (cv.length === 0) read.push(functionQualifier(p) ?? refuse());
    for (const text of cv.toReversed()) read.push({ text: ` ${text}` });
  }
  read.reverse();
  if (p.accept("F")) return functionType(p, read);
  return read.reduce((of: Node, { text }): Node => {
    if (!/^ (const|volatile|restrict)$/.test(text)) refuse();
    return { kind: "suffixed", of, suffix: identifier(text.slice(1)), once: true };
  }, type(p));
}

function builtinType(p: Parser): Node | undefined {
  const code = p.peek() === "D" ? p.text.slice(p.at, p.at + 2) : p.peek();
  const found = BUILTIN_TYPES.get(code);
  if (found !== undefined) p.at += code.length;
  return found ?? sizedType(p);
}

/** Types of any number of bits: `_Float16`, `_Float32x`, `std::bfloat16_t`, `_BitInt(7)`. */
function sizedType(p: Parser): Node | undefined {
  if (p.accept("DF16b")) return builtin("std::bfloat16_t", "bits");
  const float = p.match(/DF\d{1,4}[x_]/y)?.slice(2);
  if (float !== undefined) return builtin(`_Float${float.replace("_", "")}`, "bits");
  const integer = p.match(/D[BU]\d{1,9}_/y);
  return integer === undefined
    ? undefined
    : builtin(`${integer.startsWith("DU") ? "unsigned " : ""}_BitInt(${integer.slice(2, -1)})`);
}

/** What was referred back to need not be remembered again, but with template arguments it is another. */
function substituted(p: Parser): Node {
  const { at } = p;
  const named = substitution(p);
  if (named.kind === "module") {
    // The name in it follows.
    p.at = at;
    return p.remember(name(p));
  }
  return p.peek() === "I" ? p.remember(withArguments(p, named)) : named;
}

/** Types that begin with a letter of their own; all others are names. */
const COMPOUND: Readonly<Record<string, (p: Parser) => Node>> = {
  A: array,
  C: (p) => ({ kind: "suffixed", of: type(p), suffix: identifier("_Complex"), once: false }),
  D: deduced,
  F: (p) => functionType(p, []),
  G: (p) => ({ kind: "suffixed", of: type(p), suffix: identifier("_Imaginary"), once: false }),
  M: (p) => ({ kind: "member-pointer", owner: type(p), to: type(p) }),
  O: (p) => ({ kind: "reference", symbol: "&&", to: type(p) }),
  P: (p) => ({ kind: "pointer", to: type(p) }),
  R: (p) => ({ kind: "reference", symbol: "&", to: type(p) }),
  U: vendorQualified,
  u: (p) => withArguments(p, p.sourceName()),
};

function compound(p: Parser): Node {
  if (p.peek() === "T") return parameterOrElaborated(p);
  const rule = /^U[lt]/.test(p.peek() + p.peek(1)) ? undefined : COMPOUND[p.peek()];
  if (rule === undefined) return name(p);
  p.take(1);
  return rule(p);
}

/** <array-type>, behind its A. */
function array(p: Parser): Node {
  const dimension = p.peek() === "_" ? undefined : dimensionOf(p);
  p.expect("_");
  return { kind: "array", dimension, of: type(p) };
}

function dimensionOf(p: Parser): Node {
  const digits = p.match(/\d+/y);
  return digits === undefined ? expression(p) : identifier(digits);
}

/** Types that begin with D and are made of an expression or of another type. */
function deduced(p: Parser): Node {
  if (p.accept("p")) return { kind: "expansion", of: type(p) };
  if (p.accept("v")) {
    p.accept("_");
    const dimension = dimensionOf(p);
    p.expect("_");
    return { kind: "vector", dimension, of: type(p) };
  }
  if (p.match(/[tT]/y) === undefined) refuse();
  const of = expression(p);
  p.expect("E");
  return { kind: "decltype", of };
}

/** U <source-name> [<template-args>] <type> */
function vendorQualified(p: Parser): Node {
  const suffix = withArguments(p, p.sourceName());
  return { kind: "suffixed", of: type(p), suffix, once: false };
}

/** A template parameter, or `struct`, `union` or `enum` and a name. */
function parameterOrElaborated(p: Parser): Node {
  if (p.match(/T[sue]/y) !== undefined) return name(p);
  const parameter = templateParameter(p);
  if (p.peek() !== "I") return parameter;
  if (!p.inConversion) return withArguments(p, p.remember(parameter));
  // The arguments are those of the conversion operator, unless more of them follow.
  const goBack = p.mark();
  const template = withArguments(p, p.remember(parameter));
  if (p.peek() === "I") return template;
  goBack();
  return parameter;
}
