/**
 * From what a command line names to files that can be linked: finds libraries, looks at what each file is, and follows
 * linker scripts. All that is wrong is found at once: one input that cannot be used does not hide the next.
 */

import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type Diagnostic, DiagnosticError, type Place } from "../diagnostics/diagnostic.js";
import { inputUnreadable, unsupportedInput } from "../diagnostics/input.js";
import {
  bitcodeInput,
  emptyInput,
  inputNotFound,
  scriptFileNotFound,
  scriptsEndless,
  sharedInput,
  unusableInput,
} from "../diagnostics/ld.js";
import { reasonOf } from "../diagnostics/output.js";
import { nearestOf } from "../memory/word-table.js";
import type { InputFile } from "../objects/options.js";
import { type FileFound, identifyFile } from "./file-kind.js";
import { inSysroot, LibrarySearch, type LocatedFile, type SearchOptions } from "./library-search.js";
import { type LinkerScript, parseLinkerScript, type ScriptFile } from "./linker-script.js";

/** An input as the command line names it, with the state of the options before it. */
export interface InputSpec {
  /** A path, or the name of a library. */
  readonly kind: "file" | "library";
  /** Of a library what stands behind `-l`: `z`, or `:libz.a`. */
  readonly name: string;
  /** `--whole-archive` */
  readonly whole: boolean;
  /** `--start-lib` */
  readonly lazy: boolean;
  /** `-Bstatic` */
  readonly archivesOnly: boolean;
  /** Number of the `--start-group` around it, 0 for none. */
  readonly group: number;
  /** Where a response file says so; counts lines when it is called. Undefined for the command line itself. */
  readonly place: (() => Place) | undefined;
}

export interface GatheredInputs {
  /** All that can be linked, in order. */
  readonly inputs: readonly InputFile[];
  /** Errors and warnings. */
  readonly diagnostics: readonly Diagnostic[];
  /** Paths of all files that the link depends on: the inputs and the linker scripts. */
  readonly files: readonly string[];
}

/** A library's script has a line or two. */
const SCRIPT_LIMIT = 1 << 20;
const MOST_SCRIPTS = 1000;
const MOST_DEPTH = 16;
/** A script of which much is missing is not told in full. */
const MOST_MISSING = 20;
const MOST_NOTES = 8;
const SOURCE = /\.(c|cc|cp|cpp|cxx|c\+\+|C|s|S|asm|h|hh|hpp|rs|go|zig|f|f90|d|m|mm)$/;

/**
 * Finds and identifies what `specs` name. Reads what tells the files apart, and linker scripts as a whole. `identify`: what
 * looks at a file, where something is known of files before.
 */
export function gatherInputs(
  specs: readonly InputSpec[],
  search: SearchOptions,
  identify: typeof identifyFile = identifyFile,
): GatheredInputs {
  return new Gatherer(specs, search, identify).gather();
}

/** How an input is linked: what its spec says, or that of the script that names it. */
type Manner = Pick<InputSpec, "whole" | "lazy" | "archivesOnly" | "group">;

/** A script that is being followed. */
interface Frame {
  readonly path: string;
  /** Without symbolic links, so that a cycle is one by whatever names. */
  readonly realPath: string;
  readonly parent: Frame | undefined;
  readonly depth: number;
}

class Gatherer {
  readonly #specs: readonly InputSpec[];
  readonly #search: LibrarySearch;
  readonly #identify: typeof identifyFile;
  readonly #sysroot: string;
  readonly #isStatic: boolean;
  readonly #inputs: InputFile[] = [];
  readonly #diagnostics: Diagnostic[] = [];
  readonly #files = new Set<string>();
  readonly #shared = new Set<string>();
  readonly #scripts = new Map<string, LinkerScript>();
  #scriptsFollowed = 0;
  #nextGroup: number;

