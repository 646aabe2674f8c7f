/** `manifold watch`: keeps an ELF file up to date with its manifests, and may keep it running. */

import { constants } from "node:os";
import { makeControl } from "@manifold/core";
import { Exit } from "../exit.js";
import { print } from "../print.js";
import { type CommandSpec, countOption, helpOf, parseCommand, UsageError } from "../usage.js";
import { JsonReport, TextReport } from "../watch/watch-report.js";
import { Watcher } from "../watch/watcher.js";

const SPEC: CommandSpec = {
  name: "watch",
  usage: "watch [OPTION ...] MANIFEST ... -o OUTPUT [-- ARGUMENT ...]",
  summary:
    "Links manifests into an ELF file, and again whenever one of them changes, at the cost of what changed. A link that\n" +
    "fails leaves the output as it is, until the mistake is mended. Ctrl-C ends it.",
  options: {
    output: { type: "string", short: "o", value: "FILE", help: "where to write (required)" },
    run: { type: "boolean", help: "run the output, with the arguments behind --, and anew after each change" },
    hot: { type: "boolean", help: "with --run: replace code in the running program where that can be done" },
    workers: { type: "string", value: "N", help: "emit on N threads, as for link" },
    json: { type: "boolean", help: "print what happens as JSON on standard output, an object a line" },
  },
};

export async function run(args: readonly string[]): Promise<number> {
  const separator = args.indexOf("--");
  const own = separator === -1 ? args : args.slice(0, separator);
  const { values, positionals } = parseCommand(SPEC, own);
  if (values["help"]) {
    print(helpOf(SPEC));
    return Exit.OK;
  }
  const output = values["output"];
  if (positionals.length === 0) throw new UsageError('no manifest is given; see "manifold watch --help"');
  if (typeof output !== "string" || output === "")
    throw new UsageError('-o FILE says where to write, and is missing; see "manifold watch --help"');
  const runs = values["run"] === true;
  const hot = values["hot"] === true;
  if (!runs && hot) throw new UsageError("--hot is about the program that --run runs");
  if (!runs && separator !== -1) throw new UsageError("arguments behind -- are the program's that --run runs");
  const workers = countOption(values, "workers", 64);
  const json = values["json"] === true;
  const watcher = new Watcher(
    {
      manifests: positionals,
      output,
      control: makeControl(),
      ...(workers === undefined ? {} : { workers }),
      ...(runs ? { run: { args: separator === -1 ? [] : args.slice(separator + 1), hot, aside: json } } : {}),
    },
    json ? new JsonReport(output) : new TextReport(output),
  );
  return untilSignal(watcher);
}

/** Runs until a signal asks for the end; the second one does not wait. Returns the exit code that shells give a signal. */
async function untilSignal(watcher: Watcher): Promise<number> {
  let code: number = Exit.OK;
  const stop = (signal: "SIGINT" | "SIGTERM"): void => {
    if (code !== Exit.OK) process.exit(code);
    code = 128 + constants.signals[signal];
    watcher.stop();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    await watcher.run();
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
  return code;
}
