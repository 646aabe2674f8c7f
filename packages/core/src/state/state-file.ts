/**
 * The state of a session on disk, beside its output: tables that are read a page at a time, and of which what changed is
 * written back in place. What that costs follows from the pages that are touched, not from the size of the tables.
 *
 * The life of a state that is used: `open`, which checks that it was saved whole and belongs to the output as it is;
 * `table`, whose pages come in as they are asked for; `begin`, before anything changes the output; then the output's
 * flush; `save`. A process that dies between `begin` and the end of `save` leaves a state that `open` refuses. Pages are
 * written in place: until `save` has ended there is no state, which costs a full link and nothing else.
 *
 * Two links at once: whoever comes first to `begin` has the state, and the other one is refused there or in `open`. A
 * lock file makes looking at the status and setting it one step; where a process died within these microseconds, the
 * lock stays, and the state is refused until `createState` has made a new one.
 */

import {
  StateError,
  type StateReason,
  stateCorrupted,
  stateInterrupted,
  stateMissing,
  stateNotSaved,
  stateOfOtherOutput,
  stateUnreadable,
} from "../diagnostics/state.js";
import { closeAnyway, discard, type Files, systemFiles } from "../image/files.js";
import { type Fingerprint, sameFile } from "../image/fingerprint.js";
import { assert } from "../memory/invariant.js";
import { PAGE_WORDS, PagedWords } from "../memory/paged-words.js";
import {
  decodeHeader,
  type Entry,
  HEADER_PAGES,
  type Header,
  isTableName,
  MAX_META_BYTES,
  MAX_TABLES,
  pagesOf,
  STATUS_AT,
  Status,
  sameSave,
} from "./header.js";
import { PageFile } from "./page-file.js";
import { TablePages } from "./table-pages.js";

/** A table to be saved. */
export interface StateTable {
  /** At most 24 bytes of UTF-8. */
  readonly name: string;
  readonly words: PagedWords;
  /** Words in use, from the start. */
  readonly used: number;
}

export type OpenedState = { readonly state: StateFile } | { readonly reason: StateReason };

/** A table that was handed out. */
interface Handed {
  readonly words: PagedWords;
  /** By page that was loaded: what it holds in the file. */
  readonly saved: Map<number, Int32Array>;
}

export class StateFile {
  /** What was given to `save` or `createState`. */
  readonly meta: unknown;
  /** The output as it is: what `OutputFile.adopt` takes. */
  readonly fingerprint: Fingerprint;
  readonly #path: string;
  readonly #files: Files;
  readonly #file: PageFile;
  readonly #pages: TablePages;
  readonly #handed = new Map<string, Handed>();
  #busy = false;
  /** Saving failed half-way: what is in the file is neither what was nor what shall be. */
  #lost = false;

  private constructor(path: string, files: Files, file: PageFile, pages: TablePages, fingerprint: Fingerprint) {
    this.#path = path;
    this.#files = files;
    this.#file = file;
    this.#pages = pages;
    this.fingerprint = fingerprint;
    this.meta = readMeta(path, pages);
  }

  /** Opens the state `path` of the output `output`, or says why it cannot be used. */
  static open(path: string, output: string, files: Files = systemFiles): OpenedState {
    let fd: number | undefined;
    try {
      fd = files.open(path, "r+");
      const file = new PageFile(path, files, fd);
      const header = readHeader(file);
      if (files.stat(lockOf(path)) !== undefined) throw new StateError(stateInterrupted(path));
      const now = files.stat(output)?.fingerprint;
      if (now === undefined || !sameFile(header.fingerprint, now))
        throw new StateError(stateOfOtherOutput(path, output));
      return { state: new StateFile(path, files, file, new TablePages(file, header), now) };
    } catch (cause) {
      if (fd !== undefined) closeAnyway(files, fd);
      if (cause instanceof StateError) return { reason: cause.reason };
      const { code } = cause as NodeJS.ErrnoException;
      if (code === undefined) throw cause;
      return { reason: code === "ENOENT" ? stateMissing(path) : stateUnreadable(path, cause) };
    }
  }

  get bytesRead(): number {
    return this.#file.bytesRead;
  }

  get bytesWritten(): number {
    return this.#file.bytesWritten;
  }

