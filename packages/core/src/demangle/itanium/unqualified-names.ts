/** <unqualified-name>: identifiers, operators, constructors, and what has no name: lambdas, types, structured bindings. */

import { refuse } from "../budget.js";
import { parameterTypes } from "./function-types.js";
import { moduleName } from "./names.js";
import type { Node } from "./node.js";
import { OPERATORS } from "./operators.js";
import type { Parser } from "./parser.js";
import { templateHeads } from "./template-arguments.js";
import { type } from "./types.js";

/** With its module and its ABI tags, within `scope`. */
export function unqualifiedName(p: Parser, scope?: Node, parentModule?: Node): Node {
  return p.budget.nested(() => {
    const module = p.peek() === "W" ? moduleName(p, parentModule) : parentModule;
    // A friend with a constraint of its own.
    p.accept("F");
    let name = unadorned(p);
    if (module !== undefined) name = { kind: "attached", name, module };
    name = abiTags(p, name);
    return scope === undefined ? name : { kind: "scoped", scope, name };
  });
}

function unadorned(p: Parser): Node {
  const letter = p.peek();
  if (/\d/.test(letter)) return p.sourceName();
  if (/[a-z]/.test(letter)) return operatorName(p);
  if (p.accept("DC"))
    return { kind: "binding", names: { kind: "arguments", items: p.list(() => p.sourceName(), "E") } };
  if (letter === "C" || letter === "D") return structor(p);
  if (p.accept("Ul")) return lambda(p);
  if (p.accept("Ut")) return { kind: "unnamed", number: p.ordinal() };
  if (!p.accept("L")) refuse();
  // Static in its file.
  const internal = p.sourceName();
  discriminator(p);
  return internal;
}

/** [B <source-name>]*; constructors are not called by the tags of their class. */
export function abiTags(p: Parser, name: Node): Node {
  const { lastName } = p;
  let tagged = name;
  while (p.accept("B")) tagged = { kind: "tagged", name: tagged, tag: p.sourceName() };
  p.lastName = lastName;
  return tagged;
}

export function operatorName(p: Parser): Node {
  if (p.match(/v\d/y) !== undefined) return { kind: "vendor-operator", name: p.sourceName() };
  if (p.accept("cv")) return { kind: "conversion", to: p.within({ conversion: true }, () => type(p)) };
  if (p.accept("li")) return { kind: "suffix-operator", name: p.sourceName() };
  return { kind: "operator", operator: OPERATORS.get(p.take(2)) ?? refuse() };
}

/** <ctor-dtor-name>; CI is a constructor inherited from the class that follows, and called by that. */
function structor(p: Parser): Node {
  const code = p.match(/CI?[1-5]|D[01245]/y) ?? refuse();
  if (code.startsWith("CI")) type(p);
  return { kind: "structor", name: p.lastName ?? refuse(), destructor: code.startsWith("D") };
}

/** <closure-type-name>, behind its Ul. */
function lambda(p: Parser): Node {
  const head = templateHeads(p);
  const parameters = parameterTypes(p);
  p.expect("E");
  return { kind: "lambda", head, parameters, number: p.ordinal() };
}

/** <discriminator>: which of several with this name, which is not told. */
export function discriminator(p: Parser): void {
  p.match(/__\d{2,}_|__\d(?!\d)|_\d+/y);
}