  constructor(specs: readonly InputSpec[], search: SearchOptions, identify: typeof identifyFile) {
    this.#specs = specs;
    this.#identify = identify;
    this.#search = new LibrarySearch(search);
    this.#sysroot = search.sysroot;
    this.#isStatic = search.isStatic;
    this.#nextGroup = specs.reduce((most, { group }) => Math.max(most, group), 0) + 1;
  }

  gather(): GatheredInputs {
    for (const spec of this.#specs) {
      if (spec.kind === "library") this.#library(spec.name, spec, undefined, spec.place);
      else this.#file(spec);
    }
    const [first, ...others] = this.#shared;
    if (first !== undefined) {
      const notes = others.slice(0, MOST_NOTES).map((path) => ({ message: `${path} is one as well` }));
      const more = others.length - notes.length;
      if (more > 0) notes.push({ message: `and so are ${more} more` });
      this.#diagnostics.push(sharedInput({ file: first }, this.#isStatic, notes));
    }
    return { inputs: this.#inputs, diagnostics: this.#diagnostics, files: [...this.#files] };
  }

  #file(spec: InputSpec): void {
    const found = this.#identify(spec.name);
    if (found === undefined) this.#diagnostics.push(inputNotFound(spec.name, nearestFile(spec.name), spec.place?.()));
    else this.#add({ path: spec.name, found }, spec, undefined);
  }