  /** Of tables, not counting header, checksums and meta. */
  get pagesRead(): number {
    let pages = 0;
    for (const { saved } of this.#handed.values()) pages += saved.size;
    return pages;
  }

  /** The words of a table, the same at every call; undefined where there is none. A page that cannot be loaded throws StateError. */
  table(name: string): PagedWords | undefined {
    const handed = this.#handed.get(name);
    if (handed !== undefined) return handed.words;
    const entry = this.#entry(name);
    if (entry === undefined) return undefined;
    const pages = pagesOf(entry.used);
    const saved = new Map<number, Int32Array>();
    const load = (page: number, target: Int32Array): void => {
      this.#load(entry, page, target);
      saved.set(page, new Int32Array(target));
    };
    const words = new PagedWords(name, entry.used, { source: { pages, load } });
    this.#handed.set(name, { words, saved });
    return words;
  }

  /** Words of a table in use, as saved last; 0 where there is none. */
  usedWords(name: string): number {
    return this.#entry(name)?.used ?? 0;
  }

  /**
   * Says on disk that an update is about to change the output. Throws StateError, with nothing changed, where another
   * link has the state or it cannot be written to: the output must then be left alone.
   */
  begin(): void {
    if (this.#busy) return;
    const lock = lockOf(this.#path);
    try {
      this.#files.close(this.#files.open(lock, "wx"));
    } catch (cause) {
      const exists = (cause as NodeJS.ErrnoException).code === "EEXIST";
      throw new StateError(exists ? stateInterrupted(this.#path) : stateNotSaved(this.#path, cause));
    }
    try {
      const words = new Int32Array(PAGE_WORDS);
      this.#file.read(0, words);
      if (!sameSave(words, this.#pages.header)) throw new StateError(stateInterrupted(this.#path));
      this.#file.writeAt(STATUS_AT, Int32Array.of(Status.BUSY));
      this.#busy = true;
    } catch (cause) {
      throw asStateError(this.#path, cause);
    } finally {
      discard(this.#files, lock);
    }
  }

  /**
   * Writes what changed: of tables that were handed out the pages that differ and those behind the old end, of others
   * all. Tables that are not given stay as they are. `output` is the output as it was written. Throws StateError where
   * that fails; there is no usable state then until `createState` has made one.
   */
  save(meta: unknown, tables: readonly StateTable[], output: Fingerprint): void {
    if (this.#lost) throw new StateError(stateInterrupted(this.#path));
    this.begin();
    this.#lost = true;
    try {
      for (const table of tables) this.#saveTable(table);
      writeMeta(this.#pages, meta);
      this.#pages.header.fingerprint = output;
      this.#pages.finish(Status.CLEAN);
    } catch (cause) {
      throw asStateError(this.#path, cause);
    }
    this.#lost = false;
    this.#busy = false;
  }

  close(): void {
    try {
      this.#file.close();
    } catch {
      // What may not have come through is seen by its checksum when it is read.
    }
  }

  #entry(name: string): Entry | undefined {
    return this.#pages.header.tables.find((entry) => entry.name === name);
  }

  #load(entry: Entry, page: number, target: Int32Array): void {
    try {
      this.#pages.read(entry, page, target);
    } catch (cause) {
      if (cause instanceof StateError) throw cause;
      throw new StateError(stateUnreadable(this.#path, cause));
    }
  }

  #saveTable(table: StateTable): void {
    const handed = this.#handed.get(table.name);
    if (handed?.words !== table.words) {
      this.#handed.delete(table.name);
      writeTable(this.#pages, table);
      return;
    }
    const entry = this.#entry(table.name)!;
    const pages = pagesOf(table.used);
    const { words, saved } = handed;
    const old = words.source!.pages;
    this.#pages.reserve(entry, pages);
    words.ensure(pages * PAGE_WORDS);
    const changed = [...saved.keys()]
      .filter((page) => page < pages && !equal(words.words, page * PAGE_WORDS, saved.get(page)!))
      .sort((a, b) => a - b);
    for (const page of changed) {
      this.#pages.write(entry, words.words, page, page + 1);
      saved.get(page)!.set(words.words.subarray(page * PAGE_WORDS, (page + 1) * PAGE_WORDS));
    }
    this.#pages.write(entry, words.words, Math.min(old, pages), pages);
    entry.used = table.used;
  }
}

/** Writes all of a table, which need not be there yet. */
export function writeTable(pages: TablePages, { name, words, used }: StateTable): void {
  const { tables } = pages.header;
  let entry = tables.find((other) => other.name === name);
  if (entry === undefined) {
    assert(isTableName(name), `a table cannot be called ${JSON.stringify(name)}`);
    assert(tables.length < MAX_TABLES, "a state has no room for so many tables");
    entry = { name, used: 0, extents: [] };
    tables.push(entry);
  }
  words.loadAll();
  const count = pagesOf(used);
  words.ensure(count * PAGE_WORDS);
  pages.reserve(entry, Math.max(1, count));
  pages.write(entry, words.words, 0, count);
  entry.used = used;
}

export function writeMeta(pages: TablePages, meta: unknown): void {
  const { header } = pages;
  const text = Buffer.from(JSON.stringify(meta));
  assert(text.length <= MAX_META_BYTES, "a state has no room for so large a meta");
  const count = Math.max(1, Math.ceil(text.length / (PAGE_WORDS * 4)));
  const words = new Int32Array(count * PAGE_WORDS);
  new Uint8Array(words.buffer).set(text);
  pages.reserve(header.meta, count);
  pages.write(header.meta, words, 0, count);
  header.meta.used = Math.ceil(text.length / 4);
  header.metaBytes = text.length;
}

export function lockOf(path: string): string {
  return `${path}.lock`;
}

export function asStateError(path: string, cause: unknown): unknown {
  if (cause instanceof StateError || (cause as NodeJS.ErrnoException).code === undefined) return cause;
  return new StateError(stateNotSaved(path, cause));
}

function readHeader(file: PageFile): Header {
  const words = new Int32Array(HEADER_PAGES * PAGE_WORDS);
  const count = file.readStart(0, words);
  return decodeHeader(file.path, words, count, file.size);
}

function readMeta(path: string, pages: TablePages): unknown {
  const { meta, metaBytes } = pages.header;
  const words = new Int32Array(pagesOf(meta.used) * PAGE_WORDS);
  for (let page = 0; page < pagesOf(meta.used); page++)
    pages.read(meta, page, words.subarray(page * PAGE_WORDS, (page + 1) * PAGE_WORDS));
  try {
    return JSON.parse(Buffer.from(words.buffer, 0, metaBytes).toString("utf8"));
  } catch {
    throw new StateError(stateCorrupted(path, "its meta is no JSON"));
  }
}

function equal(words: Int32Array, start: number, page: Int32Array): boolean {
  const now = new Uint8Array(words.buffer, words.byteOffset + start * 4, page.byteLength);
  return Buffer.compare(now, new Uint8Array(page.buffer)) === 0;
}
