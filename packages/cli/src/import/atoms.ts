/** The atoms of all objects: where they are, what they are called, and which of them holds a place. */

import type { ElfSymbol } from "@manifold/core";
import type { Atom, GlobalSymbol, InputSection } from "./model.js";
import { lastAtOrBefore } from "./sorted.js";
import { isNameable, type Range } from "./split.js";
import { UniqueNames } from "./unique-names.js";

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
    const taken = new UniqueNames(takenNames);
    const wanted = Array.from(ranges, ([section, list]) => ({
      section,
      list,
      names: wantedNames(section, list, globals),
    }));
    const counts = new Map<string, number>();
    for (const { names } of wanted) for (const { name } of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const { section, list, names } of wanted) {
      const atoms = list.map((range, i) => {
        const { name, isGlobal } = names[i]!;
        const isFree = counts.get(name) === 1 && !taken.has(name);
        const unique = isGlobal ? name : taken.take(isFree ? name : qualified(section, name));
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

interface WantedName {
  readonly name: string;
  readonly isGlobal: boolean;
}

/**
 * The name of the symbol that each atom begins with; the section's where there is none, and where a section with
 * several symbols is one atom. An offset is the last resort: it changes with everything before it.
 */
function wantedNames(
  section: InputSection,
  ranges: readonly Range[],
  globals: ReadonlyMap<string, GlobalSymbol>,
): readonly WantedName[] {
  // Sorting is stable: of symbols with one place, those that come first in the symbol table stay first.
  const symbols = section.symbols.filter(isNameable).sort((a, b) => a.sym.value - b.sym.value);
  const values = symbols.map(({ sym }) => sym.value);
  return ranges.map(({ start, end }) => {
    const from = lastAtOrBefore(values, start - 1) + 1;
    const inside = symbols.slice(from, lastAtOrBefore(values, Math.max(start, end - 1)) + 1);
    const first = inside.filter(({ sym }) => sym.value === start);
    if (first.length > 0 && (ranges.length > 1 || first.length === inside.length)) {
      const global = first.find((symbol) => definesGlobal(globals, symbol));
      return { name: (global ?? first[0]!).name, isGlobal: global !== undefined };
    }
    const place = ranges.length > 1 ? `+0x${start.toString(16)}` : "";
    return { name: `${section.object}:${section.name}${place}`, isGlobal: false };
  });
}

/** Whether references to the symbol's name come to this symbol. */
export function definesGlobal(globals: ReadonlyMap<string, GlobalSymbol>, symbol: ElfSymbol): boolean {
  const definition = globals.get(symbol.name)?.definition;
  return definition?.kind === "section" && definition.symbol === symbol;
}
