/** <unresolved-name>: a name in an expression that means something only when the template parameters are known. */

import type { Node } from "./node.js";
import type { Parser } from "./parser.js";
import { withArguments } from "./template-arguments.js";
import { type } from "./types.js";
import { operatorName, unqualifiedName } from "./unqualified-names.js";

/** <base-unresolved-name>: an identifier, `on` and an operator, or `dn` and what is destroyed. */
export function unresolvedName(p: Parser): Node {
  if (p.accept("dn")) {
    const destroyed = /\d/.test(p.peek()) ? simpleId(p) : type(p);
    return { kind: "phrase", parts: ["~", destroyed] };
  }
  if (!p.accept("on") || /\d/.test(p.peek())) return simpleId(p);
  return withArguments(
    p,
    p.within({ expression: false }, () => operatorName(p)),
  );
}

/** What stands behind `.` and `->`. */
export function memberName(p: Parser): Node {
  const isGlobal = p.accept("gs");
  const name = p.accept("sr") ? scopedName(p) : unscopedMember(p);
  return isGlobal ? { kind: "phrase", parts: ["::", name] } : name;
}

function unscopedMember(p: Parser): Node {
  return p.looksAt("on") || p.looksAt("dn") ? unresolvedName(p) : withArguments(p, unqualifiedName(p));
}

/** Behind `sr`: a type and a name in it, or names within one another, an E, and a name in them. */
export function scopedName(p: Parser): Node {
  const scope = /\d/.test(p.peek()) ? simpleScope(p) : undefined;
  if (scope === undefined) return { kind: "scoped", scope: type(p), name: unresolvedName(p) };
  const name = unresolvedName(p);
  if (name.kind !== "template") return { kind: "scoped", scope, name };
  return { ...name, name: { kind: "scoped", scope, name: name.name } };
}

/** Older compilers write a type here where it has a name, so an E alone does not tell. */
function simpleScope(p: Parser): Node | undefined {
  const goBack = p.mark();
  let scope = simpleId(p);
  while (/\d/.test(p.peek())) scope = { kind: "scoped", scope, name: simpleId(p) };
  if (p.accept("E") && /^(\d|on|dn)/.test(p.peek() + p.peek(1))) return scope;
  goBack();
  return undefined;
}

/** <simple-id>: an identifier, perhaps with template arguments. */
function simpleId(p: Parser): Node {
  return withArguments(p, unqualifiedName(p));
}
