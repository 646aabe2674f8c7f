/** Types as text around what they are the type of. */

import { refuse } from "../budget.js";
import { arrayOf, type Declarator, functionOf, memberOf, plain, pointing, suffixed } from "./declarator.js";
import type { FunctionType, Node, Qualifier, Reference, Suffixed, TemplateParameter } from "./node.js";
import { argumentOf, findPack } from "./packs.js";
import { subexpression } from "./print-expressions.js";
import { lambdaParameter } from "./print-names.js";
import type { Printer } from "./printer.js";

export function declareType(p: Printer, node: Node): Declarator | undefined {
  switch (node.kind) {
    case "builtin":
      return plain(node.text);
    case "pointer":
      return pointing("*", p.part(node.to));
    case "reference":
      return declareReference(p, node);
    case "member-pointer": {
      const to = p.part(node.to);
      return memberOf(p.text(node.owner), to);
    }
    case "suffixed":
      return declareSuffixed(p, node);
    case "vector": {
      const { left, right } = p.part(node.of);
      return plain(`${left} __vector(${p.text(node.dimension)})`, right);
    }
    case "array": {
      const of = p.declare(node.of);
      return arrayOf(node.dimension === undefined ? "" : p.text(node.dimension), of);
    }
    case "function":
      return declareFunction(p, node, () => "");
    case "decltype":
      return plain(`decltype (${p.text(node.of)})`);
    case "parameter":
      return declareParameter(p, node);
    case "expansion":
      return plain(printExpansion(p, node.of));
    default:
      return undefined;
  }
}

/** With the parameters and qualifiers behind the name, which is printed after the result. */
export function declareFunction(p: Printer, type: FunctionType, name: () => string): Declarator {
  const result = type.result === undefined ? undefined : p.part(type.result);
  const called = name();
  const parameters = `(${p.text(type.parameters)})`;
  const qualifiers = type.qualifiers.map((each) => qualifierText(p, each));
  return functionOf(called, parameters + qualifiers.join(""), result);
}

export function qualifierText(p: Printer, { text, operand }: Qualifier): string {
  return operand === undefined ? text : `${text}(${p.text(operand)})`;
}

/** `const` and the like count once, also where a template argument brings another. */
function declareSuffixed(p: Printer, { of, suffix, once }: Suffixed): Declarator {
  const word = p.text(suffix);
  if (!once) return suffixed(word, p.part(of));
  const { suffixes } = p.state;
  if (suffixes.includes(word)) return p.declare(of);
  return suffixed(
    word,
    p.in({ suffixes: [...suffixes, word] }, () => p.declare(of)),
  );
}

/** A reference to a reference is one: to an lvalue, unless both are to rvalues. */
function declareReference(p: Printer, node: Reference): Declarator {
  const { to, symbol } = node;
  if (to.kind !== "parameter" || p.state.lambda !== undefined)
    return collapsed(p, symbol, to) ?? pointing(symbol, p.part(to));
  return p.in({ scope: p.scopeOf(node, to) }, () => {
    const { scope } = p.state;
    const argument = argumentOf(p, to) ?? refuse();
    const both = p.in({ scope: scope?.outer }, () => collapsed(p, symbol, argument));
    return both ?? p.during(node, () => pointing(symbol, p.part(to)));
  });
}

function collapsed(p: Printer, symbol: Reference["symbol"], to: Node): Declarator | undefined {
  if (to.kind !== "reference") return undefined;
  return p.part({ ...to, symbol: symbol === to.symbol ? symbol : "&" });
}

/** The argument is about the parameters of templates further out. */
function declareParameter(p: Printer, node: TemplateParameter): Declarator {
  const { lambda, scope } = p.state;
  if (lambda !== undefined) return plain(lambdaParameter(lambda, node.index));
  const argument = argumentOf(p, node) ?? refuse();
  return p.during(node, () => p.in({ scope: scope?.outer }, () => p.declare(argument)));
}

/** The pattern once for each element of the packs in it; those that are known only as parameters remain packs. */
function printExpansion(p: Printer, pattern: Node): string {
  const pack = p.state.lambda === undefined ? findPack(p, pattern) : undefined;
  if (pack === undefined) return `${subexpression(p, pattern)}...`;
  return pack.items.map((_, packIndex) => p.in({ packIndex }, () => p.text(pattern))).join(", ");
}
