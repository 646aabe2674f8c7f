/**
 * Objects to manifest, the steps in order: sections are classified, global names resolved, relocations turned into
 * fixups; code is traced, references are understood, sections are cut into atoms; atoms get names and become
 * declarations. Wherever a step is not certain that taking something apart leaves its meaning alone, it stays whole.
 */

import { type Diagnostic, DiagnosticError, type RelocatableObject } from "@manifold/core";
import { AtomTable } from "./atoms.js";
import {
  commonLine,
  DeclarationWriter,
  exportLine,
  externLine,
  fixupsByAtom,
  globalsOf,
  withAdded,
} from "./declarations.js";
import { keptWhole, notExported } from "./diagnostics.js";
import { resolveFixups } from "./fixups.js";
import { resolveGlobals } from "./globals.js";
import { jumpTableTargets } from "./jump-tables.js";
import type { Fixup, GlobalSymbol, ImportedObject, InputSection } from "./model.js";
import { findReferences, type Meaning } from "./references.js";
import type { Iced } from "./section-tracer.js";
import { importSections } from "./sections.js";
import { ascending } from "./sorted.js";
import { type Range, splitSection } from "./split.js";
import { entryPoints, traceCode } from "./trace.js";

export interface ManifestHeader {
  readonly target: string;
  readonly output?: string;
  readonly pie?: boolean;
  readonly entry?: string;
}

export interface ImportResult {
  /** The manifest, header first, without line ends. */
  readonly lines: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

/** Throws DiagnosticError with every error there is: MF0406 and MF042x. */
export async function importObjects(
  objects: readonly RelocatableObject[],
  header: ManifestHeader,
): Promise<ImportResult> {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => diagnostics.push(diagnostic);
  const imported = importSections(objects, report);
  const globals = resolveGlobals(imported, report);
  resolveFixups(imported, globals, report);
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  if (errors.length > 0) throw new DiagnosticError(...errors);
  // 2.3 MB of WebAssembly: only who imports pays for it.
  const iced = await import("iced-x86");
  const splits = splitObjects(iced, imported);
  const lines = [JSON.stringify({ manifold: 1, ...header }), ...declarations(splits, globals, report)];
  return { lines, warnings: diagnostics };
}

interface Splits {
  readonly ranges: ReadonlyMap<InputSection, readonly Range[]>;
  readonly meanings: ReadonlyMap<Fixup, Meaning>;
  readonly fixups: ReadonlyMap<InputSection, readonly Fixup[]>;
  readonly keptWhole: ReadonlyMap<InputSection, string>;
}

function splitObjects(iced: Iced, objects: readonly ImportedObject[]): Splits {
  const ranges = new Map<InputSection, readonly Range[]>();
  const meanings = new Map<Fixup, Meaning>();
  const fixups = new Map<InputSection, readonly Fixup[]>();
  const reasons = new Map<InputSection, string>();
  for (const object of objects) {
    const sections = Array.from(object.sections.values());
    const code = sections.filter((section) => section.kind === "func");
    const starts = new Map(code.map((section) => [section, ascending(entryPoints(section))]));
    const dataTargets = jumpTableTargets(sections, starts);
    const hasLandingPads = object.object.sections.some((section) => section.name.startsWith(".gcc_except_table"));
    const traces = traceCode(iced, sections, dataTargets, hasLandingPads);
    const references = findReferences(sections, traces, dataTargets);
    for (const [fixup, meaning] of references.meanings) meanings.set(fixup, meaning);
    for (const section of sections) {
      const split = splitSection(section, traces.get(section), references.to.get(section));
      for (const [fixup, meaning] of split.added) meanings.set(fixup, meaning);
      ranges.set(section, split.ranges);
      fixups.set(section, withAdded(section, split.added.keys()));
      if (split.keptWhole !== undefined) reasons.set(section, split.keptWhole);
    }
  }
  return { ranges: withoutEmpty(ranges, fixups), meanings, fixups, keptWhole: reasons };
}

/** Empty sections are left out, unless something refers to them. */
function withoutEmpty(
  ranges: ReadonlyMap<InputSection, readonly Range[]>,
  fixups: ReadonlyMap<InputSection, readonly Fixup[]>,
): ReadonlyMap<InputSection, readonly Range[]> {
  const targets = new Set<InputSection>();
  for (const list of fixups.values()) {
    for (const { target } of list) if (target.kind === "spot") targets.add(target.section);
  }
  const isWanted = (section: InputSection) => targets.has(section) || section.symbols.length > 0;
  return new Map(
    Array.from(ranges, ([section, list]) => {
      if (list.length === 0 && isWanted(section)) return [section, [{ start: 0, end: section.size }]];
      return [section, section.size === 0 && !isWanted(section) ? [] : list];
    }),
  );
}

function declarations(
  splits: Splits,
  globals: ReadonlyMap<string, GlobalSymbol>,
  report: (diagnostic: Diagnostic) => void,
): readonly string[] {
  const atoms = new AtomTable(splits.ranges, globals, globals.keys());
  const names = new Set(globals.keys());
  for (const section of splits.ranges.keys()) for (const atom of atoms.of(section)) names.add(atom.name);
  const writer = new DeclarationWriter(atoms, splits.meanings, names);
  const lines: string[] = [];
  for (const section of splits.ranges.keys()) {
    const list = atoms.of(section);
    const fixups = fixupsByAtom(list, splits.fixups.get(section)!);
    for (const [i, atom] of list.entries()) lines.push(writer.atom(atom, fixups[i]!));
    const reason = splits.keptWhole.get(section);
    if (reason !== undefined) report(keptWhole({ ...section.label, section: section.name }, list[0]!.name, reason));
    for (const { global, offset, weak } of globalsOf(section, globals)) {
      const atom = atoms.at(section, offset)!;
      if (atom.start === offset) {
        lines.push(exportLine(global.name, atom.name, weak, global.visibility));
      } else {
        const place = { ...section.label, section: section.name, offset, symbol: global.name };
        report(notExported(place, atom.name, offset - atom.start));
      }
    }
  }
  for (const { name, definition, visibility } of globals.values()) {
    if (definition.kind !== "common") continue;
    lines.push(commonLine(name, definition.size, definition.align), exportLine(name, name, false, visibility));
  }
  for (const use of writer.externs.values()) lines.push(externLine(use));
  return lines;
}
