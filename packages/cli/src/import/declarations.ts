/** Declarations of a manifest: the shapes of MANIFEST.md that an import writes, and how atoms take them. */

import { STB, STV, symBind } from "@manifold/core";
import { type AtomTable, definesGlobal } from "./atoms.js";
import { FIXUP_TYPES } from "./fixup-types.js";
import type { Atom, Fixup, GlobalSymbol, InputSection } from "./model.js";
import type { Meaning } from "./references.js";

export type ManifestRelocation = readonly [offset: number, type: string, target: string, addend: number];

export type ManifestRefs = Readonly<Record<string, { readonly nav: string; readonly offset: number }>>;

export interface ExternUse {
  readonly global: GlobalSymbol;
  /** Every use so far is a call or a jump. */
  onlyCalled: boolean;
}

/** From this size on base64 is worth being unreadable. */
const BASE64_FROM = 1024;

export class DeclarationWriter {
  readonly #atoms: AtomTable;
  readonly #meanings: ReadonlyMap<Fixup, Meaning>;
  readonly #names: ReadonlySet<string>;
  /** The undefined symbols that declarations refer to, in order of their first use. */
  readonly externs: Map<string, ExternUse> = new Map();

  /** `names` are all that the manifest declares: no local name may hide one. */
  constructor(atoms: AtomTable, meanings: ReadonlyMap<Fixup, Meaning>, names: ReadonlySet<string>) {
    this.#atoms = atoms;
    this.#meanings = meanings;
    this.#names = names;
  }

  /** The line of a `func`, `const` or `var`; `fixups` are those of the atom. */
  atom(atom: Atom, fixups: readonly Fixup[]): string {
    const { section, start, end, name } = atom;
    const refs: Record<string, { nav: string; offset: number }> = {};
    const relocs = fixups.map((fixup) => this.#relocation(atom, fixup, refs));
    const contents = {
      ...(section.bytes === undefined ? { zero: end - start } : { bytes: encode(section.bytes.subarray(start, end)) }),
      ...(relocs.length > 0 ? { relocs } : {}),
    };
    return JSON.stringify({
      [section.kind]: name,
      align: alignment(section, start),
      ...(section.kind === "func" ? { code: contents } : contents),
      ...(section.threadLocal ? { threadlocal: true } : {}),
      ...(Object.keys(refs).length > 0 ? { refs: refs satisfies ManifestRefs } : {}),
    });
  }

  #relocation(atom: Atom, fixup: Fixup, refs: Record<string, { nav: string; offset: number }>): ManifestRelocation {
    const { target, type, addend } = fixup;
    const offset = fixup.offset - atom.start;
    if (target.kind === "global") {
      if (target.definition.kind === "undefined") this.#useExtern(target, type);
      return [offset, type, target.name, addend];
    }
    const meaning = this.#meanings.get(fixup)?.offset;
    const holder = this.#atoms.at(target.section, meaning ?? target.value)!;
    // Without a meaning the section is one atom, and its start will do.
    const meant = meaning ?? (target.named ? target.value : holder.start);
    const inside = Math.min(Math.max(meant, holder.start), holder.end) - holder.start;
    // What counts is the sum: holder + inside + rest = section + value + addend, wherever the holder comes to lie.
    const rest = target.value + addend - (holder.start + inside);
    if (inside === 0) return [offset, type, holder.name, rest];
    const name = this.#localName(`${holder.name}+0x${inside.toString(16)}`);
    refs[name] = { nav: holder.name, offset: inside };
    return [offset, type, name, rest];
  }

  #localName(name: string): string {
    return this.#names.has(name) ? this.#localName(`${name}'`) : name;
  }

  #useExtern(global: GlobalSymbol, type: Fixup["type"]): void {
    const use = this.externs.get(global.name) ?? { global, onlyCalled: true };
    if (type !== "PLT32") use.onlyCalled = false;
    if (type === "TPOFF32" || type === "TPOFF64") global.threadLocal = true;
    this.externs.set(global.name, use);
  }
}

/** The line of an `export` that gives an atom a global name. */
export function exportLine(name: string, nav: string, weak: boolean, visibility: number): string {
  return JSON.stringify({ export: name, of: nav, ...(weak ? { linkage: "weak" } : {}), ...visibilityKey(visibility) });
}

/** The line of an `extern`. */
export function externLine({ global, onlyCalled }: ExternUse): string {
  const is = global.threadLocal ? "tls" : onlyCalled ? "func" : "object";
  const weak = global.weakReference ? { weak: true } : {};
  return JSON.stringify({ extern: global.name, is, ...weak, ...visibilityKey(global.visibility) });
}

/** The line of the variable that a common block becomes. */
export function commonLine(name: string, size: number, align: number): string {
  return JSON.stringify({ var: name, align, zero: size });
}

function visibilityKey(visibility: number): { readonly visibility?: "hidden" | "protected" } {
  // Internal is hidden, with promises that nobody keeps (psABI).
  if (visibility === STV.HIDDEN || visibility === STV.INTERNAL) return { visibility: "hidden" };
  return visibility === STV.PROTECTED ? { visibility: "protected" } : {};
}

/** What the offset keeps of the section's alignment. */
function alignment({ align }: InputSection, offset: number): number {
  let kept = align;
  while (offset % kept !== 0) kept /= 2;
  return kept;
}

function encode(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.length < BASE64_FROM ? buffer.toString("hex") : `base64:${buffer.toString("base64")}`;
}

/** The fixups of each atom of a section, in the order of the atoms; all lists are ascending. */
export function fixupsByAtom(atoms: readonly Atom[], fixups: readonly Fixup[]): readonly (readonly Fixup[])[] {
  let next = 0;
  return atoms.map((atom) => {
    const from = next;
    while (next < fixups.length && fixups[next]!.offset < atom.end) next++;
    return fixups.slice(from, next);
  });
}

interface PlacedGlobal {
  readonly global: GlobalSymbol;
  /** In the section. */
  readonly offset: number;
  readonly weak: boolean;
}

/** The global names that come to a section's symbols, in the order of the symbol table. */
export function globalsOf(section: InputSection, globals: ReadonlyMap<string, GlobalSymbol>): readonly PlacedGlobal[] {
  return section.symbols
    .filter((symbol) => definesGlobal(globals, symbol))
    .map((symbol) => ({
      global: globals.get(symbol.name)!,
      offset: symbol.sym.value,
      weak: symBind(symbol.sym.info) === STB.WEAK,
    }));
}

/** Fixups of a section with those that cutting it added. */
export function withAdded(section: InputSection, added: Iterable<Fixup>): readonly Fixup[] {
  const extra = Array.from(added);
  // The assembler had put the distance there.
  for (const { offset, type } of extra) section.bytes!.fill(0, offset, offset + FIXUP_TYPES[type].width);
  return [...section.fixups, ...extra].sort((a, b) => a.offset - b.offset);
}
