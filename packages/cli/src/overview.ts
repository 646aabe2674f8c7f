/** What the command says where no sub-command is called: its help, its version, or that there is no such sub-command. */

import { VERSION } from "@manifold/core";
import { Exit } from "./exit.js";
import { print, printError } from "./print.js";
import { UsageError } from "./usage.js";

const SUMMARIES = {
  link: "link manifests into an ELF file",
  watch: "keep an ELF file up to date with its manifests",
  ld: "link objects and archives, called as GNU ld is",
  import: "turn objects and archive members into a manifest",
  inspect: "show what an ELF file holds",
};

export type CommandName = keyof typeof SUMMARIES;

function help(): string {
  const rows = Object.entries(SUMMARIES).map(([name, summary]) => `  ${name.padEnd(10)}${summary}`);
  return `Usage: manifold COMMAND [OPTION ...]\n\nCommands:\n${rows.join("\n")}\n\n"manifold COMMAND --help" tells more; "manifold --version" prints the version.\n`;
}

/** `name` is none of the sub-commands'. */
export function overview(name: string | undefined): number {
  if (name === undefined) {
    printError(help());
    return Exit.USAGE;
  }
  if (name === "--help" || name === "-h" || name === "help") print(help());
  else if (name === "--version" || name === "-V") print(`manifold ${VERSION}\n`);
  else throw new UsageError(`there is no command "${name}"; see "manifold --help"`);
  return Exit.OK;
}
