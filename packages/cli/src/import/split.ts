/**
 * Cuts sections into atoms that may be placed independently of each other. A cut is made only where nothing depends on
 * what lies on its two sides being neighbours; a section about which that is not certain stays whole.
 */

import { STB, STT, symBind, symType } from "@manifold/core";
import { type CodeTrace, FLAG, type InternalReference } from "./code-trace.js";
import { FIXUP_TYPES } from "./fixup-types.js";
import type { Fixup, InputSection } from "./model.js";
import type { Meaning, ReferencesTo } from "./references.js";
import { ascending, lastAtOrBefore } from "./sorted.js";
import { entryPoints } from "./trace.js";

/** Bytes `start` to `end` of a section. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Split {
  /** Ascending, disjoint. What they leave out is padding that nothing refers to. */
  readonly ranges: readonly Range[];
  /** References between atoms that had no relocation, with what they mean. */
  readonly added: ReadonlyMap<Fixup, Meaning>;
  /** Why a section with several symbols is one atom. */
  readonly keptWhole: string | undefined;
}

/** Sections that linkers gather by these names, without regard to their neighbours. */
const STANDARD = /^\.l?(text|data|bss|rodata|tdata|tbss)(\.|$)/;

/** Ranges of `section`; `trace` is that of code. */
export function splitSection(
  section: InputSection,
  trace: CodeTrace | undefined,
  references: ReferencesTo | undefined,
): Split {
  if (!STANDARD.test(section.name)) return whole(section, "its name may have a meaning of its own");
  return trace === undefined ? splitData(section, references) : splitCode(section, trace, references);
}

function whole(section: InputSection, reason: string): Split {
  const places = new Set(section.symbols.filter(isNameable).map(({ sym }) => sym.value));
  const range = { start: 0, end: section.size };
  return { ranges: [range], added: new Map(), keptWhole: places.size > 1 ? reason : undefined };
}

function uncertainReference({ uncertain }: ReferencesTo): string {
  return `what ${uncertain!.section.name}+0x${uncertain!.offset.toString(16)} refers to in it is not certain`;
}

function splitData(section: InputSection, references: ReferencesTo | undefined): Split {
  if (section.symbols.length === 0) return whole(section, "");
  const objects: Range[] = [];
  for (const { name, sym } of section.symbols) {
    const type = symType(sym.info);
    const sized = (type === STT.OBJECT || type === STT.TLS) && sym.size > 0 && sym.value + sym.size <= section.size;
    // A label may enclose a table of several objects, or end it.
    if (!sized) return whole(section, `${name} in it has no size`);
    objects.push({ start: sym.value, end: sym.value + sym.size });
  }
  const fields = section.fixups.map(({ offset, type }) => ({ start: offset, end: offset + FIXUP_TYPES[type].width }));
  const accesses = (references?.certain ?? []).map(({ offset, size }) => ({ start: offset, end: offset + size }));
  const ranges = withGaps(section, united([...objects, ...fields, ...accesses]));
  if (ranges.length > 1 && references?.uncertain !== undefined) return whole(section, uncertainReference(references));
  return { ranges, added: new Map(), keptWhole: undefined };
}

/** Ranges that overlap become one. */
function united(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = result.at(-1);
    if (last !== undefined && range.start < last.end) {
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    } else {
      result.push(range);
    }
  }
  return result;
}

/** Adds what lies between the ranges, except for padding: zeros, fewer than the section's alignment. */
function withGaps(section: InputSection, ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = [];
  let end = 0;
  for (const range of [...ranges, { start: section.size, end: section.size }]) {
    const isZero = section.bytes?.subarray(end, range.start).every((byte) => byte === 0) ?? true;
    const isPadding = isZero && range.start - end < section.align;
    if (range.start > end && !isPadding) result.push({ start: end, end: range.start });
    if (range.end > range.start) result.push(range);
    end = range.end;
  }
  return result;
}

