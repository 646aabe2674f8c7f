/**
 * Rust's v0 mangling (RFC 2603, and "Symbol Mangling" in the book of rustc): paths of crates, modules, items and their
 * implementations. As in GNU c++filt, crates have their hashes and constants their types.
 */

import { type Budget, refuse } from "../budget.js";
import { genericConstant } from "./constants.js";
import { Reader } from "./reader.js";
import { type } from "./types.js";

/** What a name that begins with `_R` says. */
export function demangleRustV0(name: string, budget: Budget): string {
  // Compilers add to the name, behind a dot, what they make of the function.
  const body = /^_R(\w*)(?:\..*)?$/.exec(name)?.[1] ?? refuse();
  // Later versions of the mangling begin with a number.
  if (!/^[A-Z]/.test(body)) refuse();
  const p = new Reader(body, budget);
  const text = path(p, true);
  // The crate that needed the instance is not told.
  if (!p.atEnd) path(p, false);
  return p.atEnd ? text : refuse();
}

/** In an expression the arguments of generics stand behind `::`. */
export function path(p: Reader, inValue: boolean): string {
  return p.budget.pay(p.budget.nested(() => anyPath(p, inValue)));
}

function anyPath(p: Reader, inValue: boolean): string {
  switch (p.take(1)) {
    case "C": {
      const hash = p.disambiguator().toString(16);
      return `${p.identifier()}[${hash}]`;
    }
    case "N":
      return nested(p, inValue);
    case "M":
      implementation(p);
      return `<${type(p)}>`;
    case "X":
      implementation(p);
      return asTrait(p);
    case "Y":
      return asTrait(p);
    case "I": {
      const generic = path(p, inValue);
      return `${generic}${inValue ? "::" : ""}<${genericArguments(p)}>`;
    }
    case "B":
      return p.back(() => path(p, inValue));
    default:
      return refuse();
  }
}

/** What has no name of its own, in a namespace of a large letter, is told by its kind and number. */
function nested(p: Reader, inValue: boolean): string {
  const namespace = p.match(/[A-Za-z]/y) ?? refuse();
  const scope = path(p, inValue);
  const number = p.disambiguator();
  const name = p.identifier();
  if (/[a-z]/.test(namespace)) return name === "" ? scope : `${scope}::${name}`;
  const kind = namespace === "C" ? "closure" : namespace === "S" ? "shim" : namespace;
  return `${scope}::{${kind}${name === "" ? "" : `:${name}`}#${number}}`;
}

/** Where an implementation stands is not told. */
function implementation(p: Reader): void {
  p.disambiguator();
  path(p, false);
}

function asTrait(p: Reader): string {
  const implementor = type(p);
  return `<${implementor} as ${path(p, false)}>`;
}

export function genericArguments(p: Reader): string {
  return p.list(() => genericArgument(p)).join(", ");
}

function genericArgument(p: Reader): string {
  if (p.accept("L")) return p.lifetime();
  return p.accept("K") ? genericConstant(p) : type(p);
}
