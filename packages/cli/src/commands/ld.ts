/** `manifold ld`: objects and archives to a static program, called as GNU ld is. */

import {
  type Diagnostic,
  DiagnosticError,
  type ObjectLinkResult,
  type Phase,
  PhaseLog,
  warningsAreFatal,
} from "@manifold/core";
import { Exit } from "../exit.js";
import { gatherAndLink } from "../ld/gather.js";
import { makeLdDirectory } from "../ld/make-directory.js";
import { parseLd } from "../ld/options.js";
import type { LdRequest } from "../ld/request.js";
import { dependencyRule, mapPath, writeText } from "../ld/side-files.js";
import { phaseTable } from "../phases/phase-table.js";
import { writeTrace } from "../phases/trace.js";
import { print, printError, standardError } from "../print.js";
import { renderDiagnostic, wantsColour } from "../render.js";

/** Runs the command. Returns its exit code: 0, 1 (errors in the input or the output) or 2 (options). */
export async function run(args: readonly string[]): Promise<number> {
  const { request, diagnostics } = parseLd(args);
  const report = new Report(request);
  report.add(diagnostics);
  if (report.failed) return Exit.USAGE;
  const { action, banner, inputs } = request;
  print(banner);
  if (action.kind === "print") print(action.text);
  else if (action.kind === "make-directory") return makeDirectory(action.path);
  else if (inputs.length > 0) return linkAndWrite(request, report);
  return Exit.OK;
}

function makeDirectory(directory: string): number {
  const path = makeLdDirectory(directory);
  const folder = path.slice(0, -"ld".length);
  print(`${path} is there: gcc -B${folder} -static, or clang --ld-path=${path} -static\n`);
  return Exit.OK;
}

async function linkAndWrite(request: LdRequest, report: Report): Promise<number> {
  const log = new PhaseLog();
  const { gathered, told, result } = await gatherAndLink(request, log);
  report.add(told);
  if (result === undefined) return Exit.ERRORS;
  printAsked(request, result);
  report.add(result.diagnostics);
  if (report.failed) return Exit.ERRORS;
  if (request.warnings === "fatal" && report.warnings > 0) {
    report.add([warningsAreFatal()]);
    return Exit.ERRORS;
  }
  try {
    writeSideFiles(request, result, gathered.files);
  } catch (cause) {
    if (!(cause instanceof DiagnosticError)) throw cause;
    report.add(cause.diagnostics);
    return Exit.ERRORS;
  }
  if (request.incremental?.explain || result.fellBack) printError(lines(result.explanation, "manifold: "));
  return tellPhases(request, [...log.take(), ...result.phases], result, report);
}

/** `--stats` and `--time-trace`. */
function tellPhases(request: LdRequest, phases: readonly Phase[], result: ObjectLinkResult, report: Report): number {
  if (request.stats) printError(phaseTable(phases, result.counters));
  if (request.traceFile === undefined) return Exit.OK;
  try {
    writeTrace(request.traceFile, phases);
    return Exit.OK;
  } catch (cause) {
    if (!(cause instanceof DiagnosticError)) throw cause;
    report.add(cause.diagnostics);
    return Exit.ERRORS;
  }
}

/** What was asked to be told. It is told where the link fails, too: that is what the options are for. */
function printAsked(request: LdRequest, { loaded, removed, traced }: ObjectLinkResult): void {
  if (request.trace) print(lines(loaded));
  printError(lines(traced, "manifold: "));
  if (request.printGcSections) printError(lines(removed, "manifold: "));
}

function lines(texts: readonly string[], prefix = ""): string {
  return texts.map((text) => `${prefix}${text}\n`).join("");
}

function writeSideFiles(request: LdRequest, result: ObjectLinkResult, files: readonly string[]): void {
  const { output, mapFile, printMap, dependencyFile } = request;
  if (printMap || mapFile !== undefined) {
    const map = result.map();
    if (printMap) print(map);
    if (mapFile !== undefined) writeText(mapPath(mapFile, output), map);
  }
  if (dependencyFile !== undefined) writeText(dependencyFile, dependencyRule(output, files));
}

/** Prints diagnostics as the options want it, and remembers what they came to. */
class Report {
  readonly #hidden: boolean;
  readonly #colour: LdRequest["colour"];
  /** Whether there were errors. */
  failed = false;
  warnings = 0;

  constructor({ warnings, colour }: LdRequest) {
    this.#hidden = warnings === "hidden";
    this.#colour = colour;
  }

  add(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) {
      if (diagnostic.severity === "error") this.failed = true;
      else if (this.#hidden) continue;
      else this.warnings++;
      const colour = this.#colour === "auto" ? wantsColour(standardError()) : this.#colour === "always";
      printError(renderDiagnostic(diagnostic, colour));
    }
  }
}
