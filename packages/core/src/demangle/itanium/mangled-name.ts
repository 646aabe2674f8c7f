/** <mangled-name> and <encoding>: a function with its type, a variable, or something that the compiler made for one. */

import { type Budget, refuse } from "../budget.js";
import { templateConstraint } from "./expressions.js";
import { bareFunctionType } from "./function-types.js";
import { name } from "./names.js";
import { identifier, type Node } from "./node.js";
import { Parser } from "./parser.js";
import { Printer } from "./printer.js";
import { specialName } from "./special-names.js";

/** What a name that begins with `_Z` or `_GLOBAL_` says. */
export function demangleItanium(text: string, budget: Budget): string {
  const p = new Parser(text, budget);
  const made = p.match(/_GLOBAL_[._$][DI]_/y);
  const node = made === undefined ? mangledName(p) : madeForFile(p, made.includes("I"));
  if (!p.atEnd) refuse();
  return new Printer(budget).text(node);
}

/** A function that runs the constructors or destructors of a file, which is named after something in the file. */
function madeForFile(p: Parser, constructors: boolean): Node {
  const file = p.looksAt("_Z") ? mangledName(p) : identifier(p.take(p.text.length - p.at));
  return { kind: "phrase", parts: [`global ${constructors ? "constructors" : "destructors"} keyed to `, file] };
}

/** With the suffixes of compilers that make several functions of one. */
function mangledName(p: Parser): Node {
  p.expect("_Z");
  let node = encoding(p);
  for (;;) {
    const suffix = p.match(/\.[a-z0-9_]+(\.\d+)*/y);
    if (suffix === undefined) return node;
    node = { kind: "phrase", parts: [node, ` [clone ${suffix}]`] };
  }
}

export function encoding(p: Parser): Node {
  return p.budget.nested(() => {
    if (p.peek() === "G" || p.peek() === "T") return specialName(p);
    const called = name(p);
    if (p.atEnd || p.peek() === "E" || p.peek() === ".") return called;
    const type = bareFunctionType(p, tellsResult(called));
    const constraint = templateConstraint(p);
    return { kind: "encoding", name: called, type: constraint === undefined ? type : { ...type, constraint } };
  });
}

/** A function that something belongs to: without the type of its result, which would look like that of the whole. */
export function enclosing(node: Node): Node {
  return node.kind === "encoding" ? { ...node, type: { ...node.type, result: undefined } } : node;
}

/** Only the types of templates' instances begin with that of the result, and not where it can be told from the name. */
function tellsResult(node: Node): boolean {
  if (node.kind === "local" || node.kind === "method") return tellsResult(node.name);
  return node.kind === "template" && !isSelfTelling(node.name);
}

function isSelfTelling(node: Node): boolean {
  let last = node;
  while (last.kind === "scoped" || last.kind === "local" || last.kind === "tagged") last = last.name;
  return last.kind === "structor" || last.kind === "conversion";
}
