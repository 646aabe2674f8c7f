/**
 * Writes a generated program as assembly for GNU `as`, so that other linkers can link the same program from objects.
 * Names are global but hidden: objects can refer to each other's, and the linked file has them as local symbols, as a
 * manifest's. Functions are bytes, with every relocation given by `.reloc` so that the assembler resolves none of them
 * itself; or instructions, as a compiler writes them.
 */

import { join } from "node:path";
import type { Blob, Ref } from "./blob.js";
import type { Sink } from "./sink.js";
import { TextFile } from "./text-writer.js";

export class AssemblySink implements Sink {
  /** The files written, in order. */
  readonly files: string[] = [];
  readonly wantsAssembly: boolean;
  private readonly directory: string;
  private readonly functionsPerFile: number;
  private functionsInFile = 0;
  private labels = 0;
  private out: TextFile;

  constructor(directory: string, functionsPerFile: number, wantsAssembly = false) {
    this.wantsAssembly = wantsAssembly;
    this.directory = directory;
    this.functionsPerFile = functionsPerFile;
    this.out = this.nextFile();
  }

  header(): void {}

  /** `as` takes any name that it does not know as external, in every file. */
  extern(): void {}

  func(name: string, align: number, body: Blob): void {
    if (this.functionsInFile === this.functionsPerFile) {
      this.out.close();
      this.out = this.nextFile();
    }
    this.functionsInFile++;
    const refs = new Map(body.refs.map((ref) => [ref.name, this.ref(ref)]));
    this.section('.text,"ax",@progbits');
    this.begin(name, "function", align === 0 ? 16 : align);
    if (this.wantsAssembly) this.instructions(body, refs);
    else this.contents(body, refs);
    this.line(`.size ${name}, . - ${name}`);
    this.out.flushWhenLarge();
  }

  data(kind: "const" | "var", name: string, align: number, contents: Blob, threadlocal: boolean): void {
    const readOnly = contents.relocCount === 0 ? '.rodata,"a"' : '.data.rel.ro,"aw"';
    this.section(threadlocal ? '.tdata,"awT"' : kind === "var" ? '.data,"aw"' : readOnly);
    this.begin(name, threadlocal ? "tls_object" : "object", align);
    this.contents(contents, new Map());
    this.line(`.size ${name}, ${contents.size}`);
  }

  zero(name: string, align: number, size: number, threadlocal: boolean): void {
    this.section(threadlocal ? '.tbss,"awT",@nobits' : '.bss,"aw",@nobits');
    this.begin(name, threadlocal ? "tls_object" : "object", align);
    this.line(`.zero ${size}\n.size ${name}, ${size}`);
  }

  exported(name: string, of: string): void {
    this.line(`.globl ${name}\n.set ${name}, ${of}`);
  }

  endBlock(): void {}

  close(): void {
    this.out.close();
  }

  private nextFile(): TextFile {
    const path = join(this.directory, `part${this.files.length}.s`);
    this.files.push(path);
    this.functionsInFile = 0;
    const file = new TextFile(path);
    file.writer.text('.intel_syntax noprefix\n.section .note.GNU-stack,"",@progbits\n');
    return file;
  }

  private line(text: string): void {
    this.out.writer.text(text);
    this.out.writer.text("\n");
  }

  private section(section: string): void {
    this.line(`.section ${section}`);
  }

  private begin(name: string, type: string, align: number): void {
    this.line(`.balign ${align}\n.globl ${name}\n.hidden ${name}\n.type ${name}, @${type}\n${name}:`);
  }

  private instructions(body: Blob, refs: ReadonlyMap<string, string>): void {
    let { assembly } = body;
    for (const [name, target] of refs) assembly = assembly.replace(new RegExp(`\\b${name}\\b`, "g"), target);
    this.out.writer.text(assembly);
  }

  private contents(blob: Blob, refs: ReadonlyMap<string, string>): void {
    const label = `.L${this.labels++}`;
    this.line(`${label}:`);
    for (let at = 0; at < blob.size; at += 64) {
      this.line(`.byte ${blob.bytes.subarray(at, Math.min(at + 64, blob.size)).join(",")}`);
    }
    for (let k = 0; k < blob.relocCount; k++) {
      const target = refs.get(blob.relocTargets[k]!) ?? blob.relocTargets[k]!;
      const addend = blob.relocAddends[k]!;
      // An object must say of a symbol that it is thread-local even where it only refers to it.
      if (blob.relocTypes[k] === "TPOFF32") this.line(`.type ${target}, @tls_object`);
      const place = `${label} + ${blob.relocOffsets[k]!}`;
      this.line(`.reloc ${place}, R_X86_64_${blob.relocTypes[k]}, ${target}${addend < 0 ? "" : "+"}${addend}`);
    }
  }

  /** Defines what a ref stands for and returns the expression for it; mergeable where linkers can merge it. */
  private ref(ref: Ref): string {
    if (ref.kind === "nav") return `${ref.nav}+${ref.offset}`;
    const label = `.L${this.labels++}`;
    if (ref.kind === "text") {
      this.section('.rodata.str1.1,"aMS",@progbits,1');
      this.line(`${label}: .asciz ${JSON.stringify(ref.text)}`);
    } else {
      const mergeable = ref.align <= ref.bytes.length;
      this.section(mergeable ? `.rodata.cst${ref.bytes.length},"aM",@progbits,${ref.bytes.length}` : '.rodata,"a"');
      this.line(`.balign ${ref.align}\n${label}: .byte ${ref.bytes.join(",")}`);
    }
    return label;
  }
}
