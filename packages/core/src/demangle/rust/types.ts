/** Types in Rust's v0 mangling. */

import { genericConstant } from "./constants.js";
import type { Reader } from "./reader.js";
import { genericArguments, path } from "./v0.js";

export const BASIC_TYPES: Readonly<Record<string, string>> = {
  a: "i8",
  b: "bool",
  c: "char",
  d: "f64",
  e: "str",
  f: "f32",
  h: "u8",
  i: "isize",
  j: "usize",
  l: "i32",
  m: "u32",
  n: "i128",
  o: "u128",
  p: "_",
  s: "i16",
  t: "u16",
  u: "()",
  v: "...",
  x: "i64",
  y: "u64",
  z: "!",
};

export function type(p: Reader): string {
  return p.budget.pay(p.budget.nested(() => anyType(p)));
}

function anyType(p: Reader): string {
  const tag = p.take(1);
  const basic = BASIC_TYPES[tag];
  if (basic !== undefined) return basic;
  switch (tag) {
    case "R":
      return `&${lifetimeOf(p)}${type(p)}`;
    case "Q":
      return `&${lifetimeOf(p)}mut ${type(p)}`;
    case "P":
      return `*const ${type(p)}`;
    case "O":
      return `*mut ${type(p)}`;
    case "A": {
      const element = type(p);
      return `[${element}; ${genericConstant(p)}]`;
    }
    case "S":
      return `[${type(p)}]`;
    case "T":
      return tuple(p.list(() => type(p)));
    case "F":
      return p.binder(() => functionPointer(p));
    case "D":
      return traitObject(p);
    case "B":
      return p.back(() => type(p));
    default:
      p.at--;
      return path(p, false);
  }
}

/** A tuple of one element has a comma. */
export function tuple(elements: readonly string[]): string {
  return `(${elements.join(", ")}${elements.length === 1 ? "," : ""})`;
}

function lifetimeOf(p: Reader): string {
  if (!p.accept("L")) return "";
  const lifetime = p.lifetime();
  return lifetime === "'_" ? "" : `${lifetime} `;
}

function functionPointer(p: Reader): string {
  const unsafe = p.accept("U") ? "unsafe " : "";
  // What the ABI is called has its hyphens as `_`.
  const abi = p.accept("K") ? `extern "${p.accept("C") ? "C" : p.identifier().replaceAll("_", "-")}" ` : "";
  const parameters = p.list(() => type(p)).join(", ");
  const result = p.accept("u") ? "" : ` -> ${type(p)}`;
  return `${unsafe}${abi}fn(${parameters})${result}`;
}

function traitObject(p: Reader): string {
  const traits = p.binder(() => p.list(() => trait(p)).join(" + "));
  p.expect("L");
  const lifetime = p.lifetime();
  return `dyn ${traits}${lifetime === "'_" ? "" : ` + ${lifetime}`}`;
}

/** With the types that are associated with it among the arguments of generics. */
function trait(p: Reader): string {
  const { name, given } = openPath(p);
  const all = given === undefined || given === "" ? [] : [given];
  while (p.accept("p")) {
    const associated = p.identifier();
    all.push(`${associated} = ${type(p)}`);
  }
  return all.length === 0 && given === undefined ? name : `${name}<${all.join(", ")}>`;
}

function openPath(p: Reader): { readonly name: string; readonly given: string | undefined } {
  if (p.accept("I")) {
    const name = path(p, false);
    return { name, given: genericArguments(p) };
  }
  if (!p.accept("B")) return { name: path(p, false), given: undefined };
  let found: ReturnType<typeof openPath> | undefined;
  const name = p.back(() => {
    found = openPath(p);
    return found.name;
  });
  return { name, given: found?.given };
}
