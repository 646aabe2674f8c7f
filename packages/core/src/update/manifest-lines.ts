/**
 * What a session on disk knows of the text of a manifest: of every declaration a hash and where it stands, so that the next
 * version is compared declaration by declaration, or a declaration that its caller calls changed is found without looking
 * at the others.
 *
 * Where a declaration stands is kept in coordinates of the text as it was when all places were noted last; `pieces` say
 * how far the text moved since, from which place on. So a declaration that grows moves no record of those behind it.
 */

import type { DeclarationClass, DeclarationIdentity } from "../manifest/declaration-key.js";
import type { LineHashes, ManifestLines } from "../manifest/scan-manifest.js";
import type { PagedWords } from "../memory/paged-words.js";
import { DeclFlag, DeclKind } from "../protocol/records.js";
import { DenseList } from "./dense-list.js";
import { newDeclaration } from "./from-records.js";
import type { Program } from "./program.js";
import { Declaration, ERRORS_KIND, INPUT_KIND, NONE, TYPE_KIND } from "./tables.js";

/** From byte `position` of the noted text on, everything stands `shift` bytes further on. Ascending. */
export type Piece = readonly [position: number, shift: number];

export interface SavedLines {
  readonly order: number;
  readonly types: number;
  readonly pieces: readonly Piece[];
  readonly unplaced: number;
}

/** Places in the text that nobody knows. */
const UNPLACED = -1;
/** More pieces or unplaced declarations than these, and all places are noted anew. */
const PIECES_LIMIT = 256;

/** A declaration of a version of the text. */
export interface TextLine {
  readonly start: number;
  readonly length: number;
  readonly hash0: number;
  readonly hash1: number;
}

export class ManifestTexts {
  readonly #program: Program;
  readonly #scope: number;
  /** All declarations: those of which ORDER is the place in the list, in about the order of the text. */
  readonly order: DenseList;
  /** Those of types, errors and inputs. */
  readonly types: DenseList;
  #pieces: Piece[];
  #unplaced: number;

  constructor(
    program: Program,
    scope: number,
    saved?: { readonly order: PagedWords; readonly types: PagedWords; readonly state: SavedLines },
  ) {
    this.#program = program;
    this.#scope = scope;
    this.order = new DenseList("declaration order", saved && { table: saved.order, length: saved.state.order });
    this.types = new DenseList("type declarations", saved && { table: saved.types, length: saved.state.types });
    this.#pieces = [...(saved?.state.pieces ?? [])];
    this.#unplaced = saved?.state.unplaced ?? 0;
  }

