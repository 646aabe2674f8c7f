/**
 * A type as text, in two halves: the name that it is the type of stands between them, or a pointer to it, as in
 * `int (*name)(char)`. Blanks and parentheses are those of GNU c++filt.
 */

export interface Declarator {
  readonly left: string;
  readonly right: string;
  /** Functions and arrays want parentheses around what points to them. */
  readonly shape: "plain" | "function" | "array";
}

export function plain(left: string, right = ""): Declarator {
  return { left, right, shape: "plain" };
}

/** A pointer or reference, by its sign. */
export function pointing(symbol: string, to: Declarator): Declarator {
  return around(symbol, to, !/[(*]$/.test(to.left));
}

/** `owner::*`: a pointer to a member. */
export function memberOf(owner: string, to: Declarator): Declarator {
  const symbol = `${owner}::*`;
  return around(to.shape === "plain" ? ` ${symbol}` : symbol, to, true);
}

/** A word behind a type. One behind an array is about its elements. */
export function suffixed(word: string, of: Declarator): Declarator {
  if (of.shape === "array") return { ...of, left: `${of.left} ${word}` };
  return around(` ${word}`, of, true);
}

function around(text: string, inner: Declarator, blank: boolean): Declarator {
  if (inner.shape === "plain") return plain(inner.left + text, inner.right);
  const separate = inner.shape === "array" || (blank && !inner.left.endsWith(" "));
  return plain(`${inner.left}${separate ? " (" : "("}${text}`, `)${inner.right}`);
}

export function arrayOf(dimension: string, of: Declarator): Declarator {
  // Dimensions stand together.
  const inner = of.shape === "array" ? of.right.slice(1) : of.right;
  return { left: of.left, right: ` [${dimension}]${inner}`, shape: "array" };
}

/** With its name, if that is not the empty string. */
export function functionOf(name: string, behind: string, result: Declarator | undefined): Declarator {
  // What surrounds the name already needs no blank.
  const left = result === undefined ? "" : result.right === "" ? `${result.left} ` : result.left;
  return { left: left + name, right: behind + (result?.right ?? ""), shape: "function" };
}
