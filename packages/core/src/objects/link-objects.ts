/** Links relocatable objects and archives into an executable, in memory. */

import { type Diagnostic, DiagnosticError } from "../diagnostics/diagnostic.js";
import { noInputs } from "../diagnostics/objects.js";
import type { Phase } from "../phases/phase.js";
import { linkMap } from "./link-map.js";
import { objectText } from "./loader.js";
import { type LinkThreads, ObjectLink } from "./object-link.js";
import type { InputFile, ObjectLinkOptions } from "./options.js";

export interface ObjectLinkResult {
  /** Errors and warnings. */
  readonly diagnostics: readonly Diagnostic[];
  /** The whole output; undefined where there are errors. */
  readonly image: Uint8Array | undefined;
  /** Where the time went, and how much there was of what. */
  readonly phases: readonly Phase[];
  readonly counters: Readonly<Record<string, number>>;
  /** What was linked: `path` or `path(member)`, in order. */
  readonly loaded: readonly string[];
  /** A sentence for each section that `--gc-sections` left out. */
  readonly removed: readonly string[];
  /** What `-y` asked for: a sentence for each definition and use. */
  readonly traced: readonly string[];
  /** The text of `--Map`. */
  map(): string;
}

/** Links `inputs`, in their order; `threads`, where there are any, take part. What is wrong with them is in the result's diagnostics. */
export function linkObjects(
  inputs: readonly InputFile[],
  options: ObjectLinkOptions,
  threads?: LinkThreads,
): ObjectLinkResult {
  return run(new ObjectLink(options), inputs, threads);
}

/** Goes through the steps as far as they have a meaning: with errors in one, later ones would only repeat them. */
export function run(link: ObjectLink, inputs: readonly InputFile[], threads?: LinkThreads): ObjectLinkResult {
  const { phases } = link;
  try {
    link.load(inputs, threads);
    if (!link.hasErrors) {
      if (link.objects.length === 0) throw new DiagnosticError(noInputs());
      phases.serial("choose", () => link.choose());
    }
    if (!link.hasErrors) {
      phases.serial("layout", () => link.layOut());
      link.write(threads);
    }
  } catch (cause) {
    if (!(cause instanceof DiagnosticError)) throw cause;
    link.diagnostics.push(...cause.diagnostics);
  }
  if (threads !== undefined) phases.add(threads.takePhases());
  return resultOf(link);
}

export function resultOf(link: ObjectLink): ObjectLinkResult {
  return {
    diagnostics: link.diagnostics,
    image: link.hasErrors ? undefined : link.image,
    phases: link.phases.take(),
    counters: countersOf(link),
    loaded: link.objects.map((object) => objectText(link.table, object)),
    removed: link.liveness.collected.map((section) => {
      const object = link.table.sectionObject[section]!;
      return `removing unused section ${objectText(link.table, object)}:(${link.table.sectionName(section)})`;
    }),
    traced: tracedUses(link),
    map: () => linkMap(link),
  };
}

function countersOf({ objects, table, globals, image }: ObjectLink): Readonly<Record<string, number>> {
  return {
    objects: objects.length,
    sections: table.sections,
    symbols: table.symbols,
    names: globals.count,
    "input bytes": table.input.size,
    "image bytes": image.length,
  };
}

function tracedUses({ options, objects, table, globals }: ObjectLink): string[] {
  const uses: string[] = [];
  if (options.traced.length === 0) return uses;
  const traced = new Set(options.traced.map((name) => globals.names.findText(name)));
  for (const object of objects)
    for (let index = table.firstGlobal[object]!; index < table.symbolCount[object]!; index++) {
      const name = table.globalOf[table.symbolBase[object]! + index]!;
      if (name === -1 || !traced.has(name)) continue;
      const isDefined = table.shndxOf(object, index) !== 0;
      uses.push(
        `${objectText(table, object)}: ${isDefined ? "definition of" : "reference to"} ${globals.names.text(name)}`,
      );
    }
  return uses;
}
