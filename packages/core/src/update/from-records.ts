/** From the records of emission to the tables of a program: declarations and relocations. */

import { R_X86_64 } from "../elf/x86-64.js";
import type { Records } from "../link/link-records.js";
import { relaxLoad } from "../link/relax-got.js";
import { relaxInitialExec } from "../link/relax-tls.js";
import { FORMULA, Formula } from "../link/x86-64.js";
import { Decl, Reloc } from "../protocol/records.js";
import { isDefined } from "./names.js";
import type { Program } from "./program.js";
import type { References } from "./references.js";
import { Declaration, NO_FIELD, NONE, RELAXED, Relocation } from "./tables.js";

/** A new record of the declaration that `decl` of `chunk` emitted; its symbol and lists are the caller's. */
export function recordDeclaration(
  program: Program,
  records: Records,
  chunk: number,
  decl: number,
  scope: number,
  row: number = newDeclaration(program),
): number {
  const { declarations } = program.parts;
  const { words, at } = records.decl(chunk, decl);
  const { offset } = records.position(chunk, words[at + Decl.SOURCE]!);
  declarations.set(row, Declaration.FLAGS, words[at + Decl.FLAGS]!);
  declarations.set(row, Declaration.NEXT, NONE);
  declarations.set(row, Declaration.HASH0, words[at + Decl.HASH0]!);
  declarations.set(row, Declaration.HASH1, words[at + Decl.HASH1]!);
  declarations.set(row, Declaration.HASH2, words[at + Decl.HASH2]!);
  declarations.set(row, Declaration.SCOPE, scope);
  // A declaration that is known by its text keeps the place that was noted: see `manifest-lines.ts`.
  if (declarations.get(row, Declaration.ORDER) === NONE) {
    declarations.set(row, Declaration.OFFSET_LOW, offset | 0);
    declarations.set(row, Declaration.OFFSET_HIGH, Math.floor(offset / 2 ** 32));
  }
  declarations.set(row, Declaration.CHUNK, chunk + program.chunkBase);
  declarations.set(row, Declaration.RECORD, decl);
  declarations.set(row, Declaration.RELOC, NONE);
  return row;
}

/** A record that is in no list yet. */
export function newDeclaration({ parts }: Program): number {
  const row = parts.declarations.add();
  for (const field of [Declaration.SYMBOL, Declaration.NEXT, Declaration.RELOC, Declaration.ORDER])
    parts.declarations.set(row, field, NONE);
  return row;
}

/** Fills a relocation from a record. `start`: where the declaration begins in the chunk's text. */
export function fillRelocation(
  program: Program,
  relocation: number,
  words: Int32Array,
  at: number,
  inside: number,
  start: number,
): void {
  const { relocations } = program.parts;
  relocations.set(relocation, Relocation.OFFSET, words[at + Reloc.OFFSET]!);
  relocations.set(relocation, Relocation.TYPE, words[at + Reloc.TYPE]!);
  relocations.set(relocation, Relocation.ADDEND_LOW, words[at + Reloc.ADDEND_LOW]!);
  relocations.set(relocation, Relocation.ADDEND_HIGH, words[at + Reloc.ADDEND_HIGH]!);
  relocations.set(relocation, Relocation.INSIDE, inside);
  relocations.set(relocation, Relocation.SOURCE, words[at + Reloc.SOURCE]! - start);
}

/**
 * A relocation that loads through a table becomes what the rewritten instruction has. `bytes` holds the instruction, from
 * byte `base` of the atom on, and is rewritten too. What cannot be relaxed stays, and is refused when it is applied.
 */
export function relaxRelocation(
  program: Program,
  references: References,
  relocation: number,
  bytes: Uint8Array,
  base: number,
): void {
  const { relocations } = program.parts;
  const type = relocations.get(relocation, Relocation.TYPE);
  if (!loadsFromTable(program, type)) return;
  const offset = relocations.get(relocation, Relocation.OFFSET);
  let addend = addendOf(program, relocation);
  let field: { readonly offset: number; readonly type: "PLT32" | "PC32" | "TPOFF32" | undefined } | undefined;
  if (FORMULA[type] === Formula.GOT) {
    const target = references.finalOf(relocations.get(relocation, Relocation.TARGET), false);
    const isUndefined = target === NONE || !isDefined(program, target);
    field = relaxLoad(bytes, offset - base, type, offset, isUndefined, addend);
  } else if (offset >= 3) {
    const relaxed = relaxInitialExec(bytes, offset - base);
    if (relaxed !== undefined) {
      field = { offset: relaxed.offset, type: "TPOFF32" };
      addend += relaxed.addendChange;
    }
  }
  if (field === undefined) return;
  relocations.set(relocation, Relocation.OFFSET, field.offset + base);
  relocations.set(relocation, Relocation.TYPE, (field.type === undefined ? NO_FIELD : R_X86_64[field.type]) | RELAXED);
  relocations.set(relocation, Relocation.ADDEND_LOW, addend | 0);
  relocations.set(relocation, Relocation.ADDEND_HIGH, Math.floor(addend / 2 ** 32));
}

/** Whether a relocation of `type`, as it was emitted, loads through a table that an executable does without. */
export function loadsFromTable(program: Program, type: number): boolean {
  const formula = FORMULA[type];
  return program.mode !== "object" && (formula === Formula.GOT || formula === Formula.GOT_TLS);
}

export function addendOf(program: Program, relocation: number): number {
  const { relocations } = program.parts;
  return (
    relocations.get(relocation, Relocation.ADDEND_HIGH) * 2 ** 32 +
    (relocations.get(relocation, Relocation.ADDEND_LOW) >>> 0)
  );
}
