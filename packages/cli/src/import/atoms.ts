/** The atoms of all objects: where they are, what they are called, and which of them holds a place. */

import type { ElfSymbol } from "@manifold/core";
import type { Atom, GlobalSymbol, InputSection } from "./model.js";
import { uniqueName } from "./sections.js";
import { lastAtOrBefore } from "./sorted.js";
import { isNameable, type Range } from "./split.js";

export class AtomTable {
  readonly #bySection = new Map<
    InputSection,
    { readonly starts: readonly number[]; readonly atoms: readonly Atom[] }
  >();

  /** Names the atoms of all sections, which must be complete: a name depends on what else wants it. */
  constructor(
    ranges: ReadonlyMap<InputSection, readonly Range[]>,
    globals: ReadonlyMap<string, GlobalSymbol>,
    takenNames: Iterable<string>,
  ) {
    const taken = new Set(takenNames);
    const wanted = Array.from(ranges, ([section, list]) => ({
      section,
      list,
      names: list.map((range) => wantedName(section, range, list.length, globals)),
    }));
    const counts = new Map<string, number>();
    for (const { names } of wanted) for (const { name } of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const { section, list, names } of wanted) {
      const atoms = list.map((range, i) => {
        const { name, isGlobal } = names[i]!;
        const isFree = counts.get(name) === 1 && !taken.has(name);
        const unique = isGlobal ? name : uniqueName(isFree ? name : qualified(section, name), taken);
        return { section, start: range.start, end: range.end, name: unique };
      });
      this.#bySection.set(section, { starts: atoms.map((atom) => atom.start), atoms });
    }
  }

  of(section: InputSection): readonly Atom[] {
    return this.#bySection.get(section)!.atoms;
  }

  /** The atom that holds an offset; a place behind an atom, as its end is, belongs to the atom before it. */
  at(section: InputSection, offset: number): Atom | undefined {
    const { starts, atoms } = this.#bySection.get(section)!;
    return atoms[Math.max(0, lastAtOrBefore(starts, offset))];
  }
}

function qualified(section: InputSection, name: string): string {
  return name.startsWith(`${section.object}:`) ? name : `${section.object}:${name}`;
}

/** The name of the symbol that the atom is; where it is several, or none, the section's. */
function wantedName(
  section: InputSection,
  { start, end }: Range,
  ranges: number,
  globals: ReadonlyMap<string, GlobalSymbol>,
): { readonly name: string; readonly isGlobal: boolean } {
  const isInside = ({ sym }: ElfSymbol) => sym.value >= start && (sym.value < end || sym.value === start);
  const symbols = section.symbols.filter((symbol) => isNameable(symbol) && isInside(symbol));
  if (symbols.length > 0 && symbols.every(({ sym }) => sym.value === start)) {
    const global = symbols.find((symbol) => definesGlobal(globals, symbol));
    return { name: (global ?? symbols[0]!).name, isGlobal: global !== undefined };
  }
  const place = ranges > 1 ? `+0x${start.toString(16)}` : "";
  return { name: `${section.object}:${section.name}${place}`, isGlobal: false };
}

/** Whether references to the symbol's name come to this symbol. */
export function definesGlobal(globals: ReadonlyMap<string, GlobalSymbol>, symbol: ElfSymbol): boolean {
  const definition = globals.get(symbol.name)?.definition;
  return definition?.kind === "section" && definition.symbol === symbol;
}
