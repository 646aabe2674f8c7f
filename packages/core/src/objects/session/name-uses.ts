/** Which symbols of which objects are of a name, at any time of an update. */

import { SHN } from "../../elf/shdr.js";
import { STB } from "../../elf/sym.js";
import type { LinkSession } from "./link-session.js";

export class NameUses {
  readonly #session: LinkSession;
  /** By name: its symbols in objects of the session. */
  #uses: { readonly starts: Int32Array; readonly symbols: Int32Array } | undefined;
  /** By name: its symbols in objects that were read in this update. */
  readonly #added = new Map<number, [object: number, index: number][]>();
  /** Valid for one list of objects. */
  #positionCache: { readonly of: readonly number[]; readonly position: Int32Array } | undefined;

  constructor(session: LinkSession) {
    this.#session = session;
  }

  /** Finds what there is before the update changes it. */
  prepare(): void {
    this.#uses ??= this.#findUses();
  }

  /** Takes in a symbol of an object that was read in this update. */
  add(name: number, object: number, index: number): void {
    const uses = this.#added.get(name);
    if (uses === undefined) this.#added.set(name, [[object, index]]);
    else uses.push([object, index]);
  }

  /** Every symbol of a name in objects that are linked, in their order. */
  of(name: number): [object: number, index: number][] {
    const { table } = this.#session.link;
    this.#uses ??= this.#findUses();
    const { starts, symbols } = this.#uses;
    const uses: [number, number][] = [...(this.#added.get(name) ?? [])];
    if (name < starts.length - 1)
      for (let i = starts[name]!; i < starts[name + 1]!; i++) {
        const object = this.#session.link.symtab.objectOf(symbols[i]!);
        uses.push([object, symbols[i]! - table.symbolBase[object]!]);
      }
    const position = this.positions();
    return uses
      .filter(([object]) => table.linked[object] === 1)
      .sort(([a, i], [b, j]) => position[a]! - position[b]! || i - j);
  }

  /** The first input that refers to a name strongly. */
  askerOf(name: number): number {
    const { table } = this.#session.link;
    let asker = Number.POSITIVE_INFINITY;
    for (const [object, symbol] of this.of(name)) {
      const isWeak = ((table.infoOf(object, symbol) >>> 4) & 15) === STB.WEAK;
      if (!isWeak && table.shndxOf(object, symbol) === SHN.UNDEF) asker = Math.min(asker, table.inputIndex[object]!);
    }
    return asker;
  }

  /** By object: its place among those that are linked. */
  positions(): Int32Array {
    const { objects, table } = this.#session.link;
    if (this.#positionCache?.of === objects) return this.#positionCache.position;
    const position = new Int32Array(table.count);
    objects.forEach((object, i) => {
      position[object] = i;
    });
    this.#positionCache = { of: objects, position };
    return position;
  }

  #findUses(): { readonly starts: Int32Array; readonly symbols: Int32Array } {
    const { table, globals } = this.#session.link;
    const starts = new Int32Array(globals.count + 2);
    const known = table.savedInfo?.length ?? 0;
    for (let symbol = 0; symbol < known; symbol++)
      if (table.globalOf[symbol] !== -1) starts[table.globalOf[symbol]! + 2]!++;
    for (let name = 2; name < starts.length; name++) starts[name]! += starts[name - 1]!;
    const symbols = new Int32Array(starts.at(-1)!);
    for (let symbol = 0; symbol < known; symbol++) {
      const name = table.globalOf[symbol]!;
      if (name !== -1) symbols[starts[name + 1]!++] = symbol;
    }
    return { starts, symbols };
  }
}
