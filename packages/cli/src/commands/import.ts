/** `manifold import`: relocatable objects and archives become a manifest. */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Diagnostic, DiagnosticError, outputIsInput } from "@manifold/core";
import { outputUnwritable } from "../import/diagnostics.js";
import { importObjects, type ManifestHeader } from "../import/import.js";
import { readInputs } from "../import/inputs.js";
import { print, printError } from "../print.js";
import { isSameFile } from "../same-file.js";

const HELP = `Usage: manifold import INPUT... [-o FILE]

Writes a manifest (NDJSON) of what relocatable objects hold: one declaration per function and object, with their
relocations. It is meant for executables: thread-local storage is taken to be the program's own.

An INPUT is an object (a.o), an archive (libz.a: all its members) or a member of one (libz.a:inflate.o).

Options:
  -o, --out FILE     where to write; "-", the default, is standard output
  --target TARGET    the header's target (default: x86_64-linux)
  --output KIND      the header's output: exe or obj
  --entry SYMBOL     the header's entry
  --pie              the header says that the executable is position-independent
  --no-warnings      do not say which sections stay one declaration, and why
  -h, --help         show this
`;

/**
 * Runs the command with the arguments behind its name. Returns the exit code: 0, or 2 where the arguments are wrong.
 * Throws DiagnosticError where the inputs are. `warn` gets what is worth knowing about a manifest that was written.
 */
export async function run(
  args: readonly string[],
  warn: (diagnostic: Diagnostic) => void = printWarning,
): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === "string") {
    printError(`manifold import: ${parsed}\nTry 'manifold import --help'.\n`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help === true) {
    print(HELP);
    return 0;
  }
  const header: ManifestHeader = {
    target: values.target ?? "x86_64-linux",
    ...(values.output === undefined ? {} : { output: values.output }),
    ...(values.pie === true ? { pie: true } : {}),
    ...(values.entry === undefined ? {} : { entry: values.entry }),
  };
  const clobbered = positionals.find((input) => isSameFile(input, values.out ?? "-"));
  if (clobbered !== undefined) throw new DiagnosticError(outputIsInput(clobbered));
  const { lines, warnings } = await importObjects(readInputs(positionals), header);
  if (values["no-warnings"] !== true) for (const warning of warnings) warn(warning);
  write(values.out ?? "-", `${lines.join("\n")}\n`);
  return 0;
}

interface Parsed {
  readonly values: {
    readonly out?: string | undefined;
    readonly target?: string | undefined;
    readonly output?: string | undefined;
    readonly entry?: string | undefined;
    readonly pie?: boolean | undefined;
    readonly "no-warnings"?: boolean | undefined;
    readonly help?: boolean | undefined;
  };
  readonly positionals: readonly string[];
}

/** The arguments, or what is wrong with them. */
function parse(args: readonly string[]): Parsed | string {
  let parsed: Parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: "string", short: "o" },
        target: { type: "string" },
        output: { type: "string" },
        entry: { type: "string" },
        pie: { type: "boolean" },
        "no-warnings": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (thrown) {
    return (thrown as Error).message;
  }
  if (parsed.values.help === true) return parsed;
  const { output } = parsed.values;
  if (output !== undefined && output !== "exe" && output !== "obj") return `--output is exe or obj, not ${output}`;
  return parsed.positionals.length === 0 ? "no inputs" : parsed;
}

function write(out: string, text: string): void {
  if (out === "-") {
    print(text);
    return;
  }
  try {
    writeFileSync(out, text);
  } catch (thrown) {
    throw new DiagnosticError(outputUnwritable({ file: out }, (thrown as Error).message));
  }
}

function printWarning({ code, message, place }: Diagnostic): void {
  const member = place?.member === undefined ? "" : `:${place.member}`;
  const where = `${place?.file ?? ""}${member}${place?.section === undefined ? "" : ` ${place.section}`}`;
  const symbol = place?.symbol === undefined ? "" : `${place.symbol}: `;
  printError(`${where}: warning ${code}: ${symbol}${message}\n`);
}