function splitCode(section: InputSection, trace: CodeTrace, references: ReferencesTo | undefined): Split {
  if (trace.problem !== undefined) return whole(section, trace.problem);
  if (references?.uncertain !== undefined) return whole(section, uncertainReference(references));
  for (const { name, sym } of section.symbols) {
    const type = symType(sym.info);
    if (type !== STT.FUNC && type !== STT.NOTYPE) return whole(section, `${name} in it is not code`);
    if (type === STT.NOTYPE && sym.value === section.size) return whole(section, `${name} marks its end`);
  }
  for (const { offset, kind, target } of trace.internal) {
    const begins = (trace.flags[target]! & FLAG.START) !== 0;
    if (kind !== "branch" && !begins)
      return whole(section, `${section.name}+0x${offset.toString(16)} takes an address in it`);
  }
  const cuts = codeCuts(section, trace);
  const ranges: Range[] = [];
  for (const [i, cut] of [0, ...cuts].entries()) {
    const range = trimmed(trace, cut, cuts[i] ?? section.size);
    if (range !== undefined) ranges.push(range);
  }
  return { ranges, added: addedFixups(section, trace, cuts), keptWhole: undefined };
}

/** Where code is cut, ascending, without the section's start. */
function codeCuts(section: InputSection, { flags, internal }: CodeTrace): readonly number[] {
  const ambiguous = ambiguousLabels(section);
  const fallsThrough = (cut: number) => (flags[cut]! & FLAG.FLOWED_INTO) !== 0;
  let cuts = ascending(entryPoints(section)).filter((cut) => cut > 0 && !fallsThrough(cut) && !ambiguous.has(cut));
  for (const reference of internal) {
    if (reference.width === 4) continue;
    const [low, high] = [lastAtOrBefore(cuts, reference.offset), lastAtOrBefore(cuts, reference.target)];
    // Too short a field for a relocation: everything between the two stays together.
    if (low !== high) cuts = cuts.filter((_, i) => i <= Math.min(low, high) || i > Math.max(low, high));
  }
  return cuts;
}

/** Labels that share their place with another symbol: one may mark the end of what comes before. */
function ambiguousLabels(section: InputSection): ReadonlySet<number> {
  const seen = new Map<number, boolean>();
  const ambiguous = new Set<number>();
  for (const { sym } of section.symbols) {
    const isLabel = symType(sym.info) === STT.NOTYPE;
    const other = seen.get(sym.value);
    if (other !== undefined && (isLabel || other)) ambiguous.add(sym.value);
    seen.set(sym.value, isLabel || other === true);
  }
  return ambiguous;
}

/** Without the padding at its two ends; `undefined` where there is nothing else. */
function trimmed({ flags }: CodeTrace, from: number, to: number): Range | undefined {
  const reached = (i: number) => (flags[i]! & (FLAG.START | FLAG.INSIDE)) !== 0;
  let start = from;
  let end = to;
  while (start < end && !reached(start)) start++;
  while (end > start && !reached(end - 1)) end--;
  return start < end ? { start, end } : undefined;
}

function addedFixups(section: InputSection, { internal }: CodeTrace, cuts: readonly number[]): Map<Fixup, Meaning> {
  const added = new Map<Fixup, Meaning>();
  const crosses = ({ offset, target }: InternalReference) =>
    lastAtOrBefore(cuts, offset) !== lastAtOrBefore(cuts, target);
  for (const reference of internal.filter(crosses)) {
    const { offset, target, kind, end } = reference;
    const fixup: Fixup = {
      offset,
      type: kind === "branch" ? "PLT32" : "PC32",
      target: { kind: "spot", section, value: target, named: false },
      addend: offset - end,
    };
    added.set(fixup, { offset: target, size: 0, certain: true });
  }
  return added;
}

/** Symbols that tell what a place is for: not the local labels of assembly. */
export function isNameable(symbol: InputSection["symbols"][number]): boolean {
  return symType(symbol.sym.info) !== STT.NOTYPE || symBind(symbol.sym.info) !== STB.LOCAL;
}
