/**
 * What the steps of an import hand to each other. Objects are read into input sections; relocations become fixups with
 * resolved targets; a section is cut into atoms, each of which becomes one declaration.
 */

import type { ElfSymbol, InputLabel, RelocatableObject } from "@manifold/core";
import type { FixupType } from "./fixup-types.js";

export interface ImportedObject {
  readonly label: InputLabel;
  /** Base name of the file or member, made unique among the objects: the prefix of qualified names. */
  readonly name: string;
  readonly object: RelocatableObject;
  /** The sections that are imported, by their index in the object. */
  readonly sections: ReadonlyMap<number, InputSection>;
  /** Why a section is not imported, for those a relocation might still refer to. */
  readonly dropped: ReadonlyMap<number, string>;
}

export interface InputSection {
  /** The object's label, repeated here for diagnostics. */
  readonly label: InputLabel;
  readonly object: string;
  readonly name: string;
  readonly kind: "func" | "const" | "var";
  readonly threadLocal: boolean;
  readonly size: number;
  /** A power of two. */
  readonly align: number;
  /** A copy that relaxation may change; `undefined` for NOBITS. */
  readonly bytes: Uint8Array | undefined;
  /** Symbols that lie in it, sections and files excepted, in the order of the symbol table. */
  readonly symbols: readonly ElfSymbol[];
  /** Sorted by offset. */
  fixups: readonly Fixup[];
}

/** A relocation, ready for the manifest but for the name of its target. */
export interface Fixup {
  readonly offset: number;
  readonly type: FixupType;
  readonly target: Target;
  readonly addend: number;
}

/** A place in an input section. */
export interface Spot {
  readonly kind: "spot";
  readonly section: InputSection;
  /** Offset in the section. */
  readonly value: number;
  /**
   * Whether a symbol of its own was named. Where only the section was (assemblers do that to local symbols), the
   * place that is meant can lie anywhere in it, and even outside what it belongs to.
   */
  readonly named: boolean;
}

export type Target = Spot | GlobalSymbol;

/** One name among all objects, resolved. */
export interface GlobalSymbol {
  readonly kind: "global";
  readonly name: string;
  definition: Definition;
  /** Where it was defined, or first referred to. */
  label: InputLabel;
  /** No reference to it needs a definition. Of no meaning once it is defined. */
  weakReference: boolean;
  /** STV_*, the most constraining of all its symbols. */
  visibility: number;
  threadLocal: boolean;
}

export type Definition =
  | { readonly kind: "undefined" }
  | { readonly kind: "section"; readonly spot: Spot; readonly weak: boolean; readonly symbol: ElfSymbol }
  | { readonly kind: "common"; readonly size: number; readonly align: number }
  | { readonly kind: "absolute"; readonly value: number };

/** Bytes `start` to `end` of a section: what becomes one declaration. */
export interface Atom {
  readonly section: InputSection;
  readonly start: number;
  readonly end: number;
  /** Unique in the manifest. */
  readonly name: string;
}
