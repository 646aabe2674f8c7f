/**
 * Finds libraries in the directories of `-L`, as GNU ld does: the directories in order, in each `libNAME.so` before
 * `libNAME.a`, archives alone where the link is static, and past libraries for another target. Where nothing is found it
 * says what there was instead.
 */

import { readdirSync, realpathSync, statSync } from "node:fs";
import type { Diagnostic, Note } from "../diagnostics/diagnostic.js";
import { libraryNotFound } from "../diagnostics/ld.js";
import { nearestOf } from "../memory/word-table.js";
import { type FileFound, identifyFile } from "./file-kind.js";

export interface SearchOptions {
  /** Directories in order, as given: `=` or `$SYSROOT` in front stands for the sysroot. */
  readonly paths: readonly string[];
  /** Goes in front of such paths; empty for none. */
  readonly sysroot: string;
  /** `-static`: nothing but archives will do, whatever stands beside them. */
  readonly isStatic: boolean;
}

export interface LocatedFile {
  readonly path: string;
  readonly found: FileFound;
}

/** Directories that are told; compilers give a dozen. */
const MOST_DIRECTORIES = 24;

/** The path that `=path` or `$SYSROOT/path` means. */
export function inSysroot(path: string, sysroot: string): string {
  const prefix = ["=", "$SYSROOT"].find((each) => path.startsWith(each));
  return prefix === undefined ? path : sysroot + path.slice(prefix.length);
}

export class LibrarySearch {
  readonly #sysroot: string;
  readonly #isStatic: boolean;
  readonly #directories: string[] = [];
  /** Without symbolic links: compilers give most directories under several names, and each is searched once. */
  readonly #realDirectories = new Set<string>();

  constructor({ paths, sysroot, isStatic }: SearchOptions) {
    this.#sysroot = sysroot;
    this.#isStatic = isStatic;
    for (const path of paths) this.addDirectory(path);
  }

  get directories(): readonly string[] {
    return this.#directories;
  }

  /** Adds a directory behind all others, as SEARCH_DIR of a script does. */
  addDirectory(path: string): void {
    const directory = inSysroot(path, this.#sysroot);
    const real = realPath(directory);
    if (this.#realDirectories.has(real)) return;
    this.#realDirectories.add(real);
    this.#directories.push(directory);
  }

  /** The library that `-lNAME` means, or why there is none (MF0480). */
  find(name: string, archivesOnly: boolean): LocatedFile | Diagnostic {
    const isStatic = archivesOnly || this.#isStatic;
    const names = fileNames(name, isStatic);
    const notes: Note[] = [];
    for (const directory of this.#directories) {
      for (const fileName of names) {
        const path = `${directory}/${fileName}`;
        const found = exists(path) ? identifyFile(path) : undefined;
        if (found === undefined) continue;
        if (found.otherTarget === undefined) return { path, found };
        notes.push({ message: `${path} is ${found.otherTarget}` });
      }
    }
    return this.#notFound(name, isStatic, notes);
  }

  #notFound(name: string, isStatic: boolean, notes: Note[]): Diagnostic {
    const option = `-l${name}`;
    const told = this.#directories.slice(0, MOST_DIRECTORIES);
    const more = this.#directories.length - told.length;
    const searched = told.map((path) => (exists(path) ? path : `${path} (does not exist)`)).join(", ");
    const listed = `searched ${searched}${more > 0 ? `, and ${more} more` : ""}`;
    notes.unshift({ message: told.length === 0 ? "no directory is searched: -L gives none" : listed });
    const shared = isStatic && !name.startsWith(":") ? this.#sharedOf(name) : undefined;
    if (shared !== undefined) {
      notes.push({ message: `${shared} is there, but a static link takes archives alone` });
      return libraryNotFound(option, notes, `Install or build the static library, lib${name}.a.`);
    }
    const meant = this.#nearest(name, isStatic);
    if (meant !== undefined) return libraryNotFound(option, notes, `Did you mean -l${meant}?`);
    const remedy = "Give its directory with -L, or install the library's development package.";
    return libraryNotFound(option, notes, remedy);
  }

  /** `libNAME.so`, or `libNAME.so.1` that programs are run with, of any target. */
  #sharedOf(name: string): string | undefined {
    const prefix = `lib${name}.so`;
    for (const directory of this.#directories) {
      const fileName = list(directory)
        .filter((each) => each === prefix || each.startsWith(`${prefix}.`))
        .sort()[0];
      if (fileName !== undefined) return `${directory}/${fileName}`;
    }
    return undefined;
  }

  /** What would have been found: the name without what `-l` adds by itself, or one spelled alike. */
  #nearest(name: string, isStatic: boolean): string | undefined {
    const suffix = isStatic ? /\.a$/ : /\.(a|so)$/;
    const libraries = this.#directories
      .flatMap(list)
      .filter((each) => suffix.test(each) && (name.startsWith(":") || each.startsWith("lib")));
    if (name.startsWith(":")) {
      const nearest = nearestOf(name.slice(1), libraries);
      return nearest === undefined ? undefined : `:${nearest}`;
    }
    const known = new Set(libraries.map((each) => each.slice("lib".length).replace(suffix, "")));
    const bare = name
      .replace(/^.*\//, "")
      .replace(/^lib/, "")
      .replace(/\.(a|so)$/, "");
    return known.has(bare) ? bare : nearestOf(bare, known);
  }
}

function fileNames(name: string, isStatic: boolean): readonly string[] {
  if (name.startsWith(":")) return [name.slice(1)];
  return isStatic ? [`lib${name}.a`] : [`lib${name}.so`, `lib${name}.a`];
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Such as a directory that may not be entered: what cannot be seen is not found.
    return false;
  }
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** A directory that is not there goes by its name. */
function realPath(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}
