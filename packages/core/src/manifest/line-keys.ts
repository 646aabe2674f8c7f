/**
 * The keys of all lines of a manifest: what is left to know of a line when the file has changed and its text is gone. Kept
 * in typed arrays, 13 bytes a line, and read at the start once.
 */

import {
  type DeclarationClass,
  type DeclarationIdentity,
  type DeclarationKey,
  declarationKey,
  identityText,
} from "./declaration-key.js";
import { LineReader } from "./line-reader.js";
import type { ManifestLines } from "./scan-manifest.js";

const CLASSES: readonly DeclarationClass[] = ["nav", "export", "type", "errors", "input"];

export class LineKeys {
  readonly count: number;
  /** Index of the class plus one; 0: a line that has no key, because it is malformed up to its name. */
  readonly #classes: Uint8Array;
  /** Three words a line. */
  readonly #hashes: Int32Array;

  constructor(count: number) {
    this.count = count;
    this.#classes = new Uint8Array(count);
    this.#hashes = new Int32Array(count * 3);
  }

  /** Undefined where the line has none. */
  get(line: number): DeclarationIdentity | undefined {
    const found = this.#classes[line]!;
    if (found === 0) return undefined;
    const at = line * 3;
    const [hash0, hash1, hash2] = this.#hashes.subarray(at, at + 3);
    return { class: CLASSES[found - 1]!, hash0: hash0!, hash1: hash1!, hash2: hash2! };
  }

  set(line: number, key: DeclarationIdentity | undefined): void {
    if (key === undefined) {
      this.#classes[line] = 0;
      return;
    }
    this.#classes[line] = CLASSES.indexOf(key.class) + 1;
    this.#hashes.set([key.hash0, key.hash1, key.hash2], line * 3);
  }

  /** Takes the keys of `count` lines of another version, from line `start` on. */
  copy(line: number, from: LineKeys, start: number, count: number): void {
    this.#classes.set(from.#classes.subarray(start, start + count), line);
    this.#hashes.set(from.#hashes.subarray(start * 3, (start + count) * 3), line * 3);
  }

  /** The lines whose keys are among `wanted`, ascending. A pass over one array, which the others are asked about seldom. */
  *linesOf(wanted: ReadonlySet<string>, keys: Iterable<DeclarationIdentity>): Generator<number> {
    const filter = new Uint8Array(1 << 16);
    for (const { hash0 } of keys) filter[hash0 & 0xffff] = 1;
    const hashes = this.#hashes;
    for (let line = 0; line < this.count; line++) {
      if (filter[hashes[line * 3]! & 0xffff] === 0) continue;
      const key = this.get(line);
      if (key !== undefined && wanted.has(identityText(key))) yield line;
    }
  }

  /** Whether one of `keys` is that of two lines. */
  hasTwice(keys: readonly DeclarationIdentity[]): boolean {
    const wanted = new Set(keys.map(identityText));
    const seen = new Set<string>();
    for (const line of this.linesOf(wanted, keys)) {
      const text = identityText(this.get(line)!);
      if (seen.has(text)) return true;
      seen.add(text);
    }
    return false;
  }
}

/**
 * Reads the keys of all lines; `found` is told of each type's. What a file that changes meanwhile gives is of no use.
 * Throws what `fs` throws.
 */
export function readLineKeys(path: string, lines: ManifestLines, found: (key: DeclarationKey) => void): LineKeys {
  const keys = new LineKeys(lines.count);
  const reader = new LineReader(path, lines);
  try {
    for (let line = 0; line < lines.count; line++) {
      const head = reader.head(line);
      let key = declarationKey(head, 0, head.length);
      // The name of a long line may end behind its head.
      if (key === undefined && head.length < lines.length[line]!) {
        const whole = reader.line(line);
        key = declarationKey(whole, 0, whole.length);
      }
      keys.set(line, key);
      if (key?.class === "type") found(key);
    }
  } finally {
    reader.close();
  }
  return keys;
}
