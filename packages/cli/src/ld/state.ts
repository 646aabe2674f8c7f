/**
 * What has been understood of a command line so far. Options change it in order, because inputs carry the state of the
 * options before them; `finish` makes a request of it.
 */

import {
  badOptionValue,
  type Diagnostic,
  dynamicPie,
  type InputSpec,
  noInputFiles,
  optionNeeds,
  type Place,
  type SymbolDefinition,
} from "@manifold/core";
import { DEFAULT_DIRECTORIES } from "./default-directories.js";
import type { LdAction, LdRequest } from "./request.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What `--push-state` keeps. */
interface InputState {
  whole: boolean;
  archivesOnly: boolean;
}

/** What the machine has: smaller pages than that are none. */
const PAGE_SIZE = 4096;

export class LdState {
  readonly diagnostics: Diagnostic[] = [];
  /** Of options that are known and not supported: they do not matter where nothing is linked. */
  readonly refusals: Diagnostic[] = [];
  readonly request: Mutable<Omit<LdRequest, "inputs" | "search" | "options" | "incremental">> = {
    action: { kind: "link" },
    banner: "",
    output: "a.out",
    mapFile: undefined,
    printMap: false,
    dependencyFile: undefined,
    trace: false,
    printGcSections: false,
    stats: false,
    traceFile: undefined,
    threads: undefined,
    warnings: "shown",
    colour: "auto",
  };
  readonly options: Mutable<
    Omit<LdRequest["options"], "output" | "required" | "undefined" | "definitions" | "wraps" | "traced" | "merge">
  > = {
    entry: "_start",
    imageBase: undefined,
    gcSections: false,
    strip: "none",
    discardLocals: "none",
    buildId: "none",
    ehFrameHdr: false,
    relro: true,
    execStack: undefined,
    stackSize: 0,
    allowMultipleDefinition: false,
    unresolved: "error",
    warnCommon: false,
    pageSize: PAGE_SIZE,
    separateCode: true,
  };
  readonly undefined: string[] = [];
  readonly requireDefined: string[] = [];
  readonly definitions: SymbolDefinition[] = [];
  readonly wraps: string[] = [];
  readonly traced: string[] = [];
  readonly libraryPaths: string[] = [];
  sysroot = "";
  /** `-static` */
  isStatic = false;
  pie = false;
  noDynamicLinker = false;
  defaultDirectories = true;
  warnUnresolved = false;
  incremental = false;
  verify = false;
  explain = false;
  input: InputState = { whole: false, archivesOnly: false };
  readonly #inputs: InputSpec[] = [];
  readonly #kept: InputState[] = [];
  /** Within `--start-lib` */
  lazy = false;
  /** How many `--start-group` are open. A group within a group is part of it. */
  #groupDepth = 0;
  #groups = 0;

  addInput(kind: InputSpec["kind"], name: string, place: (() => Place) | undefined): void {
    const group = this.#groupDepth > 0 ? this.#groups : 0;
    this.#inputs.push({ kind, name, ...this.input, lazy: this.lazy, group, place });
  }

  startGroup(): void {
    if (this.#groupDepth === 0) this.#groups++;
    this.#groupDepth++;
  }

  /** Returns whether there was a group to end. */
  endGroup(): boolean {
    if (this.#groupDepth === 0) return false;
    this.#groupDepth--;
    return true;
  }

  pushState(): void {
    this.#kept.push({ ...this.input });
  }

  /** Returns whether there was a state to go back to. */
  popState(): boolean {
    const kept = this.#kept.pop();
    if (kept !== undefined) this.input = kept;
    return kept !== undefined;
  }

  /** The first of several actions counts. */
  act(action: LdAction): void {
    if (this.request.action.kind === "link") this.request.action = action;
  }

  /** The request, with what is wrong with it as a whole in `diagnostics`. */
  finish(): LdRequest {
    const { isStatic, pie, verify, explain } = this;
    if (this.request.action.kind === "link") this.#check();
    return {
      ...this.request,
      inputs: this.#inputs,
      search: {
        paths: this.defaultDirectories ? [...this.libraryPaths, ...DEFAULT_DIRECTORIES] : this.libraryPaths,
        sysroot: this.sysroot,
        isStatic,
      },
      options: {
        ...this.options,
        output: pie ? "static-pie" : "executable",
        pageSize: Math.max(PAGE_SIZE, this.options.pageSize),
        unresolved: this.options.unresolved === "error" && this.warnUnresolved ? "warn" : this.options.unresolved,
        undefined: [...this.undefined, ...this.requireDefined],
        required: this.requireDefined,
        definitions: this.definitions,
        wraps: this.wraps,
        traced: this.traced,
        merge: !this.incremental,
      },
      incremental: this.incremental ? { verify, explain } : undefined,
    };
  }

  #check(): void {
    const { diagnostics } = this;
    diagnostics.push(...this.refusals);
    // `-v` by itself asks for the version, which is printed before anything is linked.
    if (this.#inputs.length === 0 && this.request.banner === "") diagnostics.push(noInputFiles());
    if (this.pie && !this.isStatic && !this.noDynamicLinker && this.#inputs.length > 0) diagnostics.push(dynamicPie());
    for (const [option, isGiven] of [
      ["--verify", this.verify],
      ["--explain", this.explain],
    ] as const)
      if (isGiven && !this.incremental) diagnostics.push(optionNeeds(option, "--incremental"));
    const { imageBase, pageSize } = this.options;
    if (imageBase !== undefined && imageBase % pageSize !== 0) {
      const wanted = `a multiple of the page size, 0x${pageSize.toString(16)}`;
      diagnostics.push(badOptionValue("--image-base", `0x${imageBase.toString(16)}`, wanted, undefined));
    }
  }
}
