/**
 * What references without a symbol of their own mean. Assemblers replace a local symbol by its section and an offset,
 * and the sum of section, offset and addend need not lie in what the symbol stands for: `&table[-1]` and
 * `&table[length]` do not. Only the use that an instruction makes of the place can tell.
 */

import { type CodeTrace, FLAG } from "./code-trace.js";
import { FIXUP_TYPES } from "./fixup-types.js";
import type { Fixup, InputSection, Spot } from "./model.js";
import type { DataTargets } from "./trace.js";

/** The place that a reference names, trailing immediates and distances in tables accounted for. */
export interface Meaning {
  /** Offset in the target's section. */
  readonly offset: number;
  /** Bytes that are read or written there; 0 for code that control goes to. */
  readonly size: number;
  /** Whether what lies there is what is meant; otherwise it may be a neighbour. */
  readonly certain: boolean;
}

/** All unnamed references to one section. */
export interface ReferencesTo {
  readonly certain: Meaning[];
  /** Where one stands whose meaning is not certain. */
  uncertain: { readonly section: InputSection; readonly offset: number } | undefined;
}

export interface References {
  /** By fixup, for unnamed references. */
  readonly meanings: ReadonlyMap<Fixup, Meaning>;
  readonly to: ReadonlyMap<InputSection, ReferencesTo>;
}

/** Looks at all fixups of the sections of one object. */
export function findReferences(
  sections: readonly InputSection[],
  traces: ReadonlyMap<InputSection, CodeTrace>,
  dataTargets: DataTargets,
): References {
  const meanings = new Map<Fixup, Meaning>();
  const to = new Map<InputSection, ReferencesTo>();
  for (const section of sections) {
    for (const fixup of section.fixups) {
      const { target } = fixup;
      if (target.kind !== "spot" || target.named) continue;
      const references = to.get(target.section) ?? { certain: [], uncertain: undefined };
      to.set(target.section, references);
      const meaning = meaningOf(section, fixup, target, traces, dataTargets);
      if (meaning?.certain === true) references.certain.push(meaning);
      else references.uncertain ??= { section, offset: fixup.offset };
      if (meaning !== undefined) meanings.set(fixup, meaning);
    }
  }
  return { meanings, to };
}

function meaningOf(
  section: InputSection,
  fixup: Fixup,
  target: Spot,
  traces: ReadonlyMap<InputSection, CodeTrace>,
  dataTargets: DataTargets,
): Meaning | undefined {
  const { pcRelative } = FIXUP_TYPES[fixup.type];
  const targetTrace = traces.get(target.section);
  const sum = target.value + fixup.addend;
  if (section.kind !== "func") {
    const offset = pcRelative ? dataTargets.get(fixup) : sum;
    if (offset === undefined) return undefined;
    // Constants hold addresses of objects, and one past their ends; addresses of code are exact.
    return { offset, size: 0, certain: isCode(targetTrace, offset) };
  }
  const trace = traces.get(section)!;
  const use = trace.uses.get(fixup);
  if (trace.problem !== undefined || use === undefined) return undefined;
  const offset = sum + (pcRelative ? use.end - fixup.offset : 0);
  if (targetTrace !== undefined) return { offset, size: 0, certain: isCode(targetTrace, offset) };
  const inside = offset >= 0 && offset + use.size <= target.section.size;
  return { offset, size: use.size, certain: use.kind === "access" && inside };
}

/** Whether an instruction begins there; if none does, the reading is wrong. */
function isCode(trace: CodeTrace | undefined, offset: number): boolean {
  return trace !== undefined && trace.problem === undefined && (trace.flags[offset]! & FLAG.START) !== 0;
}
