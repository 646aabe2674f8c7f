/** Names that must differ from each other: the second `x` becomes `x#2`, in the order in which they are taken. */

export class UniqueNames {
  readonly #taken: Set<string>;
  /** The number that the next namesake tries first. */
  readonly #next = new Map<string, number>();

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  has(name: string): boolean {
    return this.#taken.has(name);
  }

  take(name: string): string {
    let number = this.#next.get(name) ?? 2;
    let unique = name;
    for (; this.#taken.has(unique); number++) unique = `${name}#${number}`;
    this.#next.set(name, number);
    this.#taken.add(unique);
    return unique;
  }
}
