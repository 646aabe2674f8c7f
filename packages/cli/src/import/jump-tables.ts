/**
 * Switch tables of position-independent code. A compiler writes each entry as `.long case - table`, and the assembler
 * turns it into a PC32 relocation relative to the entry itself: the addend is off by the entry's distance from the
 * table's start. Where the table starts is what code loads with `lea table(%rip)`.
 *
 * The same relocation also stands for `.long f - .`, which means what it says. Both readings are tested: entries of a
 * table fill it without gaps and lead back into the function that loads it; entries that mean themselves lead to
 * starts of functions.
 */

import { FIXUP_TYPES } from "./fixup-types.js";
import type { Fixup, InputSection, Spot } from "./model.js";
import { lastAtOrBefore } from "./sorted.js";

/** Starts of functions in a section, sorted: an offset belongs to the last start at or before it. */
export type FunctionStarts = ReadonlyMap<InputSection, readonly number[]>;

/**
 * The offsets in the target's section that PC-relative fixups of data mean, for those that lead into code without
 * naming a symbol. An entry that neither reading explains has `undefined`.
 */
export function jumpTableTargets(
  sections: readonly InputSection[],
  starts: FunctionStarts,
): ReadonlyMap<Fixup, number | undefined> {
  const loads = tableLoads(sections);
  const targets = new Map<Fixup, number | undefined>();
  for (const section of sections) {
    if (section.kind === "func") continue;
    const tables = loads.get(section) ?? new Map<number, readonly TableLoad[]>();
    let run: Fixup[] = [];
    for (const entry of section.fixups.filter(isEntry)) {
      const previous = run.at(-1);
      if (previous !== undefined && (tables.has(entry.offset) || previous.offset + 4 !== entry.offset)) {
        explain(run, tables, starts, targets);
        run = [];
      }
      run.push(entry);
    }
    if (run.length > 0) explain(run, tables, starts, targets);
  }
  return targets;
}

/** `lea table(%rip), %reg` in `code` at `offset`. */
interface TableLoad {
  readonly code: InputSection;
  readonly offset: number;
}

/** By the offset of the table in its section. */
type TableLoads = ReadonlyMap<number, readonly TableLoad[]>;

function tableLoads(sections: readonly InputSection[]): ReadonlyMap<InputSection, TableLoads> {
  const loads = new Map<InputSection, Map<number, TableLoad[]>>();
  for (const code of sections) {
    if (code.kind !== "func") continue;
    for (const { type, target, offset, addend } of code.fixups) {
      if (type !== "PC32" || target.kind !== "spot" || target.section.kind === "func") continue;
      const isLea = code.bytes![offset - 2] === 0x8d && (code.bytes![offset - 1]! & 0xc7) === 0x05;
      if (!isLea) continue;
      const tables = loads.get(target.section) ?? new Map<number, TableLoad[]>();
      loads.set(target.section, tables);
      // lea has no immediate: the instruction ends with the field.
      const table = target.value + addend + 4;
      tables.set(table, [...(tables.get(table) ?? []), { code, offset }]);
    }
  }
  return loads;
}

function isEntry(fixup: Fixup): boolean {
  const { type, target } = fixup;
  return FIXUP_TYPES[type].pcRelative && target.kind === "spot" && !target.named && target.section.kind === "func";
}

/** Decides what a run of adjacent entries means. */
function explain(
  run: readonly Fixup[],
  tables: TableLoads,
  starts: FunctionStarts,
  targets: Map<Fixup, number | undefined>,
): void {
  const first = run[0]!.offset;
  const spots = run.map((entry) => entry.target as Spot);
  const asTable = run.map((entry, i) => spots[i]!.value + entry.addend - (entry.offset - first));
  const asThemselves = run.map((entry, i) => spots[i]!.value + entry.addend);
  const isTable = (tables.get(first) ?? []).some((load) =>
    run.every((entry, i) => {
      const { section } = spots[i]!;
      const inside = entry.type === "PC32" && asTable[i]! >= 0 && asTable[i]! < section.size;
      // A cold part of the function lies in a section of its own.
      return inside && (section !== load.code || sameFunction(starts, section, asTable[i]!, load.offset));
    }),
  );
  // Tested first: the first case of a switch is no start of a function, while distances to short functions that
  // follow each other may well pass for cases.
  const areFunctions = run.every((_, i) => isStart(starts.get(spots[i]!.section) ?? [], asThemselves[i]!));
  for (const [i, entry] of run.entries()) {
    targets.set(entry, areFunctions ? asThemselves[i] : isTable ? asTable[i] : undefined);
  }
}

function isStart(starts: readonly number[], offset: number): boolean {
  return starts[lastAtOrBefore(starts, offset)] === offset;
}

function sameFunction(starts: FunctionStarts, section: InputSection, a: number, b: number): boolean {
  const list = starts.get(section) ?? [];
  return lastAtOrBefore(list, a) === lastAtOrBefore(list, b);
}
