/** `manifold inspect`: what is in an ELF file. */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { DiagnosticError, ElfFile, inputUnreadable } from "@manifold/core";
import { comments, describe, symbolTable } from "../inspect/describe.js";
import { notLinkedByManifold } from "../inspect/diagnostics.js";
import { renderInspection } from "../inspect/render.js";
import { buildTree, countNodes, treeLines } from "../inspect/tree.js";
import { print, printError } from "../print.js";

const HELP = `Usage: manifold inspect FILE

Shows what is in an ELF file: header, segments, sections and the largest symbols. For an output of Manifold it also
shows the tree of nodes, or says how to see it where it has more than 200.

Options:
  --top N     how many symbols to show (default: 20)
  --tree      the tree of nodes alone; offsets count from the parent
  --json      everything as JSON
  -h, --help  show this
`;

/** A larger tree is only shown when asked for. */
const TREE_LIMIT = 200;

/**
 * Runs the command with the arguments behind its name. Returns the exit code: 0, or 2 where the arguments are wrong.
 * Throws DiagnosticError where the file is: MF0401, MF0403 to MF0406, MF0440.
 */
export async function run(args: readonly string[]): Promise<number> {
  const options = parse(args);
  if (typeof options === "string") {
    printError(`manifold inspect: ${options}\nTry 'manifold inspect --help'.\n`);
    return 2;
  }
  print(options.help ? HELP : report(options));
  return 0;
}

interface Options {
  readonly file: string;
  readonly top: number;
  readonly tree: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** The arguments, or what is wrong with them. */
function parse(args: readonly string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        top: { type: "string", default: "20" },
        tree: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const [file, ...more] = positionals;
    if (values.help) return { file: "", top: 0, tree: false, json: false, help: true };
    if (file === undefined || more.length > 0) return `one file is needed, not ${positionals.length}`;
    if (!/^\d{1,9}$/.test(values.top)) return `--top needs a number, not ${values.top}`;
    return { ...values, file, top: Number(values.top) };
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

function report({ file: path, top, tree: treeOnly, json }: Options): string {
  const file = new ElfFile(read(path), { file: path });
  const symbols = symbolTable(file);
  const isOurs = comments(file).some((comment) => comment.includes("Manifold"));
  if (treeOnly && !isOurs) throw new DiagnosticError(notLinkedByManifold({ file: path }));
  const tree = isOurs ? buildTree(file, symbols) : undefined;
  if (treeOnly && tree !== undefined) return json ? asJson(tree) : asText(treeLines(tree));
  const inspection = describe(file, symbols, top);
  if (json) return asJson(tree === undefined ? inspection : { ...inspection, tree });
  const lines = [...renderInspection(inspection)];
  if (tree !== undefined) {
    const count = countNodes(tree);
    if (count <= TREE_LIMIT) lines.push("", `Tree: ${count} nodes`, ...treeLines(tree, 2));
    else lines.push("", `Tree: ${count} nodes; 'manifold inspect --tree ${path}' shows them`);
  }
  return asText(lines);
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function asText(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    throw new DiagnosticError(inputUnreadable({ file: path }, code === "ENOENT" ? "it does not exist" : message));
  }
}
