/** `manifold link`: manifests to an ELF file. */

import { resolve } from "node:path";
import { Exit } from "../exit.js";
import { type IncrementalOptions, type LinkReport, linkManifests, sessionPaths } from "../link/link-manifests.js";
import { startProgress } from "../link/progress.js";
import { resultJson, sessionText, statsText } from "../link/stats.js";
import { writeTrace } from "../phases/trace.js";
import { mayBeTerminal, print, printError, standardError } from "../print.js";
import { renderDiagnostic, wantsColour } from "../render.js";
import { isSameFile } from "../same-file.js";
import { type CommandSpec, countOption, helpOf, type ParsedArguments, parseCommand, UsageError } from "../usage.js";

const SPEC: CommandSpec = {
  name: "link",
  usage: "link [OPTION ...] MANIFEST ... -o OUTPUT",
  summary:
    "Links one or more manifests (.ndjson or .json) into an ELF file. The header of the first one counts; exports and\n" +
    "externs connect them. A link that fails leaves an existing output as it is.",
  options: {
    output: { type: "string", short: "o", value: "FILE", help: "where to write (required)" },
    workers: {
      type: "string",
      value: "N",
      help: "emit on N threads; by default none for small links, else one per processor",
    },
    incremental: {
      type: "boolean",
      help: "keep the session in FILE.manifold; the next such link costs what changed",
    },
    changed: {
      type: "string",
      value: "NAME,...",
      help: "with --incremental: only these declarations changed; the others are not compared",
    },
    verify: { type: "boolean", help: "with --incremental: link in full as well, in memory, and compare" },
    explain: { type: "boolean", help: "with --incremental: say what was found to have changed, and what it cost" },
    json: { type: "boolean", help: "print the result and all diagnostics as one JSON object on standard output" },
    stats: { type: "boolean", help: "print where the time went" },
    tree: { type: "boolean", help: "check the image's node tree and print it" },
    trace: { type: "string", value: "FILE", help: "write a Chrome trace, for Perfetto or chrome://tracing" },
  },
};

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand(SPEC, args);
  if (values["help"]) {
    print(helpOf(SPEC));
    return Exit.OK;
  }
  const output = values["output"];
  if (positionals.length === 0) throw new UsageError('no manifest is given; see "manifold link --help"');
  if (typeof output !== "string" || output === "")
    throw new UsageError('-o FILE says where to write, and is missing; see "manifold link --help"');
  const workers = countOption(values, "workers", 64);
  const json = values["json"] === true;
  const trace = values["trace"];
  const incremental = incrementalOptions(values);
  const others = [output, ...positionals, ...(incremental === undefined ? [] : sessionPaths(output))];
  if (typeof trace === "string" && others.some((path) => isOnePath(trace, path)))
    throw new UsageError(`--trace ${trace} would overwrite another file of this link`);
  let tree: string | undefined;
  const progress = startProgress(json || !mayBeTerminal() ? undefined : standardError());
  let report: LinkReport;
  try {
    report = await linkManifests({
      manifests: positionals,
      output,
      control: progress.control,
      ...(workers === undefined ? {} : { workers }),
      ...(incremental === undefined ? {} : { incremental }),
      ...(values["tree"]
        ? {
            onTree: (printed: string) => {
              tree = printed;
            },
          }
        : {}),
    });
  } finally {
    progress.stop();
  }
  if (typeof trace === "string") writeTrace(trace, report.phases);
  if (tree !== undefined && !json) print(tree);
  if (json) print(`${JSON.stringify({ ...resultJson(report), tree }, null, 2)}\n`);
  else {
    for (const diagnostic of [...report.diagnostics, ...(report.session?.notes ?? [])])
      printError(renderDiagnostic(diagnostic, wantsColour(standardError())));
    if (report.session !== undefined) printError(sessionText(report, values["explain"] === true));
  }
  if (values["stats"] && !json) printError(statsText(report));
  return report.ok ? Exit.OK : Exit.ERRORS;
}

/** What the options say about the session on disk; undefined where there is to be none. */
function incrementalOptions(values: ParsedArguments["values"]): IncrementalOptions | undefined {
  const { changed } = values;
  if (values["incremental"] !== true) {
    for (const option of ["changed", "explain", "verify"])
      if (values[option] !== undefined) throw new UsageError(`--${option} needs --incremental; see --help`);
    return undefined;
  }
  if (values["tree"] === true) throw new UsageError("--tree goes with a link that is not --incremental");
  const verify = values["verify"] === true;
  if (typeof changed !== "string") return { verify };
  return { verify, changed: changed.split(",").filter((name) => name !== "") };
}

/** Whether two paths name one file, which need not exist yet. */
function isOnePath(one: string, other: string): boolean {
  return resolve(one) === resolve(other) || isSameFile(one, other);
}
