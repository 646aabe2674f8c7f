/** The `refs` of a declaration: local names for what has no name. The same thing has the same name. */

import type { Line } from "../manifest.js";

export class Refs {
  readonly #values: Record<string, Line> = {};
  readonly #names = new Map<string, string>();

  /** The local name of an unnamed value; `contents` as in a const. */
  uav(contents: Line, align: number): string {
    return this.#name({ uav: { ...contents, ...(align === 1 ? {} : { align }) } });
  }

  /** The local name of a place inside what is called `nav`. */
  place(nav: string, offset: number): string {
    return this.#name({ nav, offset });
  }

  lazy(lazy: "code" | "data", type: string): string {
    return this.#name({ lazy, type });
  }

  /** The key of the declaration, if there is anything to say. */
  line(): Line {
    return this.#names.size === 0 ? {} : { refs: this.#values };
  }

  #name(value: Line): string {
    const text = JSON.stringify(value);
    const name = this.#names.get(text) ?? `ref${this.#names.size}`;
    this.#names.set(text, name);
    this.#values[name] = value;
    return name;
  }
}
