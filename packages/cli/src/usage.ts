/** Command-line options: one table per command drives both the parser (Node's own `parseArgs`) and `--help`. */

import { parseArgs } from "node:util";

interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** What stands for the value in `--help`. */
  readonly value?: string;
  readonly help: string;
}

export interface CommandSpec {
  readonly name: string;
  /** The line after "Usage:", less the program's name. */
  readonly usage: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
}

export interface ParsedArguments {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

/** A call that cannot be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const HELP: OptionSpec = { type: "boolean", short: "h", help: "print this help" };

/** Parses `args`; throws UsageError. */
export function parseCommand(spec: CommandSpec, args: readonly string[]): ParsedArguments {
  const options = Object.fromEntries(
    Object.entries({ ...spec.options, help: HELP }).map(([name, { type, short }]) => [
      name,
      short === undefined ? { type } : { type, short },
    ]),
  );
  const plain = parsePlain(options, args);
  if (plain !== undefined) return plain;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return { values: values as ParsedArguments["values"], positionals };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split(". To specify")[0]! : String(cause);
    throw new UsageError(`${message}; see "manifold ${spec.name} --help"`);
  }
}

/**
 * What `parseArgs` makes of arguments of the plainest spelling, `-o FILE --name value --flag`, and undefined for others:
 * Node loads `parseArgs` when it is first asked for, which takes longer than most of what is parsed by it.
 */
function parsePlain(
  options: Readonly<Record<string, { readonly type: string; readonly short?: string }>>,
  args: readonly string[],
): ParsedArguments | undefined {
  const values: Record<string, string | boolean> = {};
  const positionals: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith("-")) {
      positionals.push(arg);
      continue;
    }
    const name = arg.startsWith("--")
      ? arg.slice(2)
      : Object.keys(options).find((one) => options[one]!.short === arg.slice(1));
    if (name === undefined || !Object.hasOwn(options, name)) return undefined;
    if (options[name]!.type === "boolean") {
      values[name] = true;
      continue;
    }
    const value = args[++at];
    if (value === undefined || value.startsWith("-")) return undefined;
    values[name] = value;
  }
  return { values, positionals };
}

export function helpOf(spec: CommandSpec): string {
  const rows = Object.entries({ ...spec.options, help: HELP }).map(([name, option]) => {
    const short = option.short === undefined ? "    " : `-${option.short}, `;
    return [`  ${short}--${name}${option.value === undefined ? "" : ` ${option.value}`}`, option.help] as const;
  });
  const width = Math.max(...rows.map(([flag]) => flag.length)) + 2;
  const lines = rows.map(([flag, help]) => flag.padEnd(width) + help);
  return `Usage: manifold ${spec.usage}\n\n${spec.summary}\n\nOptions:\n${lines.join("\n")}\n`;
}

/** A positive integer given to `--name`. */
export function countOption(values: ParsedArguments["values"], name: string, limit: number): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > limit) {
    throw new UsageError(`--${name} takes a whole number from 1 to ${limit}, not "${text}"; see --help`);
  }
  return count;
}
