/**
 * Generated programs for benchmarks and tests: any number of functions as a manifest, or as objects for other linkers.
 *
 *   node test/dist/bench/generate.js N [--seed S] [--pie] [-o FILE]
 */

import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { AssemblySink } from "./generator/assembly-sink.js";
import { ManifestSink } from "./generator/manifest-sink.js";
import { type ProgramOptions, writeProgram } from "./generator/program.js";

/**
 * Writes a manifest (NDJSON, about 500 bytes per function) of a static x86-64 Linux program that checks its own link.
 * Returns the checksum that the program prints as `checksum %08x\n` before it exits with 0; linked wrongly it prints
 * another one and exits with 1, or crashes.
 */
export function writeManifest(path: string, options: ProgramOptions): number {
  return writeProgram(new ManifestSink(path), options);
}

/**
 * Writes the same program as relocatable objects: `part0.s`, `part0.o` and so on in `directory`, made by GNU `as`, each
 * of `functionsPerObject` functions. Returns the paths of the objects and the checksum. Throws if `as` fails.
 */
export function writeObjects(
  directory: string,
  options: ProgramOptions & { readonly functionsPerObject: number },
): { readonly objects: readonly string[]; readonly checksum: number } {
  const sink = new AssemblySink(directory, options.functionsPerObject);
  const checksum = writeProgram(sink, options);
  const objects = sink.files.map((source) => {
    const object = source.replace(/\.s$/, ".o");
    const as = spawnSync("as", ["-o", object, source], { encoding: "utf8" });
    if (as.status !== 0) throw new Error(`as failed on ${source}: ${as.error?.message ?? as.stderr}`);
    return object;
  });
  return { objects, checksum };
}

function main(): number {
  const usage = "usage: node test/dist/bench/generate.js N [--seed S] [--pie] [-o FILE]";
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse();
  } catch (cause) {
    console.error(`${(cause as Error).message}\n${usage}`);
    return 2;
  }
  const { values, positionals } = parsed;
  const functions = Number(positionals[0]);
  const seed = Number(values.seed ?? 1);
  if (positionals.length !== 1 || !Number.isSafeInteger(functions) || functions < 1 || !Number.isSafeInteger(seed)) {
    console.error(usage);
    return 2;
  }
  const path = values.output ?? `generated-${functions}.ndjson`;
  const checksum = writeManifest(path, { functions, seed, pie: values.pie ?? false });
  console.log(`${path}: ${functions} functions, checksum ${checksum.toString(16).padStart(8, "0")}`);
  return 0;
}

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: { seed: { type: "string" }, pie: { type: "boolean" }, output: { type: "string", short: "o" } },
  });
}

if (import.meta.filename === process.argv[1]) process.exitCode = main();
