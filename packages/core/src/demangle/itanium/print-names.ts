/** Names as text, and functions with their types around their names. */

import type { Encoding, Lambda, Node, Qualifier, Template, TemplateHead } from "./node.js";
import { declareFunction, qualifierText } from "./print-types.js";
import type { Printer } from "./printer.js";

export function printName(p: Printer, node: Node): string | undefined {
  switch (node.kind) {
    case "identifier":
    case "standard":
      return node.text;
    case "scoped":
      return `${p.text(node.scope)}::${p.text(node.name)}`;
    case "local": {
      const argument = node.defaultArgument === undefined ? "" : `{default arg#${node.defaultArgument + 1}}::`;
      return `${p.text(node.scope)}::${argument}${p.text(node.name)}`;
    }
    case "method":
      return p.text(node.name) + node.qualifiers.map((each) => qualifierText(p, each)).join("");
    case "template":
      return p.in({ named: node }, () => printTemplate(p, node));
    case "arguments":
      return p.list(node.items);
    case "module":
      return (node.parent === undefined ? "" : p.text(node.parent)) + separator(node) + p.text(node.name);
    case "attached":
      return `${p.text(node.name)}@${p.text(node.module)}`;
    case "tagged":
      return `${p.text(node.name)}[abi:${p.text(node.tag)}]`;
    case "structor":
      return (node.destructor ? "~" : "") + p.text(node.name);
    case "operator":
      return `operator${/^[a-z]/.test(node.operator.text) ? " " : ""}${node.operator.text.trimEnd()}`;
    case "conversion":
      return `operator ${printConversion(p, node.to)}`;
    case "suffix-operator":
      return `operator"" ${p.text(node.name)}`;
    case "vendor-operator":
      return `operator ${p.text(node.name)}`;
    case "binding":
      return `[${p.text(node.names)}]`;
    case "unnamed":
      return `{unnamed type#${node.number + 1}}`;
    case "lambda":
      return printLambda(p, node);
    case "encoding":
      return printEncoding(p, node);
    case "phrase":
      return node.parts.map((part) => (typeof part === "string" ? part : p.text(part))).join("");
    default:
      return undefined;
  }
}

function separator(node: { readonly parent: Node | undefined; readonly partition: boolean }): string {
  if (node.partition) return ":";
  return node.parent === undefined ? "" : ".";
}

/**
 * Never with `<<`, and with `>>`, which older compilers read as one sign, only before an empty pack: there GNU c++filt does not
 * see it.
 */
function printTemplate(p: Printer, node: Template): string {
  const name = p.text(node.name);
  const { items, constraint } = node.arguments;
  const texts = flattened(items).map((item) => p.text(item));
  const values = p.joined(texts) + (constraint === undefined ? "" : ` requires ${p.text(constraint)}`);
  const blank = values.endsWith(">") && texts.at(-1) !== "";
  return `${name}${name.endsWith("<") ? " " : ""}<${values}${blank ? " " : ""}>`;
}

/** The elements of packs among the others. */
function flattened(items: readonly Node[]): Node[] {
  return items.flatMap((each) => (each.kind === "arguments" && each.items.length > 0 ? flattened(each.items) : [each]));
}

/** The type may be about the arguments of the operator itself. */
function printConversion(p: Printer, to: Node): string {
  const { named, scope } = p.state;
  return named === undefined ? p.text(to) : p.in({ scope: { template: named, outer: scope } }, () => p.text(to));
}

/** What the parameters of a lambda are to be called where they are of no known type. */
const SIGILS: Readonly<Record<TemplateHead["kind"], string>> = { typename: "T", value: "N", templates: "TT", pack: "" };

export function lambdaParameter({ head }: Lambda, index: number): string {
  const declared = head[index];
  if (declared === undefined) return `auto:${index + 1}`;
  return `$${SIGILS[declared.kind === "pack" ? declared.of.kind : declared.kind]}${index}`;
}

function printLambda(p: Printer, node: Lambda): string {
  const parameters = p.in({ lambda: node }, () => p.text(node.parameters));
  const heads = node.head.map((head, index) => `${printHead(p, head)} ${lambdaParameter(node, index)}`);
  return `{lambda${heads.length === 0 ? "" : `<${heads.join(", ")}>`}(${parameters})#${node.number + 1}}`;
}

function printHead(p: Printer, head: TemplateHead): string {
  switch (head.kind) {
    case "typename":
      return "typename";
    case "value":
      return p.text(head.type);
    case "templates":
      return `template<${head.parameters.map((each) => printHead(p, each)).join(", ")}> class`;
    case "pack":
      return `${printHead(p, head.of)}...`;
  }
}

/** A function. Its template parameters mean nothing in its name, where they are given. */
function printEncoding(p: Printer, { name, type }: Encoding): string {
  const { called, qualifiers } = withoutQualifiers(name);
  const entity = called.kind === "local" ? called.name : called;
  const { scope } = p.state;
  const inner = entity.kind === "template" ? { template: entity, outer: scope } : scope;
  const printed = () => p.in({ scope }, () => p.text(called));
  const { left, right } = p.in({ scope: inner, suffixes: [] }, () =>
    declareFunction(p, { ...type, qualifiers: [...type.qualifiers, ...qualifiers] }, printed),
  );
  const { constraint } = type;
  const condition = constraint === undefined ? "" : p.in({ scope: inner }, () => ` requires ${p.text(constraint)}`);
  return left + right + condition;
}

/** What qualifies `this` stands behind the parameters. */
function withoutQualifiers(name: Node): { readonly called: Node; readonly qualifiers: readonly Qualifier[] } {
  if (name.kind === "method") return { called: name.name, qualifiers: name.qualifiers };
  if (name.kind !== "local" || name.name.kind !== "method") return { called: name, qualifiers: [] };
  return { called: { ...name, name: name.name.name }, qualifiers: name.name.qualifiers };
}
