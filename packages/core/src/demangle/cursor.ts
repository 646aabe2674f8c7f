/** A place in a mangled name, and the tokens that the manglings of C++ and Rust have in common. */

import { type Budget, refuse } from "./budget.js";

export class Cursor {
  readonly text: string;
  readonly budget: Budget;
  at = 0;

  constructor(text: string, budget: Budget) {
    this.text = text;
    this.budget = budget;
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The character here or `ahead` of here; empty behind the end. */
  peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? "";
  }

  looksAt(token: string): boolean {
    return this.text.startsWith(token, this.at);
  }

  /** Steps over `token` if it stands here. */
  accept(token: string): boolean {
    const found = this.looksAt(token);
    if (found) this.at += token.length;
    return found;
  }

  expect(token: string): void {
    if (!this.accept(token)) refuse();
  }

  take(length: number): string {
    if (this.at + length > this.text.length) refuse();
    this.at += length;
    return this.text.slice(this.at - length, this.at);
  }

  /** What the sticky `pattern` matches here. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  decimal(): number {
    const digits = this.match(/\d{1,9}/y) ?? refuse();
    return Number(digits);
  }
}
