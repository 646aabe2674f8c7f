/**
 * Nodes as text, and what that depends on besides the node: which arguments template parameters stand for, and which element
 * of a pack. Those change on the way down and are put back on the way up.
 */

import { type Budget, refuse } from "../budget.js";
import { type Declarator, plain } from "./declarator.js";
import type { Lambda, Node, Template } from "./node.js";
import { printExpression } from "./print-expressions.js";
import { printName } from "./print-names.js";
import { declareType } from "./print-types.js";

/** The templates around a place, innermost first. */
export interface Scope {
  readonly template: Template;
  readonly outer: Scope | undefined;
}

interface State {
  readonly scope: Scope | undefined;
  /** The element that an expansion of packs is at; negative where packs stand for all their elements. */
  readonly packIndex: number;
  /** The lambda whose parameters are being printed: their types are not known. */
  readonly lambda: Lambda | undefined;
  /** The template whose name is being printed: a conversion operator's type is about its arguments. */
  readonly named: Template | undefined;
  /** The words among `const`, `volatile` and `restrict` that follow the type anyway. */
  readonly suffixes: readonly string[];
}

export class Printer {
  readonly budget: Budget;
  state: State = { scope: undefined, packIndex: 0, lambda: undefined, named: undefined, suffixes: [] };

  readonly #scopes = new Map<Node, Scope | undefined>();
  readonly #printing = new Set<Node>();

  constructor(budget: Budget) {
    this.budget = budget;
  }

  /** Prints with `print` in a state that differs by `change`. */
  in<T>(change: Partial<State>, print: () => T): T {
    const { state } = this;
    this.state = { ...state, ...change };
    const result = print();
    this.state = state;
    return result;
  }

  /** Prints with `print` while `node` counts as being printed. */
  during<T>(node: Node, print: () => T): T {
    const fresh = !this.#printing.has(node);
    this.#printing.add(node);
    const result = print();
    if (fresh) this.#printing.delete(node);
    return result;
  }

  /**
   * The scope that `reference`, to the template parameter `to`, is about: where it was read, which is where it is printed first,
   * and not where a later part of the name refers back to it.
   */
  scopeOf(reference: Node, to: Node): Scope | undefined {
    const { scope } = this.state;
    if (!this.#scopes.has(to)) this.#scopes.set(to, scope);
    else if (!this.#printing.has(to) && !this.#printing.has(reference)) return this.#scopes.get(to);
    return scope;
  }

  /** A part of a type, to which the words behind the whole type do not belong. */
  part(node: Node): Declarator {
    return this.in({ suffixes: [] }, () => this.declare(node));
  }

  text(node: Node): string {
    const { left, right } = this.part(node);
    return left + right;
  }

  declare(node: Node): Declarator {
    return this.budget.nested(() => {
      const declared =
        declareType(this, node) ?? plain(printName(this, node) ?? printExpression(this, node) ?? refuse());
      this.budget.pay(declared.left);
      this.budget.pay(declared.right);
      return declared;
    });
  }

  /** Separated by commas; there is none before nothing, which is what an empty pack prints at the end. */
  list(nodes: readonly Node[]): string {
    return this.joined(nodes.map((node) => this.text(node)));
  }

  joined(texts: readonly string[]): string {
    return this.budget.pay(texts.reduceRight((behind, text) => (behind === "" ? text : `${text}, ${behind}`), ""));
  }
}
