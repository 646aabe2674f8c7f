/**
 * Objects that a resident process keeps between links: their bytes stay where they were read to, and what was found out
 * about them stays packed as threads hand it over. An object whose file is as it was is entered into the next link's table
 * without being looked at.
 */

import type { InputLabel } from "../../input/label.js";
import { REGION_LIMIT } from "../../memory/shared-region.js";
import { InputBytes } from "../input-bytes.js";
import type { ObjectTable } from "../object-table.js";
import { enterObject, namesAt, nextObject } from "../parallel/object-batch.js";
import { type EnteredObject, type ObjectSource, ReadAhead, type ReadingThreads } from "../parallel/read-ahead.js";
import { isSame, type Stamp, stampOf } from "./stamp.js";

interface Kept {
  readonly stamp: Stamp;
  readonly words: Int32Array;
}

/** So many bytes that nothing refers to any more are no reason to begin anew. */
const WASTE = 64 * 2 ** 20;
/** From here on a link might not find room for what it reads. */
const NEARLY_FULL = 0.7 * REGION_LIMIT;

export class KeptObjects {
  readonly input: InputBytes = new InputBytes();
  #kept = new Map<string, Kept>();
  /** Bytes in use after the first link that began with none: later ones read what changed, and archives' members. */
  #first: number | undefined;

  /** A source of the objects `files` for a link, in their order; those that changed are read now, by `threads` too. */
  source(files: readonly string[], threads: ReadingThreads | undefined): ObjectSource {
    if (this.#kept.size > 0) {
      this.#first ??= this.input.size;
      if (this.input.size > 2 * this.#first + WASTE || this.input.size > NEARLY_FULL) {
        this.#kept.clear();
        this.input.clear();
        this.#first = undefined;
      }
    }
    const before = this.#kept;
    this.#kept = new Map();
    const stamps = files.map(stampOf);
    const isKept = files.map((path, i) => isSame(before.get(path)?.stamp, stamps[i]));
    const changed = files.filter((_, i) => !isKept[i]);
    const ahead = new ReadAhead(changed, this.input, false, threads ?? NO_THREADS);
    let next = 0;
    const take = (table: ObjectTable, label: InputLabel): EnteredObject | undefined => {
      const index = next++;
      const path = files[index]!;
      const kept = isKept[index] === true ? before.get(path) : this.#read(ahead, stamps[index]);
      if (kept === undefined) return undefined;
      this.#kept.set(path, kept);
      return { object: enterObject(table, label, kept.words, 0), words: kept.words, names: namesAt(kept.words, 0) };
    };
    return { take, times: () => ahead.times(), close: () => ahead.close() };
  }

  #read(ahead: ReadAhead, stamp: Stamp | undefined): Kept | undefined {
    const read = ahead.next();
    if (read === undefined) return undefined;
    const words = read.words.slice(read.at, nextObject(read.words, read.at));
    return { stamp: stamp ?? NEVER, words };
  }
}

/** The stamp of no file: what has it is read again. */
const NEVER: Stamp = [-1, -1, 0, 0, 0];

const NO_THREADS: ReadingThreads = { read: () => {}, receive: () => undefined };
