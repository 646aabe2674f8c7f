/**
 * Writes a generated program as an NDJSON manifest. The lines of a block are written last first: the calls of a block,
 * which go to functions made earlier, then mostly point forward in the file, as in source code.
 */

import type { Blob, Ref } from "./blob.js";
import type { Sink } from "./sink.js";
import { TextFile, TextWriter } from "./text-writer.js";

export class ManifestSink implements Sink {
  readonly wantsAssembly: boolean;
  private readonly out: TextFile;
  private readonly block = new TextWriter();
  private readonly lineEnds: number[] = [];
  private dataCount = 0;

  /** Functions are machine code, or assembly. */
  constructor(path: string, wantsAssembly = false) {
    this.out = new TextFile(path);
    this.wantsAssembly = wantsAssembly;
  }

  header(pie: boolean): void {
    this.out.writer.text(`{"manifold":1,"target":"x86_64-linux","output":"exe"${pie ? ',"pie":true' : ""}}\n`);
  }

  extern(name: string): void {
    this.block.text(`{"extern":"${name}","is":"object","visibility":"hidden"}`);
    this.endLine();
  }

  func(name: string, align: number, body: Blob): void {
    const { block } = this;
    block.text(`{"func":"${name}",${align === 0 ? "" : `"align":${align},`}"code":{`);
    if (this.wantsAssembly) {
      block.text(`"asm":${JSON.stringify(body.assembly)}`);
    } else {
      block.text('"bytes":"');
      block.hex(body.bytes, body.size);
      block.text('"');
      this.relocs(body);
    }
    block.text("}");
    this.refs(body.refs);
    block.text("}");
    this.endLine();
  }

  data(kind: "const" | "var", name: string, align: number, contents: Blob, threadlocal: boolean): void {
    const { block } = this;
    block.text(`{"${kind}":"${name}","align":${align},"bytes":"`);
    // A manifest may spell bytes either way; both belong in a benchmark of reading them.
    if (this.dataCount++ % 8 === 7) {
      block.text(`base64:${Buffer.from(contents.bytes.buffer, 0, contents.size).toString("base64")}`);
    } else {
      block.hex(contents.bytes, contents.size);
    }
    block.text('"');
    this.relocs(contents);
    block.text(threadlocal ? ',"threadlocal":true}' : "}");
    this.endLine();
  }

  zero(name: string, align: number, size: number, threadlocal: boolean): void {
    this.block.text(`{"var":"${name}","align":${align},"zero":${size}${threadlocal ? ',"threadlocal":true' : ""}}`);
    this.endLine();
  }

  exported(name: string, of: string): void {
    this.block.text(`{"export":"${name}","of":"${of}"}`);
    this.endLine();
  }

  endBlock(): void {
    for (let line = this.lineEnds.length - 1; line >= 0; line--) {
      this.out.writer.copy(this.block, line === 0 ? 0 : this.lineEnds[line - 1]!, this.lineEnds[line]!);
    }
    this.lineEnds.length = 0;
    this.block.clear();
    this.out.flushWhenLarge();
  }

  close(): void {
    this.out.close();
  }

  private relocs(blob: Blob): void {
    if (blob.relocCount === 0) return;
    const { block } = this;
    block.text(',"relocs":[');
    for (let k = 0; k < blob.relocCount; k++) {
      const comma = k === 0 ? "" : ",";
      const type = blob.relocTypes[k]!;
      block.text(`${comma}[${blob.relocOffsets[k]},"${type}","${blob.relocTargets[k]}",${blob.relocAddends[k]}]`);
    }
    block.text("]");
  }

  private refs(refs: readonly Ref[]): void {
    if (refs.length === 0) return;
    this.block.text(',"refs":{');
    refs.forEach((ref, k) => {
      this.block.text(`${k === 0 ? "" : ","}"${ref.name}":`);
      if (ref.kind === "nav") {
        this.block.text(`{"nav":"${ref.nav}","offset":${ref.offset}}`);
      } else if (ref.kind === "text") {
        this.block.text(`{"uav":{"text":${JSON.stringify(ref.text)}}}`);
      } else {
        this.block.text(`{"uav":{"align":${ref.align},"bytes":"`);
        this.block.hex(ref.bytes, ref.bytes.length);
        this.block.text('"}}');
      }
    });
    this.block.text("}");
  }

  private endLine(): void {
    this.block.text("\n");
    this.lineEnds.push(this.block.length);
  }
}
