/**
 * What the readers of all parts of a C++ name share: the place, the parts that `S_` and the like refer back to, and how some
 * parts read differently within others. The grammar is that of the Itanium C++ ABI, section 5.1; its rules are functions that
 * take a parser and return a node, one file for each kind of rule. They call each other in circles, as the rules do.
 */

import { refuse } from "../budget.js";
import { Cursor } from "../cursor.js";
import { type Identifier, identifier, type Node } from "./node.js";

export class Parser extends Cursor {
  readonly #substitutions: Node[] = [];
  /** The identifier read last: constructors and destructors are called so. */
  lastName: Identifier | undefined;
  /** Whether `cv` is a cast, and not a conversion operator. */
  inExpression = false;
  /** Whether this is the type of a conversion operator, whose template arguments may be the operator's. */
  inConversion = false;

  /** Makes `node` the next part to be referred back to. */
  remember<T extends Node>(node: T): T {
    this.#substitutions.push(node);
    return node;
  }

  recall(index: number): Node {
    return this.#substitutions[index] ?? refuse();
  }

  /** What returns to here, and forgets what was remembered since. */
  mark(): () => void {
    const { at, lastName } = this;
    const remembered = this.#substitutions.length;
    return () => {
      this.at = at;
      this.lastName = lastName;
      this.#substitutions.length = remembered;
    };
  }

  /** Reads with `read` while `inExpression` and `inConversion` are as given. */
  within<T>(state: { readonly expression?: boolean; readonly conversion?: boolean }, read: () => T): T {
    const { inExpression, inConversion } = this;
    this.inExpression = state.expression ?? inExpression;
    this.inConversion = state.conversion ?? inConversion;
    const result = read();
    this.inExpression = inExpression;
    this.inConversion = inConversion;
    return result;
  }

  /** <source-name>: a length, and as many bytes. */
  sourceName(): Identifier {
    const length = this.decimal();
    if (length === 0) refuse();
    const text = this.take(length);
    const anonymous = /^_GLOBAL_[._$]N/.test(text);
    this.lastName = identifier(anonymous ? "(anonymous namespace)" : text);
    return this.lastName;
  }

  /** <number>, of which the sign is `n`. */
  number(): string {
    const sign = this.accept("n") ? "-" : "";
    return sign + (this.match(/\d+/y) ?? refuse());
  }

  /** `_` for 0, `0_` for 1 and so on. */
  ordinal(): number {
    const number = this.peek() === "_" ? 0 : this.decimal() + 1;
    this.expect("_");
    return number;
  }

  /** Reads with `read` until `end` stands here, and steps over it. */
  list<T>(read: () => T, end: string): T[] {
    const items: T[] = [];
    while (!this.accept(end)) items.push(read());
    return items;
  }
}
