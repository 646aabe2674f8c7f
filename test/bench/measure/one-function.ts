/**
 * One function of a generated manifest that changes in place and does the same as before: the first instruction of its end,
 * `mov eax, ebx`, has two encodings. So the program's own check holds, and the bytes tell whether it was updated.
 */

import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";

const ENDS = ["89d85bc3", "8bc35bc3"] as const;
const PIECE = 16 << 20;

export class OneFunction {
  readonly name: string;
  private readonly manifest: string;
  /** Where its end stands in the manifest. */
  private readonly at: number;
  /** Bytes that no other function begins with, and how far behind their start the end is. */
  private readonly start: Buffer;
  private readonly endOffset: number;
  private version: number;

  /** Function `i` of the manifest. */
  constructor(manifest: string, i: number) {
    this.manifest = manifest;
    this.name = `m${Math.floor(i / 1024)}.f${i}`;
    const found = lineFrom(manifest, `{"func":"${this.name}",`);
    const bytes = /"bytes":"([0-9a-f]+)"/.exec(found.line);
    this.version = ENDS.findIndex((end) => bytes?.[1]!.endsWith(end));
    if (bytes === null || this.version === -1) throw new Error(`${this.name} is not as it was generated`);
    this.at = found.at + bytes.index + bytes[0].length - 1 - ENDS[0].length;
    this.start = Buffer.from(bytes[1]!.slice(0, 12), "hex");
    this.endOffset = (bytes[1]!.length - ENDS[0].length) / 2;
  }

  /** Writes the other version into the manifest. */
  change(): void {
    this.version = 1 - this.version;
    const fd = openSync(this.manifest, "r+");
    writeSync(fd, ENDS[this.version]!, this.at);
    closeSync(fd);
  }

  /** Throws unless a program has the version that the manifest has. */
  check(program: string): void {
    const bytes = readFileSync(program);
    const at = bytes.indexOf(this.start) + this.endOffset;
    const found = bytes.toString("hex", at, at + ENDS[0].length / 2);
    if (found !== ENDS[this.version]) throw new Error(`its output was not updated: ${found}`);
  }
}

/** The first line that begins with `text`, and where it does. */
function lineFrom(path: string, text: string): { readonly at: number; readonly line: string } {
  const fd = openSync(path, "r");
  try {
    const piece = Buffer.alloc(PIECE);
    const overlap = 1 << 16;
    for (let start = 0; ; start += PIECE - overlap) {
      const size = readSync(fd, piece, 0, PIECE, start);
      const found = piece.subarray(0, size).indexOf(`\n${text}`);
      if (found !== -1 && (size < PIECE || found < PIECE - overlap)) {
        const end = piece.indexOf("\n", found + 1);
        return { at: start + found + 1, line: piece.toString("latin1", found + 1, end) };
      }
      if (size < PIECE) throw new Error(`${path} has no line that begins with ${text}`);
    }
  } finally {
    closeSync(fd);
  }
}
