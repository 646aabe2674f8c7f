/**
 * Places that code and data refer to: labels of the function at hand, names that the program declares, and what `ref`
 * stands for; each with a constant and a modifier where asked for.
 */

import type { PendingValue } from "../emit/pending.js";
import { MODIFIERS } from "../x86/modifiers.js";
import { misuse } from "./failures.js";

/** A place in the function that made it with `label()`. */
export class Label {
  /** For messages. */
  readonly name: string;
  /** The declaration it belongs to, and its symbol there. */
  readonly declaration: number;
  readonly symbol: number;
  placed = false;
  used = false;

  constructor(name: string, declaration: number, symbol: number) {
    this.name = name;
    this.declaration = declaration;
    this.symbol = symbol;
  }

  toString(): string {
    return this.name;
  }
}

/** An unnamed value, or a place inside a nav; made with `ref()`, for use in the same declaration. */
export class Ref {
  readonly declaration: number;
  /** Its number among the declaration's targets. */
  readonly target: number;
  /** The unnamed value; or else a name and an offset into it. */
  readonly value: PendingValue | undefined;
  readonly name: string;
  readonly offset: number;
  /** The chunk's reference, once it has one. */
  bound = -1;

  constructor(declaration: number, target: number, value: PendingValue | undefined, name: string, offset: number) {
    this.declaration = declaration;
    this.target = target;
    this.value = value;
    this.name = name;
    this.offset = offset;
  }

  toString(): string {
    return this.value === undefined ? `${this.name}+${this.offset}` : "an unnamed value";
  }
}

/** What relocation a place asks for, as in `name@PLT`. */
export type Modifier =
  | "plt"
  | "gotpcrel"
  | "tpoff"
  | "gottpoff"
  | "tlsgd"
  | "tlsld"
  | "dtpoff"
  | "got"
  | "gotoff"
  | "size"
  | "tlsdesc"
  | "tlscall";

/** A place with a constant and a modifier: `symbol("write", { modifier: "plt" })`. */
export class SymbolPlace {
  readonly place: string | Label | Ref;
  readonly offset: number;
  /** The assembler's id of the modifier, 0 for none. */
  readonly modifier: number;

  constructor(place: string | Label | Ref, offset: number, modifier: number) {
    this.place = place;
    this.offset = offset;
    this.modifier = modifier;
  }

  toString(): string {
    const modifier = this.modifier === 0 ? "" : `@${MODIFIERS[this.modifier - 1]![0]}`;
    return `${this.place}${modifier}${this.offset === 0 ? "" : `${this.offset < 0 ? "" : "+"}${this.offset}`}`;
  }
}

/** A string is the name of a nav, an extern or an export. */
export type Place = string | Label | Ref | SymbolPlace;

export interface SymbolOptions {
  /** Bytes that are added to the address. */
  readonly offset?: number;
  readonly modifier?: Modifier;
}

/** A place with a constant or a modifier. */
export function symbol(place: Place, { offset = 0, modifier }: SymbolOptions = {}): SymbolPlace {
  const id = modifier === undefined ? 0 : MODIFIERS.findIndex(([name]) => name === modifier) + 1;
  if (modifier !== undefined && id === 0) throw misuse(`there is no modifier "${modifier}"`);
  if ((offset | 0) !== offset) throw misuse(`the offset ${offset} is no integer of 32 bits`);
  if (!(place instanceof SymbolPlace)) return new SymbolPlace(place, offset, id);
  return new SymbolPlace(place.place, place.offset + offset, id === 0 ? place.modifier : id);
}

/** An immediate that is the address of a place, as `OFFSET name` is in assembly. */
export class AddressOf {
  readonly place: SymbolPlace;

  constructor(place: SymbolPlace) {
    this.place = place;
  }

  toString(): string {
    return `offset ${this.place}`;
  }
}

/** The address of a place as an immediate: `f.mov(edi, addressOf("table"))`. */
export function addressOf(place: Place, options?: SymbolOptions): AddressOf {
  return new AddressOf(symbol(place, options));
}
