/** <name>: of a namespace or class, within one, or within a function. */

import { refuse } from "../budget.js";
import { enclosing, encoding } from "./mangled-name.js";
import { identifier, type ModuleName, type Node, type Qualifier } from "./node.js";
import type { Parser } from "./parser.js";
import { substitution } from "./substitutions.js";
import { templateArguments, templateParameter, withArguments } from "./template-arguments.js";
import { type } from "./types.js";
import { discriminator, unqualifiedName } from "./unqualified-names.js";

export function name(p: Parser): Node {
  return p.budget.nested(() => {
    if (p.accept("N")) return nestedName(p);
    if (p.accept("Z")) return localName(p);
    const refersBack = p.peek() === "S" && p.peek(1) !== "t" ? substitution(p) : undefined;
    if (refersBack !== undefined && refersBack.kind !== "module") return withArguments(p, refersBack);
    const scope = p.accept("St") ? identifier("std") : undefined;
    const unscoped = unqualifiedName(p, scope, refersBack);
    return p.peek() === "I" ? withArguments(p, p.remember(unscoped)) : unscoped;
  });
}

/** <nested-name>, behind its N. */
function nestedName(p: Parser): Node {
  // `this` is declared as a parameter.
  p.accept("H");
  const qualifiers: Qualifier[] = cvQualifiers(p).map((text) => ({ text: ` ${text}` }));
  if (p.accept("R")) qualifiers.push({ text: " &" });
  else if (p.accept("O")) qualifiers.push({ text: " &&" });
  const nested = prefix(p);
  return qualifiers.length === 0 ? nested : { kind: "method", name: nested, qualifiers };
}

const CV: Readonly<Record<string, string>> = { r: "restrict", V: "volatile", K: "const" };

/** <CV-qualifiers> as they are printed: those read last come first. */
export function cvQualifiers(p: Parser): readonly string[] {
  const letters = p.match(/[rVK]+/y) ?? "";
  return Array.from(letters, (letter) => CV[letter] ?? "").reverse();
}

/** <prefix> and what follows it, up to and with the E; each part of it but the last can be referred back to. */
function prefix(p: Parser): Node {
  let node: Node | undefined;
  let module: ModuleName | undefined;
  const first = (read: (p: Parser) => Node) => (node === undefined ? read(p) : refuse());
  while (!p.accept("E")) {
    p.budget.step();
    const letter = p.peek();
    // Behind a member in whose initializer a lambda stands.
    if (letter === "M" && node !== undefined && p.accept("M")) continue;
    if (letter === "S") {
      const back = p.accept("St") ? first(() => identifier("std")) : substitution(p);
      if (back.kind === "module") module = back;
      else node = first(() => back);
      continue;
    }
    if (letter === "D" && /[tT]/.test(p.peek(1))) {
      node = first(type);
      continue;
    }
    if (letter === "I") node = { kind: "template", name: node ?? refuse(), arguments: templateArguments(p) };
    else if (letter === "T") node = first(templateParameter);
    else node = unqualifiedName(p, node, module);
    module = undefined;
    if (p.peek() !== "E") p.remember(node);
  }
  return node ?? refuse();
}

/** <local-name>, behind its Z. */
function localName(p: Parser): Node {
  const scope = enclosing(encoding(p));
  p.expect("E");
  if (p.accept("s")) {
    discriminator(p);
    return { kind: "local", scope, defaultArgument: undefined, name: identifier("string literal") };
  }
  const defaultArgument = p.accept("d") ? p.ordinal() : undefined;
  const entity = name(p);
  // Those are numbered themselves.
  if (entity.kind !== "lambda" && entity.kind !== "unnamed") discriminator(p);
  return { kind: "local", scope, defaultArgument, name: entity };
}

/** <module-name>: `W` and a name for each part, `WP` for a partition. */
export function moduleName(p: Parser, parent?: Node): Node {
  let node = parent;
  while (p.accept("W")) {
    const partition = p.accept("P");
    node = p.remember({ kind: "module", parent: node, name: p.sourceName(), partition });
  }
  return node ?? refuse();
}
