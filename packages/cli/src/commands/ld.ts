/** `manifold ld`: objects and archives to a static program, called as GNU ld is. */

import {
  type Diagnostic,
  DiagnosticError,
  gatherInputs,
  type IncrementalObjectResult,
  type ObjectLinkResult,
  outputIsInput,
  warningsAreFatal,
} from "@manifold/core";
import { Exit } from "../exit.js";
import { linkRequest } from "../ld/link.js";
import { makeLdDirectory } from "../ld/make-directory.js";
import { parseLd } from "../ld/options.js";
import type { LdRequest } from "../ld/request.js";
import { dependencyRule, mapPath, writeText } from "../ld/side-files.js";
import { renderDiagnostic, wantsColour } from "../render.js";
import { isSameFile } from "../same-file.js";

/** Runs the command. Returns its exit code: 0, 1 (errors in the input or the output) or 2 (options). */
export async function run(args: readonly string[]): Promise<number> {
  const { request, diagnostics } = parseLd(args);
  const report = new Report(request);
  report.add(diagnostics);
  if (report.failed) return Exit.USAGE;
  const { action, banner, inputs } = request;
  process.stdout.write(banner);
  if (action.kind === "print") process.stdout.write(action.text);
  else if (action.kind === "make-directory") return makeDirectory(action.path);
  else if (inputs.length > 0) return linkAndWrite(request, report);
  return Exit.OK;
}

function makeDirectory(directory: string): number {
  const path = makeLdDirectory(directory);
  const folder = path.slice(0, -"ld".length);
  process.stdout.write(`${path} is there: gcc -B${folder} -static, or clang --ld-path=${path} -static\n`);
  return Exit.OK;
}

function linkAndWrite(request: LdRequest, report: Report): number {
  const start = performance.now();
  const gathered = gatherInputs(request.inputs, request.search);
  report.add(gathered.diagnostics);
  report.add(clobbered(request, gathered.files));
  if (report.failed) return Exit.ERRORS;
  const result = linkRequest(gathered.inputs, request);
  print(request, result);
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
  if (request.incremental?.explain || result.fellBack) process.stderr.write(lines(result.explanation, "manifold: "));
  if (request.stats) process.stderr.write(statsText(gathered.inputs.length, result, performance.now() - start));
  return Exit.OK;
}

/** Inputs that a file to be written would take the place of. */
function clobbered({ output, mapFile, dependencyFile }: LdRequest, files: readonly string[]): readonly Diagnostic[] {
  const written = [output, mapFile === undefined ? undefined : mapPath(mapFile, output), dependencyFile];
  return written
    .filter((path) => path !== undefined)
    .filter((path) => files.some((file) => isSameFile(file, path)))
    .map(outputIsInput);
}

/** What was asked to be told. It is told where the link fails, too: that is what the options are for. */
function print(request: LdRequest, { loaded, removed, traced }: ObjectLinkResult): void {
  if (request.trace) process.stdout.write(lines(loaded));
  process.stderr.write(lines(traced, "manifold: "));
  if (request.printGcSections) process.stderr.write(lines(removed, "manifold: "));
}

function lines(texts: readonly string[], prefix = ""): string {
  return texts.map((text) => `${prefix}${text}\n`).join("");
}

function writeSideFiles(request: LdRequest, result: ObjectLinkResult, files: readonly string[]): void {
  const { output, mapFile, printMap, dependencyFile } = request;
  if (printMap || mapFile !== undefined) {
    const map = result.map();
    if (printMap) process.stdout.write(map);
    if (mapFile !== undefined) writeText(mapPath(mapFile, output), map);
  }
  if (dependencyFile !== undefined) writeText(dependencyFile, dependencyRule(output, files));
}

function statsText(inputs: number, { bytesWritten, loaded }: IncrementalObjectResult, milliseconds: number): string {
  const memory = process.resourceUsage().maxRSS / 1024;
  return (
    `manifold: ${inputs} inputs, ${loaded.length} objects linked, ${bytesWritten} bytes written\n` +
    `manifold: ${milliseconds.toFixed(0)} ms, ${memory.toFixed(0)} MiB\n`
  );
}

/** Prints diagnostics as the options want it, and remembers what they came to. */
class Report {
  readonly #hidden: boolean;
  readonly #colour: boolean;
  /** Whether there were errors. */
  failed = false;
  warnings = 0;

  constructor({ warnings, colour }: LdRequest) {
    this.#hidden = warnings === "hidden";
    this.#colour = colour === "auto" ? wantsColour(process.stderr) : colour === "always";
  }

  add(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) {
      if (diagnostic.severity === "error") this.failed = true;
      else if (this.#hidden) continue;
      else this.warnings++;
      process.stderr.write(renderDiagnostic(diagnostic, this.#colour));
    }
  }
}
