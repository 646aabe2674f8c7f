/**
 * The library: a linker in a thread of its own. A compiler adds declarations as it produces them; they are emitted on
 * the pool while it goes on, and `flush` writes the file.
 */

import { type FlushResult, type HeaderOptions, makeHeader, type Progress } from "@manifold/core";
import { CoordinatorThread } from "@manifold/workers/threads";
import { type Declaration, declarationLine } from "./declarations.js";

export interface LinkerOptions extends HeaderOptions {
  /** Where the ELF file is written. */
  readonly file: string;
  /** Emit threads; by default one per processor. */
  readonly workers?: number;
  /** What messages call the declarations instead of a file name. */
  readonly label?: string;
}

export interface ManifoldLinker {
  /** Adds declarations. They are checked when they are emitted; what is wrong with them is in the next flush's result. */
  add(...declarations: readonly Declaration[]): void;
  /** Links all that was added so far and brings the file up to date. Rejects for faults of the linker only. */
  flush(): Promise<FlushResult>;
  /** Where the work stands, read from shared counters. */
  progress(): Progress;
  /** Ends the threads. A flush that runs is finished first. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Text is handed to the linker when so many characters have come together. */
const BATCH = 1 << 20;

/** Starts a linker. Throws DiagnosticError where an option cannot be. */
export function createLinker(options: LinkerOptions): ManifoldLinker {
  const header = makeHeader(options);
  const thread = new CoordinatorThread({
    header,
    output: options.file,
    ...(options.workers === undefined ? {} : { workers: options.workers }),
  });
  const label = options.label ?? "declarations";
  let lines: string[] = [];
  let held = 0;
  let failure: Promise<void> = Promise.resolve();

  const send = (): void => {
    if (lines.length === 0) return;
    const text = `\n${lines.join("\n")}\n`;
    lines = [];
    held = 0;
    const bytes = new SharedArrayBuffer(Buffer.byteLength(text));
    Buffer.from(bytes).write(text);
    const sent = thread.addText(label, bytes);
    sent.catch(() => {});
    failure = Promise.all([failure, sent]).then(() => {});
    failure.catch(() => {});
  };
  const close = async (): Promise<void> => {
    await thread.close();
  };
  return {
    add(...declarations) {
      for (const declaration of declarations) {
        const line = declarationLine(declaration);
        lines.push(line);
        held += line.length;
        if (held >= BATCH) send();
      }
    },
    async flush() {
      send();
      // Called at once, so that what is added later comes behind it in the linker's queue.
      const [result] = await Promise.all([thread.flush(), failure]);
      return result;
    },
    progress: () => thread.progress(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
