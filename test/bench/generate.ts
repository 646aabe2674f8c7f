/**
 * Generated programs for benchmarks and tests: any number of functions as a manifest, or as objects for any linker.
 *
 *   node test/dist/bench/generate.js --functions N [--seed S] [--pie] [-o FILE]
 *   node test/dist/bench/generate.js --functions N [--seed S] [--pie] --objects DIR [--one-text] [--per-object M]
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { AssemblySink } from "./generator/assembly-sink.js";
import { ManifestSink } from "./generator/manifest-sink.js";
import { ObjectSink } from "./generator/object-sink.js";
import { type ProgramOptions, writeProgram } from "./generator/program.js";

/**
 * Writes a manifest (NDJSON, about 500 bytes per function) of a static x86-64 Linux program that checks its own link.
 * Returns the checksum that the program prints as `checksum %08x\n` before it exits with 0; linked wrongly it prints
 * another one and exits with 1, or crashes.
 */
export function writeManifest(path: string, options: ProgramOptions): number {
  return writeProgram(new ManifestSink(path), options);
}

export interface ObjectOptions extends ProgramOptions {
  readonly functionsPerObject: number;
  /** One `.text`, `.data` and so on in each object, instead of a section for each function and data object. */
  readonly oneText?: boolean;
}

interface WrittenObjects {
  readonly objects: readonly string[];
  readonly checksum: number;
}

/** As `writeManifest`, with the functions as assembly. */
export function writeAssemblyManifest(path: string, options: ProgramOptions): number {
  return writeProgram(new ManifestSink(path, true), options);
}

/** Writes the same program as text for GNU `as`: `part0.s` and so on, the functions as instructions. */
export function writeAssembly(
  directory: string,
  options: ProgramOptions & { readonly functionsPerFile: number },
): { readonly sources: readonly string[]; readonly checksum: number } {
  const sink = new AssemblySink(directory, options.functionsPerFile, true);
  const checksum = writeProgram(sink, options);
  return { sources: sink.files, checksum };
}

/** Writes the same program as relocatable objects, `part0.o` and so on in `directory`. */
export function writeObjects(directory: string, options: ObjectOptions): WrittenObjects {
  const sink = new ObjectSink(directory, options.functionsPerObject, options.oneText !== true);
  const checksum = writeProgram(sink, options);
  return { objects: sink.files, checksum };
}

/** Writes `files.rsp` beside the objects, which every linker takes as `@files.rsp`. Returns its path. */
export function writeResponseFile(directory: string, objects: readonly string[]): string {
  const path = join(directory, "files.rsp");
  writeFileSync(path, objects.map((object) => `${resolve(object).replace(/[\s\\'"]/g, "\\$&")}\n`).join(""));
  return path;
}

/** As `writeObjects`, by way of `part0.s` and so on and GNU `as`; all in one `.text`. Throws if `as` fails. */
export function writeAssembledObjects(directory: string, options: ObjectOptions): WrittenObjects {
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

const USAGE = `usage: node test/dist/bench/generate.js --functions N [--seed S] [--pie] [-o FILE]
       node test/dist/bench/generate.js --functions N [--seed S] [--pie] --objects DIR [--one-text] [--per-object M]`;

function main(): number {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse();
  } catch (cause) {
    console.error(`${cause instanceof Error ? cause.message : cause}\n${USAGE}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const functions = Number(values.functions ?? positionals.shift());
  const seed = Number(values.seed);
  const functionsPerObject = Number(values["per-object"]);
  const isWrong = [functions, functionsPerObject].some((number) => !Number.isSafeInteger(number) || number < 1);
  if (isWrong || positionals.length !== 0 || !Number.isSafeInteger(seed)) {
    console.error(USAGE);
    return 2;
  }
  const program = { functions, seed, pie: values.pie };
  let path: string;
  let checksum: number;
  if (values.objects === undefined) {
    path = values.output ?? `generated-${functions}.ndjson`;
    checksum = writeManifest(path, program);
  } else {
    mkdirSync(values.objects, { recursive: true });
    const written = writeObjects(values.objects, { ...program, functionsPerObject, oneText: values["one-text"] });
    checksum = written.checksum;
    path = writeResponseFile(values.objects, written.objects);
  }
  console.log(`${path}: ${functions} functions, checksum ${checksum.toString(16).padStart(8, "0")}`);
  return 0;
}

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: {
      functions: { type: "string" },
      seed: { type: "string", default: "1" },
      pie: { type: "boolean", default: false },
      output: { type: "string", short: "o" },
      objects: { type: "string" },
      "one-text": { type: "boolean", default: false },
      "per-object": { type: "string", default: "100" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}

if (import.meta.filename === process.argv[1]) process.exitCode = main();
