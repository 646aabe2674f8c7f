/** The command's entry: finds the sub-command, loads it alone, and turns what it throws into an exit code. */

import { cannotWrite, DiagnosticError, VERSION } from "@manifold/core";
import { Exit } from "./exit.js";
import { renderDiagnostic, wantsColour } from "./render.js";
import { UsageError } from "./usage.js";

/** A sub-command: takes its arguments, returns the exit code. */
interface Command {
  run(args: readonly string[]): Promise<number>;
}

const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  link: { summary: "link manifests into an ELF file", load: () => import("./commands/link.js") },
  watch: {
    summary: "keep an ELF file up to date with its manifests",
    load: () => import("./commands/watch.js"),
  },
  ld: { summary: "link objects and archives, called as GNU ld is", load: () => import("./commands/ld.js") },
  import: { summary: "turn objects and archive members into a manifest", load: () => import("./commands/import.js") },
  inspect: { summary: "show what an ELF file holds", load: () => import("./commands/inspect.js") },
};

function help(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`);
  return `Usage: manifold COMMAND [OPTION ...]\n\nCommands:\n${rows.join("\n")}\n\n"manifold COMMAND --help" tells more; "manifold --version" prints the version.\n`;
}

export async function main(args: readonly string[]): Promise<number> {
  // Whoever reads the output may stop before its end (`manifold --help | head -1`): that is no fault.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", onStreamError);
  try {
    return await dispatch(args);
  } catch (cause) {
    if (cause instanceof UsageError) {
      process.stderr.write(`manifold: ${cause.message}\n`);
      return Exit.USAGE;
    }
    if (cause instanceof DiagnosticError) {
      for (const diagnostic of cause.diagnostics)
        process.stderr.write(renderDiagnostic(diagnostic, wantsColour(process.stderr)));
      return Exit.ERRORS;
    }
    process.stderr.write(
      `manifold: internal error[MF0901]: ${cause instanceof Error ? cause.stack : String(cause)}\nThis is a fault of Manifold; please report it.\n`,
    );
    return Exit.INTERNAL;
  }
}

function onStreamError(cause: NodeJS.ErrnoException): void {
  if (cause.code === "EPIPE") return;
  process.stderr.write(renderDiagnostic(cannotWrite("standard output", cause)));
  process.exitCode = Exit.ERRORS;
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    (name === undefined ? process.stderr : process.stdout).write(help());
    return name === undefined ? Exit.USAGE : Exit.OK;
  }
  if (name === "--version" || name === "-V") {
    process.stdout.write(`manifold ${VERSION}\n`);
    return Exit.OK;
  }
  if (!Object.hasOwn(COMMANDS, name)) throw new UsageError(`there is no command "${name}"; see "manifold --help"`);
  return (await COMMANDS[name]!.load()).run(rest);
}
