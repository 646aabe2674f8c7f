/**
 * Links objects through gcc, with GNU ld and with Manifold in its place. MANIFOLD_TEST_LD names another linker to judge
 * instead of Manifold. Objects are kept in a directory of their own beyond the run, by what they are made of.
 */

import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { MANIFOLD, type Outcome, ROOT, run, tool } from "./command.js";
import { tempDir } from "./temp-dir.js";

const { MANIFOLD_TEST_LD } = process.env;

/** A linker other than Manifold is judged: what Manifold does better than others, or says of itself, is not asked. */
export const OTHER_LINKER: boolean = MANIFOLD_TEST_LD !== undefined;

/** Where the programs are that the tests compile. */
export const FIXTURES: string = join(ROOT, "test/fixtures/objects");

export type Compiler = "gcc" | "g++" | "clang" | "clang++" | "musl-gcc";
export type Linker = "gnu" | "manifold";
export type Mode = "-static" | "-static-pie";
export const MODES: readonly Mode[] = ["-static", "-static-pie"];

/** What is linked: objects, archives and libraries as gcc's arguments, in their order. */
export interface Program {
  readonly inputs: readonly string[];
  /** `-static` where not given. */
  readonly mode?: Mode;
  /** What runs the linker: gcc where not given. */
  readonly driver?: Compiler;
  readonly cwd?: string;
}

const CACHE = join(tmpdir(), `manifold-test-objects-${process.getuid?.() ?? 0}`);

/** A fixture as an object, made by the compiler that its extension asks for; position-independent, unless flags differ. */
export function compile(file: string, ...flags: readonly string[]): string {
  return compileWith(extname(file) === ".cc" ? "g++" : "gcc", file, ...flags);
}

export function compileWith(compiler: Compiler, file: string, ...flags: readonly string[]): string {
  const path = join(FIXTURES, file);
  const key = hash([compiler, version(compiler), headers(), path, readFileSync(path, "utf8"), ...flags]);
  return cached(`${file.replace(".", "-")}-${key}.o`, (output) => {
    tool(compiler, [...languageFlags(file), ...flags, "-c", path, "-o", output]);
  });
}

/** A file of several parts as that many objects: each is the file with PART defined as its number. */
export function parts(file: string, count: number, ...flags: readonly string[]): string[] {
  return Array.from({ length: count }, (_, part) => compile(file, `-DPART=${part}`, ...flags));
}

/** Objects under names of the test's choosing: for archives, and messages, in which they are read. */
export function named(directory: string, objects: Readonly<Record<string, string>>): string[] {
  return Object.entries(objects).map(([name, object]) => {
    const path = join(directory, name);
    copyFileSync(object, path);
    return path;
  });
}

/** An archive with an index, as `ar` makes it; its members have the names of the files. */
export function archive(path: string, members: readonly string[], flags = "rcs"): string {
  tool("ar", [flags, path, ...members]);
  return path;
}

/** The directory that gcc's `-B` wants, with Manifold as `ld` in it. */
function linkerDirectory(): string {
  const directory = join(CACHE, `ld-${hash([process.execPath, MANIFOLD, MANIFOLD_TEST_LD ?? ""])}`);
  if (existsSync(directory)) return directory;
  const made = temporary();
  const script = `#!/bin/sh\nexec '${process.execPath}' '${MANIFOLD}' ld "$@"\n`;
  if (MANIFOLD_TEST_LD === undefined) writeFileSync(join(made, "ld"), script, { mode: 0o755 });
  else symlinkSync(MANIFOLD_TEST_LD, join(made, "ld"));
  return intoCache(made, directory);
}

/** Links a program to `output`, and says how that went. */
export function tryLink(linker: Linker, program: Program, output: string): Outcome {
  const prefix = linker === "gnu" ? [] : [`-B${linkerDirectory()}/`];
  const args = [...prefix, program.mode ?? "-static", "-o", output, ...program.inputs];
  return run(program.driver ?? "gcc", args, program.cwd === undefined ? {} : { cwd: program.cwd });
}

/** As `tryLink`, of what must succeed; returns the path of the output. */
export function linkWith(linker: Linker, program: Program, output: string = join(tempDir(), linker)): string {
  const { code, signal, stdout, stderr } = tryLink(linker, program, output);
  if (code !== 0) throw new Error(`linking with ${linker} ended with ${code ?? signal}:\n${stderr}${stdout}`);
  return output;
}

function languageFlags(file: string): string[] {
  switch (extname(file)) {
    case ".s":
      return [];
    case ".cc":
      return ["-std=c++17", "-O1", "-fPIE"];
    default:
      return ["-std=gnu17", "-O1", "-fPIE"];
  }
}

/** The file of that name in the cache, made by `make` where it is not there yet; many processes may do so at once. */
function cached(name: string, make: (output: string) => void): string {
  const path = join(CACHE, name);
  if (existsSync(path)) return path;
  const directory = temporary();
  make(join(directory, name));
  renameSync(join(directory, name), path);
  rmSync(directory, { recursive: true });
  return path;
}

function intoCache(made: string, path: string): string {
  try {
    renameSync(made, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
    rmSync(made, { recursive: true });
  }
  return path;
}

function temporary(): string {
  mkdirSync(CACHE, { recursive: true });
  return mkdtempSync(join(CACHE, "new-"));
}

function hash(texts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 20);
}

const versions = new Map<string, string>();

function version(compiler: Compiler): string {
  const known = versions.get(compiler) ?? tool(compiler, ["--version"]);
  versions.set(compiler, known);
  return known;
}

let allHeaders: string | undefined;

function headers(): string {
  const names = readdirSync(FIXTURES).filter((name) => name.endsWith(".h"));
  allHeaders ??= names.map((name) => readFileSync(join(FIXTURES, name), "utf8")).join("");
  return allHeaders;
}
