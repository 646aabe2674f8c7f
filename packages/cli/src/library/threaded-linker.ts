/**
 * The linker as its user holds it: gathers what is declared into batches and hands them to the linker's thread. Batches of
 * text and batches of records follow each other in the order of the calls.
 */

import { builderMisuse, type Diagnostic, DiagnosticError, type FlushResult, type Progress } from "@manifold/core";
import type {
  DataOptions,
  ExportOptions,
  ExternOptions,
  FuncOptions,
  RecordsBuilder,
  Reference,
} from "@manifold/workers/builder";
import type { CoordinatorThread } from "@manifold/workers/threads";
import type { BuildData, BuildFunc, ManifoldLinker, Updating } from "./create-linker.js";
import { type Declaration, declarationLine } from "./declarations.js";
import { type Removed, removedKey } from "./removed.js";

/** Text is handed to the linker when so many characters have come together. */
const BATCH = 1 << 20;
/** Declarations that come through the library are one manifest. */
export const SCOPE = 0;

export class ThreadedLinker implements ManifoldLinker {
  readonly #thread: CoordinatorThread;
  readonly #label: string;
  readonly #records: RecordsBuilder;
  #lines: string[] = [];
  #held = 0;
  /** Whether the declarations that are held take the place of others. */
  #replaces = false;
  /** Rejects when a batch could not be taken. */
  #taken: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(thread: CoordinatorThread, label: string, records: RecordsBuilder) {
    this.#thread = thread;
    this.#label = label;
    this.#records = records;
  }

  add(...declarations: readonly Declaration[]): void {
    this.#text(declarations, false);
  }

  update(...declarations: readonly Declaration[]): void {
    this.#text(declarations, true);
  }

  remove(...names: readonly Removed[]): void {
    this.#checkOpen();
    this.#sendRecords();
    this.#sendText();
    this.#sent(this.#thread.remove(names.map(removedKey)));
  }

  #text(declarations: readonly Declaration[], replaces: boolean): void {
    this.#checkOpen();
    this.#sendRecords();
    if (replaces !== this.#replaces) this.#sendText();
    this.#replaces = replaces;
    for (const declaration of declarations) {
      const line = declarationLine(declaration);
      this.#lines.push(line);
      this.#held += line.length;
      if (this.#held >= BATCH) this.#sendText();
    }
  }

  func(name: string, options: Updating<FuncOptions> | BuildFunc, build?: BuildFunc): void {
    if (typeof options === "function") {
      this.#begin(false);
      this.#records.func(name, {}, options);
    } else {
      const { update = false, ...rest } = options;
      this.#begin(update);
      this.#records.func(name, rest, build!);
    }
    this.#built();
  }

  data(name: string, options: Updating<DataOptions> | BuildData, build?: BuildData): void {
    const contents = build ?? (options as BuildData);
    const { update = false, ...rest } = build === undefined ? {} : (options as Updating<DataOptions>);
    this.#begin(update);
    this.#records.data(name, rest, typeof contents === "function" ? { data: contents } : contents);
    this.#built();
  }

  extern(name: string, options: Updating<ExternOptions> = {}): void {
    const { update = false, ...rest } = options;
    this.#begin(update);
    this.#records.extern(name, rest);
    this.#built();
  }

  export(name: string, of: string | Reference, options: Updating<ExportOptions> = {}): void {
    const { update = false, ...rest } = options;
    this.#begin(update);
    this.#records.export(name, of, rest);
    this.#built();
  }

  async flush(): Promise<FlushResult> {
    this.#checkOpen();
    this.#sendText();
    this.#sendRecords();
    // Called at once, so that what is added later comes behind it in the linker's queue.
    const [result] = await Promise.all([this.#thread.flush(), this.#taken]);
    return result;
  }

  async verify(): Promise<readonly Diagnostic[]> {
    this.#checkOpen();
    return this.#thread.verify();
  }

  progress(): Progress {
    return this.#thread.progress();
  }

  close(): Promise<void> {
    this.#closed ??= this.#thread.close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new DiagnosticError(builderMisuse("this linker is closed", undefined));
  }

  /** Records follow, which replace others or not: text before them goes first, and so do those of the other kind. */
  #begin(replaces: boolean): void {
    this.#sendText();
    if (replaces !== this.#replaces) this.#sendRecords();
    this.#replaces = replaces;
  }

  #built(): void {
    this.#checkOpen();
    if (this.#records.isFull) this.#sendRecords();
  }

  #sendText(): void {
    if (this.#lines.length === 0) return;
    const text = `\n${this.#lines.join("\n")}\n`;
    this.#lines = [];
    this.#held = 0;
    const bytes = new SharedArrayBuffer(Buffer.byteLength(text));
    Buffer.from(bytes).write(text);
    this.#sent(this.#thread.addText(this.#label, bytes, this.#replaces));
  }

  #sendRecords(): void {
    const batch = this.#records.take();
    if (batch !== undefined) this.#sent(this.#thread.addRecords(batch, this.#replaces));
  }

  #sent(batch: Promise<void>): void {
    batch.catch(() => {});
    this.#taken = Promise.all([this.#taken, batch]);
    this.#taken.catch(() => {});
  }
}
