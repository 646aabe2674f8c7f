/** One function of a generated manifest that changes in place, in the file; the bytes of the program tell whether it was updated. */

import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { ENDS, endOf, functionName, lineBeginning } from "./generated-function.js";
import { findLines } from "./lines.js";

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
    this.name = functionName(i);
    const line = findLines(manifest, [lineBeginning(i)])[0]!;
    const end = endOf(line.text);
    const bytes = line.text.indexOf('"bytes":"') + '"bytes":"'.length;
    this.version = end.version;
    this.at = line.at + end.at;
    this.start = Buffer.from(line.text.slice(bytes, bytes + 12), "hex");
    this.endOffset = (end.at - bytes) / 2;
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