  /** Returns whether it is there. */
  #library(name: string, manner: Manner, frame: Frame | undefined, place: (() => Place) | undefined): boolean {
    const located = this.#search.find(name, manner.archivesOnly);
    if ("path" in located) {
      this.#add(located, manner, frame);
      return true;
    }
    const where = place?.();
    this.#diagnostics.push(where === undefined ? located : { ...located, place: where });
    return false;
  }

  #add(located: LocatedFile, manner: Manner, frame: Frame | undefined): void {
    const { path, found } = located;
    this.#files.add(path);
    const { whole, lazy, group } = manner;
    const place = { file: path };
    if (found.otherTarget !== undefined && (found.kind === "object" || found.kind === "shared")) {
      this.#diagnostics.push(unsupportedInput(place, found.otherTarget, "64-bit X86_64"));
      return;
    }
    switch (found.kind) {
      case "object": {
        const size = found.size === undefined ? {} : { size: found.size };
        this.#inputs.push({ path, kind: "object", whole: false, lazy, group, ...size });
        return;
      }
      case "archive":
        this.#inputs.push({ path, kind: "archive", whole, lazy: false, group });
        return;
      case "shared":
        this.#shared.add(path);
        return;
      case "text":
        this.#script(path, manner, frame);
        return;
      default:
        this.#diagnostics.push(unusable(path, found));
    }
  }

  #script(path: string, manner: Manner, parent: Frame | undefined): void {
    const place = { file: path };
    let frame: Frame;
    let script: LinkerScript;
    try {
      frame = { path, realPath: realpathSync(path), parent, depth: (parent?.depth ?? 0) + 1 };
      const endless = this.#endless(frame);
      if (endless !== undefined) throw new DiagnosticError(scriptsEndless(place, endless));
      script = this.#parsed(frame);
    } catch (thrown) {
      const isOurs = thrown instanceof DiagnosticError;
      this.#diagnostics.push(...(isOurs ? thrown.diagnostics : [inputUnreadable(place, reasonOf(thrown))]));
      return;
    }
    this.#follow(script, manner, frame);
  }

  /** Why a script is not followed; undefined where it is. */
  #endless(frame: Frame): string | undefined {
    for (let each = frame.parent; each !== undefined; each = each.parent)
      if (each.realPath === frame.realPath) return `it leads to itself, by way of ${frame.parent!.path}`;
    if (frame.depth > MOST_DEPTH) return `${MOST_DEPTH} scripts lead to it, one to the next`;
    this.#scriptsFollowed++;
    // Told once: what stands behind the limit would all say the same.
    if (this.#scriptsFollowed === MOST_SCRIPTS + 1) return `${MOST_SCRIPTS} others were followed before it`;
    return undefined;
  }

  #parsed({ path, realPath }: Frame): LinkerScript {
    const known = this.#scripts.get(realPath);
    if (known !== undefined) return known;
    const wrong = notScript(path);
    if (wrong !== undefined) throw new DiagnosticError(wrong);
    const script = parseLinkerScript(readFileSync(path), path);
    this.#scripts.set(realPath, script);
    return script;
  }

  #follow({ inputs, searchDirs }: LinkerScript, manner: Manner, frame: Frame): void {
    if (this.#scriptsFollowed > MOST_SCRIPTS) return;
    for (const directory of searchDirs) this.#search.addDirectory(directory);
    let missing = 0;
    for (const { isGroup, files } of inputs) {
      // A group within a group is searched as often as the outer one is.
      const inGroup = isGroup && manner.group === 0 ? { ...manner, group: this.#nextGroup++ } : manner;
      for (const file of files) {
        if (missing < MOST_MISSING && !this.#scriptFile(file, inGroup, frame)) missing++;
      }
    }
  }

  /** Adds a file that a script names; returns whether it is there. */
  #scriptFile(file: ScriptFile, manner: Manner, frame: Frame): boolean {
    if (file.kind === "library") return this.#library(file.name, manner, frame, () => file.place());
    const candidates = this.#candidates(file.name, frame);
    for (const path of candidates) {
      const found = this.#identify(path);
      if (found === undefined) continue;
      this.#add({ path, found }, manner, frame);
      return true;
    }
    this.#diagnostics.push(scriptFileNotFound(file.name, candidates, file.place()));
    return false;
  }

  /** Where a script's file may be, as the manual of GNU ld says under INPUT. */
  #candidates(name: string, frame: Frame): readonly string[] {
    const inside = inSysroot(name, this.#sysroot);
    if (inside !== name) return [inside];
    if (name.startsWith("/")) return [this.#isInSysroot(frame) ? this.#sysroot + name : name];
    return [
      ...new Set([name, `${dirname(frame.path)}/${name}`, ...this.#search.directories.map((d) => `${d}/${name}`)]),
    ];
  }

  #isInSysroot({ realPath }: Frame): boolean {
    if (this.#sysroot === "") return false;
    try {
      const root = realpathSync(this.#sysroot);
      return realPath.startsWith(root.endsWith("/") ? root : `${root}/`);
    } catch {
      return false;
    }
  }
}

/** What is wrong with a file that is none of those that are linked. */
function unusable(path: string, { kind, what }: FileFound): Diagnostic {
  const place = { file: path };
  if (kind === "unreadable") return inputUnreadable(place, what);
  if (kind === "bitcode") return bitcodeInput(place);
  if (kind === "empty") return emptyInput(place);
  return unusableInput(place, what, "Give objects (.o) and archives (.a) for x86-64 Linux.");
}

/** A text file that is meant to be something other than a linker script. */
function notScript(path: string): Diagnostic | undefined {
  const place = { file: path };
  if (statSync(path).size > SCRIPT_LIMIT)
    return unusableInput(place, "it is text, too long for a linker script", "Give objects (.o) and archives (.a).");
  if (SOURCE.test(path)) return unusableInput(place, "it is source text", "Compile it first, to an object (-c).");
  if (!/\.(nd)?json$/.test(path)) return undefined;
  return unusableInput(place, "it is a manifest of Manifold, or other JSON", 'Link manifests with "manifold link".');
}

/** A file in the same directory whose name is spelled alike. */
function nearestFile(path: string): string | undefined {
  const directory = dirname(path);
  try {
    const nearest = nearestOf(basename(path), readdirSync(directory));
    return nearest === undefined ? undefined : path.slice(0, path.length - basename(path).length) + nearest;
  } catch {
    return undefined;
  }
}
