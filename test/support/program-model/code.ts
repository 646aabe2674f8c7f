/**
 * The code of a function while it is being written, as machine code and as assembly at once: the two must say the same, to
 * the byte, so that a function may change from one to the other.
 */

import type { Line } from "../manifest.js";
import { Refs } from "./refs.js";

export type Relocation = readonly [offset: number, type: string, target: string, addend: number];

export class Code {
  readonly refs: Refs = new Refs();
  readonly relocs: Relocation[] = [];
  readonly #lines: string[] = [];
  #hex = "";
  #labels = 0;

  /** In bytes. */
  get size(): number {
    return this.#hex.length / 2;
  }

  /**
   * An instruction. Dots in `hex` stand for digits of the field of `relocation`. `asm` may ask for another type of
   * relocation that gives the same value.
   */
  emit(hex: string, asm: string, relocation?: readonly [type: string, target: string, addend: number]): void {
    if (relocation !== undefined) this.relocs.push([this.size + hex.indexOf(".") / 2, ...relocation]);
    this.#hex += hex.replaceAll(".", "0");
    this.#lines.push(asm);
  }

  /** Ends the bytes that a jump written earlier leaves out. */
  label(name: string): void {
    this.#lines.push(`${name}:`);
  }

  newLabel(): string {
    return `l${this.#labels++}`;
  }

  /** `count` instructions that do nothing. */
  nops(count: number): void {
    if (count === 0) return;
    this.#hex += "90".repeat(count);
    this.#lines.push(`.skip ${count}, 0x90`);
  }

  /** The keys of a function's declaration that say what it does. */
  line(spelling: "bytes" | "asm"): Line {
    const refs = this.refs.line();
    if (spelling === "asm") return { code: { asm: this.#lines.join("\n") }, ...refs };
    const relocs = this.relocs.length === 0 ? {} : { relocs: this.relocs };
    return { code: { bytes: this.#hex, ...relocs }, ...refs };
  }
}

/** Four bytes, little-endian. */
export function word(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return bytes.toString("hex");
}

/** `+ 4`, `- 4` or nothing. */
export function plus(addend: number): string {
  return addend === 0 ? "" : addend < 0 ? ` - ${-addend}` : ` + ${addend}`;
}