  get state(): SavedLines {
    return { order: this.order.length, types: this.types.length, pieces: this.#pieces, unplaced: this.#unplaced };
  }

  // --- after a full link ----------------------------------------------------------------------------------------

  /** Notes all lines of a manifest that was linked; `keyOf` reads the key of a line that has no record: of types, inputs. */
  note(lines: ManifestLines, keyOf: (line: number) => DeclarationIdentity | undefined): void {
    const { declarations } = this.#program.parts;
    const count = declarations.length;
    let row = 0;
    for (let line = 0; line < lines.count; line++) {
      while (row < count && !this.#isOwn(row)) row++;
      const end = lines.start[line]! + lines.length[line]!;
      if (row < count && this.#noted(row) < end) this.place(row++, lineAt(lines, line));
      else {
        const key = keyOf(line);
        if (key !== undefined) this.place(this.addType(key), lineAt(lines, line));
      }
    }
  }

  #isOwn(row: number): boolean {
    return this.#program.parts.declarations.get(row, Declaration.SCOPE) === this.#scope;
  }

  // --- one declaration ------------------------------------------------------------------------------------------

  /** A record for a declaration of types, errors or an input, which emission has none for. */
  addType({ class: kind, hash0, hash1, hash2 }: DeclarationIdentity): number {
    const { declarations } = this.#program.parts;
    const row = newDeclaration(this.#program);
    declarations.set(
      row,
      Declaration.FLAGS,
      kind === "errors" ? ERRORS_KIND : kind === "input" ? INPUT_KIND : TYPE_KIND,
    );
    declarations.set(row, Declaration.HASH0, hash0);
    declarations.set(row, Declaration.HASH1, hash1);
    declarations.set(row, Declaration.HASH2, hash2);
    declarations.set(row, Declaration.SCOPE, this.#scope);
    declarations.set(row, Declaration.CHUNK, NONE);
    this.types.push(row);
    return row;
  }

  removeType(row: number): void {
    const { declarations } = this.#program.parts;
    const { types } = this;
    for (let at = 0; at < types.length; at++) {
      if (types.get(at) !== row) continue;
      types.length--;
      types.set(at, types.get(types.length));
      break;
    }
    declarations.set(row, Declaration.ORDER, NONE);
    declarations.remove(row);
  }

  /** Notes the text of a declaration, at a place in noted coordinates; with UNPLACED its place is unknown. */
  place(row: number, { start, length, hash0, hash1 }: TextLine): void {
    const { declarations } = this.#program.parts;
    declarations.set(row, Declaration.TEXT0, hash0);
    declarations.set(row, Declaration.TEXT1, hash1);
    declarations.set(row, Declaration.OFFSET_LOW, start | 0);
    declarations.set(row, Declaration.OFFSET_HIGH, Math.floor(start / 2 ** 32));
    declarations.set(row, Declaration.LENGTH, length);
    if (declarations.get(row, Declaration.ORDER) === NONE)
      declarations.set(row, Declaration.ORDER, this.order.push(row));
  }

  /** Notes new text of a declaration that has a place, or of a new one. */
  retext(row: number, line: TextLine): void {
    const { declarations } = this.#program.parts;
    const isNew = declarations.get(row, Declaration.ORDER) === NONE;
    const noted = isNew ? this.#placeFor(line.start) : this.#noted(row);
    if (noted === UNPLACED) this.#unplaced++;
    this.place(row, { ...line, start: noted });
  }

  hashOf(row: number): { readonly hash0: number; readonly hash1: number } {
    const { declarations } = this.#program.parts;
    return { hash0: declarations.get(row, Declaration.TEXT0), hash1: declarations.get(row, Declaration.TEXT1) };
  }

  lengthOf(row: number): number {
    return this.#program.parts.declarations.get(row, Declaration.LENGTH);
  }

  /** Where a declaration stands in the text now, or UNPLACED. */
  startOf(row: number): number {
    const noted = this.#noted(row);
    return noted === UNPLACED ? UNPLACED : noted + this.#shiftAt(noted);
  }

  classOf(row: number): DeclarationClass {
    const kind = this.#program.parts.declarations.get(row, Declaration.FLAGS) & DeclFlag.KIND;
    if (kind === TYPE_KIND) return "type";
    if (kind === INPUT_KIND) return "input";
    if (kind === ERRORS_KIND) return "errors";
    return kind === DeclKind.EXPORT ? "export" : "nav";
  }

  identityOf(row: number): DeclarationIdentity {
    const { declarations } = this.#program.parts;
    return {
      class: this.classOf(row),
      hash0: declarations.get(row, Declaration.HASH0),
      hash1: declarations.get(row, Declaration.HASH1),
      hash2: declarations.get(row, Declaration.HASH2),
    };
  }

  /** The declarations of inputs, in their order. */
  inputs(): number[] {
    const rows: number[] = [];
    for (let at = 0; at < this.types.length; at++)
      if (this.classOf(this.types.get(at)) === "input") rows.push(this.types.get(at));
    const { declarations } = this.#program.parts;
    return rows.sort((a, b) => declarations.get(a, Declaration.ORDER) - declarations.get(b, Declaration.ORDER));
  }

  isTyped(row: number): boolean {
    const flags = this.#program.parts.declarations.get(row, Declaration.FLAGS);
    return (flags & DeclFlag.TYPED) !== 0 && (flags & DeclFlag.KIND) <= DeclKind.EXPORT;
  }

  // --- all declarations -----------------------------------------------------------------------------------------

  /** The declarations in the order of the list, and the hashes of their texts. */
  hashes(): { readonly rows: Int32Array; readonly lines: LineHashes } {
    const { declarations } = this.#program.parts;
    const rows = new Int32Array(this.order.length);
    let count = 0;
    for (let at = 0; at < this.order.length; at++) {
      const row = this.order.get(at);
      if (declarations.get(row, Declaration.ORDER) === at) rows[count++] = row;
    }
    const hash0 = new Int32Array(count);
    const hash1 = new Int32Array(count);
    for (let line = 0; line < count; line++) {
      hash0[line] = declarations.get(rows[line]!, Declaration.TEXT0);
      hash1[line] = declarations.get(rows[line]!, Declaration.TEXT1);
    }
    return { rows: rows.subarray(0, count), lines: { count, hash0, hash1 } };
  }

  /** Finds out how far the text moved, from where all declarations stand now: pairs of a record and its place, ascending. */
  follow(rows: Int32Array, starts: Float64Array): void {
    const pieces: Piece[] = [];
    let shift = 0;
    let isAscending = true;
    let last = -1;
    for (let at = 0; at < rows.length; at++) {
      const noted = this.#noted(rows[at]!);
      if (noted === UNPLACED) continue;
      if (noted < last) isAscending = false;
      last = noted;
      if (starts[at]! - noted === shift) continue;
      shift = starts[at]! - noted;
      pieces.push([noted, shift]);
    }
    if (isAscending && pieces.length <= PIECES_LIMIT && this.#unplaced <= PIECES_LIMIT) {
      this.#pieces = pieces;
      return;
    }
    const { declarations } = this.#program.parts;
    for (let at = 0; at < rows.length; at++) {
      declarations.set(rows[at]!, Declaration.OFFSET_LOW, starts[at]! | 0);
      declarations.set(rows[at]!, Declaration.OFFSET_HIGH, Math.floor(starts[at]! / 2 ** 32));
    }
    this.#pieces = [];
    this.#unplaced = 0;
  }

  /** Everything from `position` on, in noted coordinates, moves by `change` bytes. */
  moveBehind(position: number, change: number): void {
    if (change === 0) return;
    const shift = this.#shiftAt(position);
    const behind = this.#pieces.filter(([at]) => at > position);
    const before = this.#pieces.filter(([at]) => at < position);
    this.#pieces = [...before, [position, shift + change], ...behind.map(([at, by]): Piece => [at, by + change])];
  }

  /** Whether it is time to note all places anew, as comparing all of the text does. */
  get isScattered(): boolean {
    return this.#pieces.length > PIECES_LIMIT || this.#unplaced > PIECES_LIMIT;
  }

  /** In noted coordinates, where that begins which moves when declaration `row` grows. */
  behind(row: number): number {
    return this.#noted(row) + 1;
  }

  #noted(row: number): number {
    const { declarations } = this.#program.parts;
    const high = declarations.get(row, Declaration.OFFSET_HIGH);
    return high * 2 ** 32 + (declarations.get(row, Declaration.OFFSET_LOW) >>> 0);
  }

  /** The noted coordinate of a new declaration at `start`, or UNPLACED where the noted text has no such place. */
  #placeFor(start: number): number {
    let noted = start;
    for (let at = 0; at < this.#pieces.length; at++) {
      const [position, shift] = this.#pieces[at]!;
      if (position + shift > start) return noted < position ? noted : UNPLACED;
      noted = start - shift;
    }
    return noted;
  }

  #shiftAt(position: number): number {
    let shift = 0;
    for (const [at, by] of this.#pieces) {
      if (at > position) break;
      shift = by;
    }
    return shift;
  }
}

export function lineAt(lines: ManifestLines, line: number): TextLine {
  return {
    start: lines.start[line]!,
    length: lines.length[line]!,
    hash0: lines.hash0[line]!,
    hash1: lines.hash1[line]!,
  };
}
