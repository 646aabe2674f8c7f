/**
 * The command's entry as ES modules: finds the sub-command and loads it alone. `bin/manifold.js` comes here where it has no
 * bundle; a bundle has a sub-command and `guarded` in it, and does without this.
 */

import { guarded } from "./guarded.js";
import { type CommandName, overview } from "./overview.js";

/** A sub-command: takes its arguments, returns the exit code. */
interface Command {
  run(args: readonly string[]): Promise<number>;
}

const COMMANDS: Readonly<Record<CommandName, () => Promise<Command>>> = {
  link: () => import("./commands/link.js"),
  watch: () => import("./commands/watch.js"),
  ld: () => import("./commands/ld.js"),
  import: () => import("./commands/import.js"),
  inspect: () => import("./commands/inspect.js"),
};

export function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  return guarded(async () => {
    if (name === undefined || !Object.hasOwn(COMMANDS, name)) return overview(name);
    return (await COMMANDS[name as CommandName]()).run(rest);
  });
}
