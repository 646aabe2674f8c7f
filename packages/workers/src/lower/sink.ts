/**
 * Where lowered values go: bytes that grow at the end, and the references found in them. A reference says what the
 * pointer-sized hole at its offset points to; the hole itself is zeros, so that it suits RELA and REL alike once the
 * linker has put the addend where the machine wants it.
 */

import type { TypeSpec } from "./type.js";

/** A nav, extern or export by name, or a name that the declaration's `refs` binds. */
interface NavTarget {
  readonly nav: string;
}

/** An unnamed value. `uav` is its canonical key; `type` and `value` are the JSON to lower it from. */
export interface UavTarget {
  readonly uav: string;
  readonly type: TypeSpec;
  readonly value: unknown;
  /** Bytes: what this reference needs. The largest of all references to the key counts. */
  readonly align: number;
}

/** A lazy symbol. `key` is equal for equal kinds and types. */
export interface LazyTarget {
  readonly lazy: "code" | "data";
  readonly type: TypeSpec;
  readonly key: string;
}

export type ReferenceTarget = NavTarget | UavTarget | LazyTarget;

export interface ValueReference {
  /** Byte offset in the sink. */
  readonly offset: number;
  /** `64` and `32` are absolute addresses of that many bits; `PC32` occurs in lazy code only. */
  readonly type: "64" | "32" | "PC32";
  readonly target: ReferenceTarget;
  readonly addend: number;
}

/** What `lower` writes to. */
export interface ValueSink {
  /** All bytes so far. A later `reserve` may replace the array. */
  readonly bytes: Uint8Array;
  /** Makes room for `size` zero bytes at the end, and returns their offset. */
  reserve(size: number): number;
  reference(reference: ValueReference): void;
}

/** A sink in private memory. */
export class ByteSink implements ValueSink {
  readonly references: ValueReference[] = [];
  #memory: Uint8Array = new Uint8Array(64);
  #length = 0;

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  reserve(size: number): number {
    const offset = this.#length;
    const needed = offset + size;
    if (needed > this.#memory.length) {
      const grown = new Uint8Array(Math.max(needed, Math.min(2 * this.#memory.length, needed + 2 ** 24)));
      grown.set(this.bytes);
      this.#memory = grown;
    }
    this.#length = needed;
    return offset;
  }

  reference(reference: ValueReference): void {
    this.references.push(reference);
  }
}
