/**
 * What names mean in a program, by the rules of docs/manifest.md: in a manifest, first its own functions, data and externs,
 * then its internal exports, then what any manifest exports. Computed once per program, and lazily where it is much.
 */

import type { Action } from "./action.js";
import type { Code } from "./code.js";
import { contentsLine, type Flat, flatten } from "./contents.js";
import { codeOf } from "./function-code.js";
import { planStep } from "./plan.js";
import type { Atom, DataItem, ExportItem, FuncItem, Id, Item, Program, UavItem } from "./program.js";
import type { Refs } from "./refs.js";

/** Something that code or data of some scope can refer to. */
export interface Place {
  /** Undefined where it is a weak symbol that nothing defines. */
  readonly atom: Atom | undefined;
  /** How a declaration with these `refs` calls it. A uav is asked for with an alignment of at least `align`. */
  name(refs: Refs, align: number): string;
}

export class View {
  readonly program: Program;
  /** Exports that name something; others are left out of the manifest. */
  readonly exported: ReadonlySet<ExportItem>;
  readonly #items = new Map<Id, Item>();
  readonly #byName: ReadonlyMap<string, Item>[];
  readonly #internal: Map<string, Atom>[];
  readonly #global = new Map<string, { readonly atom: Atom; readonly linkage: "strong" | "weak" }>();
  /** Names of externs that are not all weak. */
  readonly #wanted = new Set<string>();
  readonly #flat = new Map<Id, Flat>();
  readonly #actions = new Map<Id, readonly Action[]>();
  readonly #code = new Map<Id, Code>();

  constructor(program: Program) {
    this.program = program;
    const byName: Map<string, Item>[] = [];
    this.#internal = Array.from({ length: program.manifests }, () => new Map());
    for (const item of program.items) {
      this.#items.set(item.id, item);
      if (item.kind === "extern" && !item.weak) this.#wanted.add(item.name);
      if (item.kind === "func" || item.kind === "data" || item.kind === "extern") {
        byName[item.scope] ??= new Map();
        byName[item.scope]!.set(item.name, item);
      }
    }
    this.#byName = byName;
    this.exported = this.#defineExports();
  }

  item(id: Id): Item | undefined {
    return this.#items.get(id);
  }

  /** How `scope` can refer to item `id`, if it can. */
  place(scope: number, id: Id): Place | undefined {
    const item = this.#items.get(id);
    if (item === undefined) return undefined;
    if (item.kind === "uav") return this.#uavPlace(scope, item);
    if (item.kind !== "export" && item.scope !== scope) return undefined;
    if (item.kind === "func" || item.kind === "data") return { atom: item, name: () => item.name };
    if (item.kind !== "export" && item.kind !== "extern") return undefined;
    const meaning = this.#referred(scope, item.name);
    if (meaning === undefined) return undefined;
    return { atom: meaning === "nothing" ? undefined : meaning, name: () => item.name };
  }

  flat(atom: DataItem | UavItem): Flat {
    const known = this.#flat.get(atom.id);
    const flat = known ?? flatten(this, atom.contents, atom.scope, atom.id);
    this.#flat.set(atom.id, flat);
    return flat;
  }

  /** What the steps of a function come to; those that cannot be done are left out. */
  actions(func: FuncItem): readonly Action[] {
    const known = this.#actions.get(func.id);
    const actions = known ?? func.steps.flatMap((step) => planStep(this, func, step));
    this.#actions.set(func.id, actions);
    return actions;
  }

  code(func: FuncItem): Code {
    const known = this.#code.get(func.id);
    const code = known ?? codeOf(func, this.actions(func));
    this.#code.set(func.id, code);
    return code;
  }

  /** In bytes, as its symbol has it. */
  size(atom: Atom): number {
    return atom.kind === "func" ? this.code(atom).size : this.flat(atom).bytes.length;
  }

  #uavPlace(scope: number, uav: UavItem): Place | undefined {
    const { contents } = uav;
    const isShared = contents.form !== "typed" && contents.pointers.length === 0;
    if (uav.scope !== scope && !isShared) return undefined;
    return {
      atom: uav,
      name: (refs, align) => refs.uav(contentsLine(this, contents, scope, uav.id, refs), align),
    };
  }

  /**
   * What a reference to `name` from `scope` means. Exported values can be named by other programs only: from within, such a
   * reference is refused as undefined.
   */
  #referred(scope: number, name: string): Atom | "nothing" | undefined {
    const meaning = this.#lookup(scope, name);
    return typeof meaning === "object" && meaning.kind === "uav" ? undefined : meaning;
  }

  /** What `name` means in `scope`; "nothing" is a weak symbol without a definition. */
  #lookup(scope: number, name: string): Atom | "nothing" | undefined {
    const own = this.#byName[scope]?.get(name);
    if (own?.kind === "func" || own?.kind === "data") return own;
    if (own === undefined) return this.#internal[scope]!.get(name) ?? this.#global.get(name)?.atom;
    return this.#global.get(name)?.atom ?? (this.#wanted.has(name) ? undefined : "nothing");
  }

  /** Those that name functions, data and values come first; the others may name those, and each other. */
  #defineExports(): Set<ExportItem> {
    const defined = new Set<ExportItem>();
    const all = this.program.items.filter((item) => item.kind === "export").sort((a, b) => a.scope - b.scope);
    const define = (aliases: boolean): void => {
      for (const item of all) {
        const atom = defined.has(item) ? undefined : this.#exportedAtom(item, aliases);
        if (atom === undefined) continue;
        defined.add(item);
        this.#define(item, atom);
      }
    };
    define(false);
    for (let before = -1; before !== defined.size; ) {
      before = defined.size;
      define(true);
    }
    return defined;
  }

  #exportedAtom(item: ExportItem, aliases: boolean): Atom | undefined {
    const of = this.#items.get(item.of);
    if (of === undefined || of.scope !== item.scope) return undefined;
    if (of.kind === "func" || of.kind === "data" || of.kind === "uav") return of;
    if (!aliases || (of.kind !== "export" && of.kind !== "extern")) return undefined;
    const meaning = this.#referred(item.scope, of.name);
    return meaning === "nothing" ? undefined : meaning;
  }

  #define({ name, scope, linkage }: ExportItem, atom: Atom): void {
    if (linkage === "internal") {
      this.#internal[scope]!.set(name, atom);
      return;
    }
    const earlier = this.#global.get(name);
    if (earlier === undefined || (earlier.linkage === "weak" && linkage === "strong"))
      this.#global.set(name, { atom, linkage });
  }
}
