/**
 * What atoms hold: the same bytes as in the full link outside of fields, the same relocations, and in each field the value
 * that follows from the output's own headers and symbols.
 */

import { contentDiffers, relocationDiffers } from "../diagnostics/verify.js";
import { x8664RelocationName } from "../elf/x86-64.js";
import { isNobits, UNDEFINED } from "../link/sections.js";
import { kindOf, SymbolKind, SymField } from "../link/symbol-table.js";
import { Graph, NO_FIELD, NONE, RELAXED, Relocation } from "./tables.js";
import { FieldValues } from "./verify-field.js";
import { differ, hex, liveSymbols, type ProgramView } from "./verify-view.js";

/** A relocation by what it is, not by where its records are. */
export interface Relocated {
  readonly relocation: number;
  readonly offset: number;
  /** As it was emitted, or for an instruction that was rewritten as that asks for; NO_FIELD where nothing is left. */
  readonly type: number;
  readonly inside: number;
  readonly addend: number;
  /** What the name finally stands for. */
  readonly target: number;
  readonly identity: string;
}

export function verifyContents(updated: ProgramView, fresh: ProgramView): void {
  const values = new FieldValues(updated);
  for (const [identity, symbol] of updated.identities) {
    const wanted = fresh.find(identity);
    const own = relocationsOf(updated, symbol);
    compareRelocations(updated, symbol, own, fresh, relocationsOf(fresh, wanted));
    if (isAtom(updated, symbol)) compareBytes(updated, symbol, own, fresh, wanted, values);
  }
}

function isAtom({ program }: ProgramView, symbol: number): boolean {
  const kind = kindOf(program.parts.symbols.get(symbol, SymField.FLAGS));
  return kind === SymbolKind.NAV || kind === SymbolKind.UAV;
}

/** The relocations inside a symbol, in the order of its declaration; of a global name, what its exports name. */
function relocationsOf(view: ProgramView, symbol: number): Relocated[] {
  const { program } = view;
  const { relocations } = program.parts;
  const found: Relocated[] = [];
  for (let at = program.graph(symbol, Graph.RELOCS); at !== NONE; at = relocations.get(at, Relocation.NEXT_OWN)) {
    const target = view.finalOf(relocations.get(at, Relocation.TARGET), program.mode === "object");
    found.push({
      relocation: at,
      offset: relocations.get(at, Relocation.OFFSET),
      type: relocations.get(at, Relocation.TYPE) & ~RELAXED,
      inside: relocations.get(at, Relocation.INSIDE),
      addend:
        relocations.get(at, Relocation.ADDEND_HIGH) * 2 ** 32 + (relocations.get(at, Relocation.ADDEND_LOW) >>> 0),
      target,
      identity: target === NONE ? "" : view.identity(target),
    });
  }
  return found;
}

export function typeName(type: number): string {
  return x8664RelocationName(type) ?? String(type);
}

/** A relocation as people read it. */
export function spell(view: ProgramView, symbol: number, { offset, type, target, inside, addend }: Relocated): string {
  const name = target === NONE ? "a circle of names" : `"${view.nameOf(target)}"`;
  const place = `${view.nameOf(symbol)}+${hex(offset)}`;
  return `${typeName(type)} at ${place} against ${name}${inside === 0 ? "" : `+${hex(inside)}`}, addend ${addend}`;
}

function compareRelocations(
  updated: ProgramView,
  symbol: number,
  own: readonly Relocated[],
  fresh: ProgramView,
  wanted: readonly Relocated[],
): void {
  const name = updated.nameOf(symbol);
  const sorted = [...own].sort(byPlace);
  const wantedSorted = [...wanted].sort(byPlace);
  for (let at = 0; at < Math.max(sorted.length, wantedSorted.length); at++) {
    const [one, other] = [sorted[at], wantedSorted[at]];
    const isSame =
      one !== undefined && other !== undefined && byPlace(one, other) === 0 && one.identity === other.identity;
    if (isSame) continue;
    const show = (view: ProgramView, which: Relocated | undefined): string =>
      which === undefined
        ? "absent"
        : spell(view, which === one ? symbol : fresh.find(updated.identity(symbol)), which);
    differ(relocationDiffers(name, `relocation ${at} of "${name}"`, show(updated, one), show(fresh, other)));
  }
}

function byPlace(a: Relocated, b: Relocated): number {
  return a.offset - b.offset || a.type - b.type || a.inside - b.inside || a.addend - b.addend;
}

/** The bytes of the full link, with the fields as they must be here, are those that are here. */
function compareBytes(
  updated: ProgramView,
  symbol: number,
  own: readonly Relocated[],
  fresh: ProgramView,
  freshSymbol: number,
  values: FieldValues,
): void {
  const { symbols, image } = updated.program.parts;
  const section = symbols.get(symbol, SymField.SECTION);
  if (section === UNDEFINED || isNobits(section)) return;
  const size = symbols.getUnsigned(symbol, SymField.SIZE);
  const bytes = image.read(symbols.get(symbol, SymField.NODE), 0, size);
  const other = fresh.program.parts;
  const wanted = Uint8Array.from(other.image.read(other.symbols.get(freshSymbol, SymField.NODE), 0, size));
  const fields = updated.program.mode === "object" ? [] : own.filter(({ type }) => type !== NO_FIELD);
  // In order: where fields overlap, the later one stands.
  for (const field of fields) values.store(wanted, symbol, field);
  const at = bytes.findIndex((byte, index) => byte !== wanted[index]);
  if (at === -1) return;
  const name = updated.nameOf(symbol);
  const field = fields.findLast(({ offset, type }) => at >= offset && at < offset + values.widthOf(type));
  if (field === undefined) differ(contentDiffers(name, at, show(bytes, at), show(wanted, at)));
  const has = (from: Uint8Array): string => hex(values.read(from, field));
  differ(relocationDiffers(name, `the field of ${spell(updated, symbol, field)}`, has(bytes), has(wanted)));
}

/** A few bytes from `at` on. */
function show(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.slice(at, at + 8)).toString("hex");
}

/** Atoms and their relocations, for what is said about all of them together. */
export function* relocatedAtoms(view: ProgramView): Generator<readonly [symbol: number, relocations: Relocated[]]> {
  for (const symbol of liveSymbols(view.program)) if (isAtom(view, symbol)) yield [symbol, relocationsOf(view, symbol)];
}
