/** <template-args>, <template-param>, and the declarations of template parameters that some arguments and lambdas have. */

import { refuse } from "../budget.js";
import { expression, primary, templateConstraint } from "./expressions.js";
import { name } from "./names.js";
import type { Arguments, Node, TemplateHead, TemplateParameter } from "./node.js";
import type { Parser } from "./parser.js";
import { type } from "./types.js";

/** I <template-arg>* [Q <constraint>] E; within one another also with a J: a pack. */
export function templateArguments(p: Parser): Arguments {
  return p.budget.nested(() => {
    if (!p.accept("I")) p.expect("J");
    const { lastName } = p;
    const items: Node[] = [];
    while (p.peek() !== "E" && p.peek() !== "Q") items.push(templateArgument(p));
    const constraint = templateConstraint(p);
    p.expect("E");
    // Of a constructor, the class is called as before the arguments.
    p.lastName = lastName;
    return { kind: "arguments", items, ...(constraint === undefined ? {} : { constraint }) };
  });
}

/** `name`, of a template if arguments follow. */
export function withArguments(p: Parser, name: Node): Node {
  return p.peek() === "I" ? { kind: "template", name, arguments: templateArguments(p) } : name;
}

export function templateArgument(p: Parser): Node {
  // The declaration tells overloads apart, and is not told.
  templateHeads(p);
  switch (p.peek()) {
    case "I":
    case "J":
      return templateArguments(p);
    case "L":
      return primary(p);
    case "X": {
      p.expect("X");
      const value = expression(p);
      p.expect("E");
      return value;
    }
    default:
      return type(p);
  }
}

/** T_, T0_, ... */
export function templateParameter(p: Parser): TemplateParameter {
  p.expect("T");
  return { kind: "parameter", index: p.ordinal() };
}

/** <template-param-decl>* */
export function templateHeads(p: Parser): readonly TemplateHead[] {
  const heads: TemplateHead[] = [];
  while (/^T[yntpk]/.test(p.peek() + p.peek(1))) heads.push(templateHead(p));
  return heads;
}

function templateHead(p: Parser): TemplateHead {
  return p.budget.nested((): TemplateHead => {
    switch (p.take(2)) {
      case "Ty":
        return { kind: "typename" };
      case "Tk":
        name(p);
        return { kind: "typename" };
      case "Tn":
        return { kind: "value", type: type(p) };
      case "Tt":
        return { kind: "templates", parameters: p.list(() => templateHead(p), "E") };
      case "Tp":
        return { kind: "pack", of: templateHead(p) };
      default:
        return refuse();
    }
  });
}
