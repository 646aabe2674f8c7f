/**
 * Declarations that emission rejected. Such a declaration is an error of every link until it is declared anew, rightly, or
 * removed; then what was wrong with it is forgotten.
 */

import { type DeclarationIdentity, isSameDeclaration } from "../manifest/declaration-key.js";
import type { Blamed } from "../protocol/sources.js";

interface RejectedPart {
  readonly scope: number;
  /** Undefined where not even that can be read: then nothing can take its place, and it is told of once. */
  readonly key: DeclarationIdentity | undefined;
  readonly blamed: readonly Blamed[];
}

export class Rejected {
  readonly #byChunk = new Map<number, RejectedPart>();

  get blamed(): Blamed[] {
    return [...this.#byChunk.values()].flatMap(({ blamed }) => blamed);
  }

  add(chunk: number, scope: number, key: DeclarationIdentity | undefined, blamed: readonly Blamed[]): void {
    // Of several tries the last one counts.
    if (key !== undefined) this.settle(scope, key);
    this.#byChunk.set(chunk, { scope, key, blamed });
  }

  /** The chunks that they are in. */
  get chunks(): number[] {
    return [...this.#byChunk.keys()];
  }

  drop(chunk: number): void {
    this.#byChunk.delete(chunk);
  }

  /** The declaration was made anew, in chunk `by`, or removed. Returns the chunks that no longer count. */
  settle(scope: number, key: DeclarationIdentity, by: number = Number.POSITIVE_INFINITY): number[] {
    const settled: number[] = [];
    for (const [chunk, part] of this.#byChunk) {
      if (chunk >= by || part.scope !== scope || part.key === undefined || !isSameDeclaration(part.key, key)) continue;
      this.#byChunk.delete(chunk);
      settled.push(chunk);
    }
    return settled;
  }

  /** Forgets what nothing can mend: to be called when it has been told of. */
  forgetUnknown(): void {
    for (const [chunk, { key }] of this.#byChunk) if (key === undefined) this.#byChunk.delete(chunk);
  }
}
