/**
 * The value of a relocation's field, from the output's own symbols and headers (System V ABI, AMD64 supplement, table
 * "Relocation Types"). What the linker computes with is not used here: S is st_value, as any other tool would read it.
 */

import { relocationDiffers } from "../diagnostics/verify.js";
import { PT } from "../elf/phdr.js";
import { SHF } from "../elf/shdr.js";
import { R_X86_64 } from "../elf/x86-64.js";
import { SymField } from "../link/symbol-table.js";
import type { Relocated } from "./verify-contents.js";
import { spell } from "./verify-contents.js";
import { differ, hex, type ProgramView } from "./verify-view.js";

interface Shape {
  /** Bytes. */
  readonly width: number;
  readonly formula: "S+A" | "S+A-P" | "TPOFF+A" | "Z+A";
  readonly range: "signed" | "unsigned" | "either" | "any";
}

const SHAPES: ReadonlyMap<number, Shape> = new Map<number, Shape>([
  [R_X86_64["8"], { width: 1, formula: "S+A", range: "either" }],
  [R_X86_64["16"], { width: 2, formula: "S+A", range: "either" }],
  [R_X86_64["32"], { width: 4, formula: "S+A", range: "unsigned" }],
  [R_X86_64["32S"], { width: 4, formula: "S+A", range: "signed" }],
  [R_X86_64["64"], { width: 8, formula: "S+A", range: "any" }],
  [R_X86_64.PC8, { width: 1, formula: "S+A-P", range: "signed" }],
  [R_X86_64.PC16, { width: 2, formula: "S+A-P", range: "signed" }],
  [R_X86_64.PC32, { width: 4, formula: "S+A-P", range: "signed" }],
  [R_X86_64.PC64, { width: 8, formula: "S+A-P", range: "any" }],
  [R_X86_64.PLT32, { width: 4, formula: "S+A-P", range: "signed" }],
  [R_X86_64.TPOFF32, { width: 4, formula: "TPOFF+A", range: "signed" }],
  [R_X86_64.TPOFF64, { width: 8, formula: "TPOFF+A", range: "any" }],
  [R_X86_64.SIZE32, { width: 4, formula: "Z+A", range: "unsigned" }],
  [R_X86_64.SIZE64, { width: 8, formula: "Z+A", range: "any" }],
]);

export class FieldValues {
  readonly #view: ProgramView;
  /** Bytes from the start of the thread-local block to the thread pointer. */
  readonly #tlsSize: number;

  constructor(view: ProgramView) {
    this.#view = view;
    const tls = view.file.segments.find(({ type }) => type === PT.TLS);
    this.#tlsSize = tls === undefined ? 0 : Math.ceil(tls.memsz / tls.align) * tls.align;
  }

  widthOf(type: number): number {
    return SHAPES.get(type)?.width ?? 0;
  }

  /** What a field of `owner` must hold. */
  valueOf(owner: number, relocated: Relocated): number {
    const { type, inside, addend, target } = relocated;
    const entry = this.#view.entryOf(target);
    const shape = SHAPES.get(type);
    if (entry === undefined || shape === undefined) {
      const what =
        entry === undefined ? "against a symbol without an entry in .symtab" : "of a type that no executable has";
      return this.#differ(owner, relocated, what, "one that an executable can have");
    }
    // Nothing is inside of what is not defined: its address is 0.
    const address = entry.sym.shndx === 0 ? 0 : entry.sym.value + inside;
    const isThreadLocal = this.#isThreadLocal(target);
    if (isThreadLocal !== (shape.formula === "TPOFF+A") && shape.formula !== "Z+A")
      return this.#differ(owner, relocated, isThreadLocal ? "thread-local" : "not thread-local", "the other");
    switch (shape.formula) {
      case "S+A":
        return address + addend;
      case "S+A-P":
        return address + addend - this.placeOf(owner, relocated);
      case "TPOFF+A":
        return address + addend - this.#tlsSize;
      case "Z+A":
        return entry.sym.size + addend;
    }
  }

  /** The address of a field: the section's and bytes from its start. */
  placeOf(owner: number, { offset }: Relocated): number {
    const { symbols, image } = this.#view.program.parts;
    const section = this.#view.sectionOf(symbols.get(owner, SymField.SECTION))!;
    return section.header.addr + image.nodes.offset(symbols.get(owner, SymField.NODE)) + offset;
  }

  /** Writes what a field must hold into the bytes of `owner`. */
  store(bytes: Uint8Array, owner: number, relocated: Relocated): void {
    const value = this.valueOf(owner, relocated);
    const { width, range } = SHAPES.get(relocated.type)!;
    if (relocated.offset + width > bytes.length)
      this.#differ(owner, relocated, `at bytes up to ${relocated.offset + width}`, `within ${bytes.length} bytes`);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (let at = relocated.offset; at < relocated.offset + width; at++, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
    const [least, limit] = [
      range === "unsigned" ? 0 : -(2 ** (width * 8 - 1)),
      2 ** (width * 8 - (range === "signed" ? 1 : 0)),
    ];
    if (range !== "any" && (value < least || value >= limit))
      this.#differ(owner, relocated, hex(value), `a value of ${width * 8} bits, ${range}`);
  }

  /** What the field holds. */
  read(bytes: Uint8Array, { offset, type }: Relocated): number {
    const { width, range } = SHAPES.get(type)!;
    let value = 0n;
    for (let at = offset + width - 1; at >= offset; at--) value = (value << 8n) | BigInt(bytes[at]!);
    return Number(range === "unsigned" ? value : BigInt.asIntN(width * 8, value));
  }

  #isThreadLocal(target: number): boolean {
    const section = this.#view.entryOf(target)?.section;
    return section !== undefined && (this.#view.file.sections[section]!.header.flags & SHF.TLS) !== 0;
  }

  #differ(owner: number, relocated: Relocated, updated: string, wanted: string): never {
    const name = this.#view.nameOf(owner);
    return differ(relocationDiffers(name, spell(this.#view, owner, relocated), updated, wanted));
  }
}
