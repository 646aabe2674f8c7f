/**
 * Full links in a process that stays: every link goes through all steps, but objects that did not change are not read
 * again, memory is the same as before, and of the output only blocks that differ are written.
 */

import { DiagnosticError } from "../../diagnostics/diagnostic.js";
import { changedRanges } from "../../image/changed-ranges.js";
import { OutputFile } from "../../image/output-file.js";
import { type ObjectLinkResult, run } from "../link-objects.js";
import { type LinkThreads, ObjectLink } from "../object-link.js";
import type { InputFile, ObjectLinkOptions } from "../options.js";
import { KeptObjects } from "./kept-objects.js";

/** Before the umask. */
const MODE = 0o777;

export interface ResidentLinkResult extends ObjectLinkResult {
  readonly bytesWritten: number;
}

export class ResidentLink {
  readonly #threads: LinkThreads | undefined;
  readonly #kept = new KeptObjects();
  readonly #files = new Map<string, OutputFile>();
  /** The image that was written last, and memory for the next one. */
  #written = new Uint8Array(new SharedArrayBuffer(0));
  #spare = new Uint8Array(new SharedArrayBuffer(0));
  #output = "";

  /** `threads` take part in all links. */
  constructor(threads?: LinkThreads) {
    this.#threads = threads;
  }

  /**
   * Links `inputs` to the file `output`. Errors are in the result; the output is then what it was. `fatalWarnings`: with
   * warnings nothing is written.
   */
  link(
    inputs: readonly InputFile[],
    options: ObjectLinkOptions,
    output: string,
    fatalWarnings = false,
  ): ResidentLinkResult {
    const link = new ObjectLink(options, false, {
      objects: this.#kept,
      image: (size) => this.#memory(size),
    });
    const result = run(link, inputs, this.#threads);
    const { image } = result;
    const isFatal = fatalWarnings && result.diagnostics.length > 0;
    if (image === undefined || isFatal) return { ...result, bytesWritten: 0 };
    try {
      const bytesWritten = link.phases.serial("flush", () => this.#flush(link.image, output));
      return { ...result, phases: [...result.phases, ...link.phases.take()], bytesWritten };
    } catch (cause) {
      if (!(cause instanceof DiagnosticError)) throw cause;
      return { ...result, bytesWritten: 0, diagnostics: [...result.diagnostics, ...cause.diagnostics] };
    }
  }

  #flush(image: Uint8Array<SharedArrayBuffer>, output: string): number {
    const file = this.#files.get(output) ?? new OutputFile(output, MODE);
    this.#files.set(output, file);
    const before = output === this.#output ? this.#written : image.subarray(0, 0);
    // Where the file is not what was written last, all of it is written, whatever the ranges are.
    const written = file.flush(image, image.length, changedRanges(before, before.length, image, image.length));
    this.#spare = this.#written;
    this.#written = image;
    this.#output = output;
    return written;
  }

  /** Zeros for an image: memory that was touched before, where there is enough of it. */
  #memory(size: number): Uint8Array<SharedArrayBuffer> {
    const { buffer } = this.#spare;
    if (buffer.byteLength < size) return new Uint8Array(new SharedArrayBuffer(Math.ceil(size / 8) * 8), 0, size);
    // Wide elements: filling bytes of shared memory takes V8 four times as long.
    new Int32Array(buffer).fill(0);
    return new Uint8Array(buffer, 0, size);
  }
}
