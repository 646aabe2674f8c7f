/** Expressions as text; with more parentheses than a programmer writes, since GNU c++filt has them. */

import type { Binary, ExpressionNode, Node } from "./node.js";
import { findPack } from "./packs.js";
import type { Printer } from "./printer.js";

export function printExpression(p: Printer, node: Node): string | undefined {
  switch (node.kind) {
    case "literal":
      return printLiteral(p, node);
    case "function-parameter":
      return node.number === 0 ? "this" : `{parm#${node.number}}`;
    case "braces":
      return `${node.type === undefined ? "" : p.text(node.type)}{${p.text(node.items)}}`;
    case "unary":
      return printUnary(p, node);
    case "cast": {
      const to = p.text(node.to);
      return `(${to})${subexpression(p, node.operand)}`;
    }
    case "binary":
      return printBinary(p, node);
    case "conditional": {
      const [condition, yes, no] = [node.condition, node.yes, node.no].map((each) => subexpression(p, each));
      return `${condition}?${yes} : ${no}`;
    }
    case "new":
      return printNew(p, node);
    case "designator":
      return printDesignator(p, node);
    case "fold":
      return printFold(p, node);
    default:
      return undefined;
  }
}

/** In parentheses, unless it is a name or alike. */
export function subexpression(p: Printer, node: Node): string {
  const text = p.text(node);
  return /^(identifier|scoped|braces|function-parameter)$/.test(node.kind) ? text : `(${text})`;
}

type Of<Kind extends ExpressionNode["kind"]> = Extract<ExpressionNode, { readonly kind: Kind }>;

function printLiteral(p: Printer, { type, value, negative }: Of<"literal">): string {
  const style = type.kind === "builtin" ? type.literal : "cast";
  const text = (negative ? "-" : "") + value;
  if (style === "truth" && text === "0") return "false";
  if (style === "truth" && text === "1") return "true";
  if (style === "bits") return `(${p.text(type)})${negative ? "-" : ""}[${value}]`;
  return style === "truth" || style === "cast" ? `(${p.text(type)})${text}` : text + style;
}

function printUnary(p: Printer, { operator, operand, postfix }: Of<"unary">): string {
  const { code, text } = operator;
  if (postfix) return subexpression(p, operand) + text;
  switch (code) {
    case "gs":
      return text + p.text(operand);
    case "at":
    case "nx":
    case "st":
    case "ti":
      return `${text}(${p.text(operand)})`;
    case "sZ": {
      const pack = findPack(p, operand);
      return pack === undefined ? `${text}(${p.text(operand)})` : String(pack.items.length);
    }
    case "sP":
      return String(countElements(p, operand));
    case "ad":
      // The address of a function of a class or namespace has no parameters.
      if (operand.kind === "encoding" && operand.name.kind === "scoped") return text + p.text(operand.name);
      break;
  }
  return text + subexpression(p, operand);
}

function countElements(p: Printer, list: Node): number {
  if (list.kind !== "arguments") return 1;
  const counts = list.items.map((each) => (each.kind === "expansion" ? (findPack(p, each.of)?.items.length ?? 0) : 1));
  return counts.reduce((sum, count) => sum + count, 0);
}

function printBinary(p: Printer, { operator, left, right }: Binary): string {
  const { code, text } = operator;
  switch (code) {
    case "cc":
    case "dc":
    case "rc":
    case "sc": {
      const to = p.text(left);
      return `${text}<${to}>(${p.text(right)})`;
    }
    case "cl": {
      const called = subexpression(p, left.kind === "encoding" ? left.name : left);
      return called + subexpression(p, right);
    }
    case "ix": {
      const indexed = subexpression(p, left);
      return `${indexed}[${p.text(right)}]`;
    }
  }
  const both = subexpression(p, left) + text + subexpression(p, right);
  // It would look like the end of template arguments.
  return code === "gt" ? `(${both})` : both;
}

function printNew(p: Printer, { placement, type, initializer }: Of<"new">): string {
  const arguments_ = placement.items.length === 0 ? "" : `(${p.text(placement)}) `;
  const created = `new ${arguments_}${p.text(type)}`;
  return initializer === undefined ? created : created + subexpression(p, initializer);
}

/** `=` stands behind the last of several. */
function printDesignator(p: Printer, { at, last, member, value }: Of<"designator">): string {
  const first = p.text(at);
  const index = last === undefined ? first : `${first} ... ${p.text(last)}`;
  const designated = member ? `.${index}` : `[${index}]`;
  return value.kind === "designator" ? designated + p.text(value) : `${designated}=${subexpression(p, value)}`;
}

/** Packs in it stand for all their elements. */
function printFold(p: Printer, { operator, left, right }: Of<"fold">): string {
  return p.in({ packIndex: -1 }, () => {
    const before = left === undefined ? "" : subexpression(p, left) + operator.text;
    const behind = right === undefined ? "" : operator.text + subexpression(p, right);
    return `(${before}...${behind})`;
  });
}
