/** The objects and the archive of a project, brought up to date as `make` would: only what differs is compiled. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { tool } from "../command.js";
import type { SourceTree } from "./source-tree.js";

const execute = promisify(execFile);
/** Compilers that run at the same time. */
const COMPILERS = 2;
/** Headers of the C++ library that take long to read; they are compiled once. */
const PRECOMPILED = [
  "algorithm",
  "cstdio",
  "filesystem",
  "functional",
  "map",
  "memory",
  "set",
  "stdexcept",
  "string",
  "vector",
];
const ARCHIVE = "libparts.a";

export class CompiledProject {
  /** Where gcc runs: sources in `src`, objects in `obj`. */
  readonly directory: string;
  readonly #options: readonly string[];
  /** What object each source had last, by what went into it. */
  readonly #keys: Map<string, string> = new Map();
  /** Objects that were compiled once, by what went into them. */
  readonly #objects: Map<string, Promise<Buffer>> = new Map();
  #precompiled = false;
  #archived = "";

  constructor(directory: string, options: readonly string[]) {
    this.directory = directory;
    this.#options = options;
    for (const name of ["src", "obj", "compiled"]) mkdirSync(join(directory, name), { recursive: true });
  }

  /** Compiles and archives what differs, or was touched. */
  async update(tree: SourceTree): Promise<void> {
    for (const [name, text] of tree.files) writeFileSync(join(this.directory, "src", name), text);
    const keys = new Map(tree.sources().map((name) => [name, this.#keyOf(tree, name)]));
    const queue = [...keys].filter(([name, key]) => this.#keys.get(name) !== key || tree.touched.has(name));
    if (tree.language === "cxx" && !this.#precompiled) await this.#precompile(tree);
    const compile = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [name, key] = next;
        if (!this.#objects.has(key)) this.#objects.set(key, this.#compile(tree, name));
        writeFileSync(join(this.directory, objectOf(name)), await this.#objects.get(key)!);
      }
    };
    await Promise.all(Array.from({ length: COMPILERS }, compile));
    for (const name of this.#keys.keys()) {
      if (!keys.has(name)) rmSync(join(this.directory, objectOf(name)));
    }
    this.#keys.clear();
    for (const [name, key] of keys) this.#keys.set(name, key);
    this.#updateArchive(tree);
    tree.touched.clear();
  }

  /** What the linker is given, as paths from `directory`. */
  inputs(tree: SourceTree): string[] {
    return [...tree.objects.map(objectOf), ...(tree.members.length > 0 ? [ARCHIVE] : [])];
  }

  #keyOf(tree: SourceTree, name: string): string {
    const hash = createHash("sha256");
    return hash.update(JSON.stringify([this.#optionsOf(tree, name), tree.closure(name)])).digest("hex");
  }

  #optionsOf(tree: SourceTree, name: string): readonly string[] {
    const standard = tree.language === "c" ? "-std=gnu11" : "-std=c++17";
    const headers = tree.language === "c" ? [] : ["-include", "library.hpp"];
    return [standard, ...headers, ...this.#options, ...(tree.options.get(name) ?? [])];
  }

  async #compile(tree: SourceTree, name: string): Promise<Buffer> {
    const output = join("compiled", name);
    const args = [...this.#optionsOf(tree, name), "-c", join("src", name), "-o", output];
    await execute(compilerOf(tree), args, { cwd: this.directory, timeout: 60_000 });
    return readFileSync(join(this.directory, output));
  }

  async #precompile(tree: SourceTree): Promise<void> {
    writeFileSync(join(this.directory, "library.hpp"), PRECOMPILED.map((name) => `#include <${name}>\n`).join(""));
    const args = ["-std=c++17", ...this.#options, "-x", "c++-header", "library.hpp", "-o", "library.hpp.gch"];
    await execute(compilerOf(tree), args, { cwd: this.directory, timeout: 60_000 });
    this.#precompiled = true;
  }

  #updateArchive(tree: SourceTree): void {
    const archived = JSON.stringify(tree.members.map((name) => [name, this.#keys.get(name)]));
    if (archived === this.#archived && !tree.members.some((name) => tree.touched.has(name))) return;
    this.#archived = archived;
    rmSync(join(this.directory, ARCHIVE), { force: true });
    if (tree.members.length > 0) tool("ar", ["rcs", ARCHIVE, ...tree.members.map(objectOf)], { cwd: this.directory });
  }
}

/** The program that compiles and links in a tree's language. */
export function compilerOf({ language }: SourceTree): string {
  return language === "c" ? "gcc" : "g++";
}

function objectOf(source: string): string {
  return join("obj", source.replace(/\.[^.]+$/, ".o"));
}
