/** Options that both suites have. */

import { mkdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Place, SuiteOptions } from "./suite.js";
import { UsageError } from "./usage-error.js";

export interface Request extends SuiteOptions {
  readonly workloads: ReadonlySet<string>;
  readonly linkers: readonly string[];
  /** Where results are kept from one run to the next. */
  readonly results: string | undefined;
  /** Where the report goes, besides standard output. */
  readonly write: string | undefined;
  /** Only the report, of results that are kept. */
  readonly reportOnly: boolean;
}

/** What a suite can do. */
export interface SuiteShape {
  readonly script: string;
  readonly about: string;
  readonly workloads: readonly string[];
  readonly linkers: readonly string[];
}

const SIZES = [1_000, 10_000, 100_000, 1_000_000];

export function usage({ script, about, workloads, linkers }: SuiteShape): string {
  const linkerLine = `  --linkers LIST      of ${linkers.join(", ")}\n`;
  return `usage: ${script} [OPTION ...]

${about}

  --sizes LIST        functions of generated programs, as 1000,10000 (default: ${SIZES.join(",")})
  --seed N            of generated programs, a whole number (default: 1)
  --runs N            rounds of each race (default: 15 to 3, by size)
  --patience MS       how long to wait before each run for an idle machine (default: 500)
  --workloads LIST    of ${workloads.join(", ")}
                      (default: all)
${linkers.length === 0 ? "" : linkerLine}  --directory DIR     where inputs are made, and outputs on disk (default: ${tmpdir()});
                      1,000,000 functions need 3 GB, with "changed" 5 GB
  --tmpfs DIR         outputs on tmpfs (default: /dev/shm if it is there)
  --places LIST       of disk, tmpfs (default: both)
  --results FILE      keeps results there, and reports those that it holds as well
  --report-only       measures nothing: reports what --results holds
  --write FILE        writes the report there as well, as Markdown
  --help`;
}

/** Undefined where only help was asked for; throws UsageError for what cannot be meant. */
export function parseRequest(shape: SuiteShape, args: readonly string[]): Request | undefined {
  const { values } = parse(args);
  if (values.help) return undefined;
  const workloads = listOf("--workloads", values.workloads, shape.workloads);
  if (values["report-only"] && values.results === undefined) throw new UsageError("--report-only needs --results");
  return {
    sizes: values.sizes === undefined ? SIZES : values.sizes.split(",").map((size) => whole("--sizes", size, 2)),
    seed: whole("--seed", values.seed, Number.MIN_SAFE_INTEGER),
    patience: whole("--patience", values.patience, 0),
    runs: values.runs === undefined ? undefined : whole("--runs", values.runs, 1),
    workloads: new Set(workloads),
    linkers: listOf("--linkers", values.linkers, shape.linkers),
    directory: directoryOf("--directory", values.directory),
    places: placesOf(values.places, values.directory, values.tmpfs),
    results: fileOf("--results", values.results),
    write: fileOf("--write", values.write),
    reportOnly: values["report-only"],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        sizes: { type: "string" },
        seed: { type: "string", default: "1" },
        runs: { type: "string" },
        patience: { type: "string", default: "500" },
        workloads: { type: "string" },
        linkers: { type: "string" },
        directory: { type: "string", default: tmpdir() },
        tmpfs: { type: "string" },
        places: { type: "string" },
        results: { type: "string" },
        write: { type: "string" },
        "report-only": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

function whole(option: string, text: string, least: number): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(number) || number < least)
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} is no whole number${least > 0 ? ` of at least ${least}` : ""}`,
    );
  return number;
}

function listOf(option: string, text: string | undefined, known: readonly string[]): readonly string[] {
  if (text === undefined) return known;
  const list = text.split(",").filter((name) => name !== "");
  if (list.length === 0) throw new UsageError(`${option}: nothing is named; there are ${known.join(", ")}`);
  for (const name of list)
    if (!known.includes(name))
      throw new UsageError(`${option}: ${JSON.stringify(name)} is none of ${known.join(", ")}`);
  return list;
}

function directoryOf(option: string, path: string): string {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new UsageError(`${option}: ${cause instanceof Error ? cause.message : cause}`);
  }
  return resolve(path);
}

/** A file that can be written when all is measured. */
function fileOf(option: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  if (!statSync(dirname(resolve(path)), { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`${option}: there is no directory ${dirname(resolve(path))}`);
  return path;
}

function placesOf(places: string | undefined, directory: string, tmpfs: string | undefined): Place[] {
  const shm = statSync("/dev/shm", { throwIfNoEntry: false })?.isDirectory() ? "/dev/shm" : undefined;
  const memory = tmpfs === undefined ? shm : directoryOf("--tmpfs", tmpfs);
  return listOf("--places", places, ["disk", "tmpfs"]).flatMap((name) => {
    if (name === "disk") return { name, directory };
    return memory === undefined ? [] : { name, directory: memory };
  });
}
