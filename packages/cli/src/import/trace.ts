/**
 * What the code of one object does, as far as taking it apart needs to know: where instructions begin, which of them
 * control can reach, what their relocation fields are for, and which places of their own section they refer to without
 * a relocation (assemblers resolve those themselves). Control is followed from functions, from targets of branches and
 * from code addresses in data; what is not reached and is not padding may be anything, and then the section is not
 * taken apart.
 */

import { STB, STT, symBind, symType } from "@manifold/core";
import type { CodeTrace } from "./code-trace.js";
import { FIXUP_TYPES } from "./fixup-types.js";
import type { Fixup, InputSection } from "./model.js";
import { type Iced, SectionTracer } from "./section-tracer.js";

/** What a reference to code without a symbol of its own means: an offset in the target's section. */
export type DataTargets = ReadonlyMap<Fixup, number | undefined>;

/** Traces the code sections of one object. `dataTargets` has what PC-relative fixups of data mean. */
export function traceCode(
  iced: Iced,
  sections: readonly InputSection[],
  dataTargets: DataTargets,
  hasLandingPads: boolean,
): ReadonlyMap<InputSection, CodeTrace> {
  const tracers = new Map<InputSection, SectionTracer>();
  const pending: [SectionTracer, number][] = [];
  const enter = (section: InputSection, offset: number) => {
    const tracer = tracers.get(section);
    if (tracer !== undefined) pending.push([tracer, offset]);
  };
  for (const section of sections) {
    if (section.kind === "func") tracers.set(section, new SectionTracer(iced, section, enter));
  }
  try {
    for (const section of sections) {
      if (section.kind === "func") for (const offset of entryPoints(section)) enter(section, offset);
      else enterFromData(section, dataTargets, enter);
    }
    const drain = () => {
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) next[0].follow(next[1]);
    };
    drain();
    for (const tracer of tracers.values()) {
      // Landing pads are reached through tables that are not imported.
      while (hasLandingPads && tracer.enterUnreached()) drain();
    }
    return new Map(Array.from(tracers, ([section, tracer]) => [section, tracer.finish()]));
  } finally {
    for (const tracer of tracers.values()) tracer.free();
  }
}

/** Symbols that control enters at: functions, and labels that other objects may call. */
export function entryPoints(section: InputSection): readonly number[] {
  return section.symbols
    .filter(({ sym }) => {
      const type = symType(sym.info);
      return type === STT.FUNC || (type === STT.NOTYPE && symBind(sym.info) !== STB.LOCAL);
    })
    .map(({ sym }) => sym.value)
    .filter((value) => value < section.size);
}

function enterFromData(
  section: InputSection,
  dataTargets: DataTargets,
  enter: (section: InputSection, offset: number) => void,
): void {
  for (const fixup of section.fixups) {
    if (fixup.target.kind !== "spot") continue;
    const absolute = !FIXUP_TYPES[fixup.type].pcRelative;
    const offset = absolute ? fixup.target.value + fixup.addend : dataTargets.get(fixup);
    if (offset !== undefined) enter(fixup.target.section, offset);
  }
}
