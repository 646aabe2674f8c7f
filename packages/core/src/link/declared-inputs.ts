/**
 * The objects and archives that manifests declare, as emission comes upon them. What is linked with them is not the file
 * that the header asks for but a relocatable one, which a link of objects takes as its first input.
 */

import type { Header } from "../manifest/header.js";
import type { InputPolicy, InputText } from "../protocol/inputs.js";
import type { Source } from "../protocol/sources.js";

export interface DeclaredInput {
  /** Number of the manifest that declares it. */
  readonly scope: number;
  /** As it is spelled there: relative to the manifest, or absolute. */
  readonly path: string;
}

export class DeclaredInputs {
  readonly #header: Header;
  readonly #isTaken: boolean;
  /** By source and offset: a chunk with typed values is emitted several times. */
  readonly #found = new Map<string, InputText>();
  #isObject = false;

  /** `isTaken`: whoever links is able to link inputs. */
  constructor(header: Header, isTaken: boolean) {
    this.#header = header;
    this.#isTaken = isTaken;
  }

  /** What emission does with declarations of inputs. */
  get policy(): InputPolicy {
    if (!this.#isTaken) return "refused";
    return this.#header.output === "obj" ? "object" : "taken";
  }

  /** What the manifests are linked to. */
  get header(): Header {
    return this.#isObject ? { ...this.#header, output: "obj", imageBase: 0 } : this.#header;
  }

  /** From now on, a relocatable file. */
  becomeObject(): void {
    this.#isObject = true;
  }

  /** Whether inputs were found, and the output that is being made is the one that the header asks for. */
  get areLeftOut(): boolean {
    return this.#found.size > 0 && !this.#isObject;
  }

  add(inputs: readonly InputText[]): void {
    for (const input of inputs) this.#found.set(`${input.source} ${input.offset}`, input);
  }

  /** In the order of the manifests and of their declarations. */
  list(sources: readonly Source[]): readonly DeclaredInput[] {
    return [...this.#found.values()]
      .sort((a, b) => a.source - b.source || a.offset - b.offset)
      .map(({ path, source }) => ({ scope: sources[source]!.scope, path }));
  }
}
