/** What template parameters stand for, some of them for packs of arguments. */

import type { Arguments, Node, TemplateParameter } from "./node.js";
import type { Printer } from "./printer.js";

/** The argument for a parameter of the innermost template; of a pack, the element that an expansion is at. */
export function argumentOf(p: Printer, parameter: TemplateParameter): Node | undefined {
  const argument = givenFor(p, parameter);
  const { packIndex } = p.state;
  return argument?.kind === "arguments" && packIndex >= 0 ? argument.items[packIndex] : argument;
}

function givenFor(p: Printer, { index }: TemplateParameter): Node | undefined {
  return p.state.scope?.template.arguments.items[index];
}

/** The first pack in a pattern that an expansion inside of it does not expand already. */
export function findPack(p: Printer, pattern: Node): Arguments | undefined {
  return p.budget.nested(() => {
    if (pattern.kind === "parameter") {
      const argument = givenFor(p, pattern);
      return argument?.kind === "arguments" ? argument : undefined;
    }
    if (pattern.kind === "expansion" || pattern.kind === "lambda") return undefined;
    for (const child of childrenOf(pattern)) {
      const pack = findPack(p, child);
      if (pack !== undefined) return pack;
    }
    return undefined;
  });
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "kind" in value;
}
