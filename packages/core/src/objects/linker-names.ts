/**
 * Names that the linker defines where something refers to them and no object does: ends of sections and segments, the ELF
 * header, the tables of the dynamic linker (GNU ld's default script, PROVIDE and PROVIDE_HIDDEN), `__start_X` and
 * `__stop_X`, and those of `--defsym`.
 */

import { SHF, SHT } from "../elf/shdr.js";
import { STT, STV } from "../elf/sym.js";
import type { Addresses } from "./addresses.js";
import { type Globals, Mark, State } from "./globals.js";
import type { ObjectLinkOptions, SymbolDefinition } from "./options.js";
import type { OutputSection } from "./output-section.js";
import type { OutputSections } from "./output-sections.js";
import { ABSOLUTE_SYMBOL } from "./scan.js";
import { isIdentifier } from "./section-names.js";

/** A value, and the section that it is in; none: it is a number. */
interface Value {
  readonly address: number;
  readonly section: OutputSection | undefined;
}

type Find = (outputs: Outputs) => Value | undefined;

/** The output as these names see it. */
class Outputs {
  readonly #outputs: OutputSections;
  readonly #order: readonly OutputSection[];
  readonly #base: number;
  readonly addresses: Addresses;

  constructor(outputs: OutputSections, order: readonly OutputSection[], base: number, addresses: Addresses) {
    this.#outputs = outputs;
    this.#order = order.filter(({ flags }) => flags & SHF.ALLOC);
    this.#base = base;
    this.addresses = addresses;
  }

  base(): Value {
    return { address: this.#base, section: this.#order[0] };
  }

  start(name: string): Value | undefined {
    const section = this.#outputs.find(name);
    return section && { address: section.address, section };
  }

  end(name: string): Value | undefined {
    const section = this.#outputs.find(name);
    return section && { address: section.address + section.size, section };
  }

  /** The end of the last section that `is` is true of. */
  endOf(is: (section: OutputSection) => boolean): Value {
    const section = this.#order.filter((one) => is(one) && !(one.flags & SHF.TLS && one.type === SHT.NOBITS)).at(-1);
    return section === undefined ? this.base() : { address: section.address + section.size, section };
  }

  /** Where an array would be that no object has: both its ends are one place. */
  empty(): Value {
    return this.endOf(() => true);
  }
}

const start =
  (name: string): Find =>
  (outputs) =>
    outputs.start(name) ?? outputs.empty();
const end =
  (name: string): Find =>
  (outputs) =>
    outputs.end(name) ?? outputs.empty();
const endOfCode: Find = (outputs) =>
  outputs.end(".text") ?? outputs.endOf(({ flags }) => (flags & SHF.EXECINSTR) !== 0);
const endOfData: Find = (outputs) => outputs.endOf(({ type }) => type !== SHT.NOBITS);
const endOfAll: Find = (outputs) => outputs.endOf(() => true);
const startOfBss: Find = (outputs) => outputs.start(".bss") ?? endOfData(outputs);

const HIDDEN = STV.HIDDEN;
const moduleBase: Find = ({ addresses }) => ({ address: addresses.threadPointer, section: undefined });

const NAMES: readonly (readonly [
  name: string,
  visibility: number,
  find: Find,
  output?: "executable" | "static-pie",
])[] = [
  ["__ehdr_start", HIDDEN, (outputs) => outputs.base()],
  ["__executable_start", 0, (outputs) => outputs.base()],
  ["etext", 0, endOfCode],
  ["_etext", 0, endOfCode],
  ["__etext", 0, endOfCode],
  ["edata", 0, endOfData],
  ["_edata", 0, endOfData],
  ["__bss_start", 0, startOfBss],
  ["end", 0, endOfAll],
  ["_end", 0, endOfAll],
  ["__end", 0, endOfAll],
  ["__preinit_array_start", HIDDEN, start(".preinit_array")],
  ["__preinit_array_end", HIDDEN, end(".preinit_array")],
  ["__init_array_start", HIDDEN, start(".init_array")],
  ["__init_array_end", HIDDEN, end(".init_array")],
  ["__fini_array_start", HIDDEN, start(".fini_array")],
  ["__fini_array_end", HIDDEN, end(".fini_array")],
  // A position-independent executable has them among its other run-time relocations.
  ["__rela_iplt_start", HIDDEN, start(".rela.plt"), "executable"],
  ["__rela_iplt_end", HIDDEN, end(".rela.plt"), "executable"],
  ["_GLOBAL_OFFSET_TABLE_", HIDDEN, (outputs) => outputs.start(".got.plt") ?? outputs.start(".got") ?? outputs.empty()],
  ["__GNU_EH_FRAME_HDR", HIDDEN, start(".eh_frame_hdr")],
  ["_DYNAMIC", HIDDEN, (outputs) => outputs.start(".dynamic"), "static-pie"],
];

/** Offsets count from where code that used descriptors expects the block: at the thread pointer. */
const TLS_MODULE_BASE = "_TLS_MODULE_BASE_";

export class LinkerNames {
  /** By name that was defined: its section in the output; none for numbers. */
  readonly sections: Map<number, OutputSection | undefined> = new Map();
  readonly #globals: Globals;
  readonly #found: { readonly name: number; readonly find: Find }[] = [];
  readonly #definitions: { readonly name: number; readonly definition: SymbolDefinition }[] = [];

  constructor(globals: Globals) {
    this.#globals = globals;
  }

  /** Defines what `--defsym` says; before objects are asked for what is undefined. */
  define(definitions: readonly SymbolDefinition[]): void {
    for (const definition of definitions) {
      const name = this.#globals.named(definition.name);
      this.#take(name, definition.symbol === undefined);
      // Instructions are rewritten by what a number is, before anything else has its address.
      if (definition.symbol === undefined) this.#globals.address[name] = definition.addend;
      this.#definitions.push({ name, definition });
      if (definition.symbol !== undefined) this.#globals.require(definition.symbol);
    }
  }

  /** Claims the names that something refers to and nobody defines. `outputs` knows all sections, not their places. */
  claim(outputs: OutputSections, options: ObjectLinkOptions): void {
    for (const [name, visibility, find, output] of NAMES) {
      if (output !== undefined && output !== options.output) continue;
      this.#claim(this.#globals.names.findText(name), visibility, find);
    }
    const base = this.#globals.names.findText(TLS_MODULE_BASE);
    this.#claim(base, HIDDEN, moduleBase);
    if (this.#isMine(base)) this.#globals.type[base] = STT.TLS;
    for (const section of outputs.list) {
      if (!isIdentifier(section.name)) continue;
      this.#claim(this.#globals.names.findText(`__start_${section.name}`), STV.PROTECTED, start(section.name));
      this.#claim(this.#globals.names.findText(`__stop_${section.name}`), STV.PROTECTED, end(section.name));
    }
  }

  /** Finds again what an earlier link claimed. */
  restore(outputs: OutputSections, options: ObjectLinkOptions): void {
    for (const definition of options.definitions)
      this.#definitions.push({ name: this.#globals.names.findText(definition.name), definition });
    for (const [name, , find] of NAMES) this.#adopt(this.#globals.names.findText(name), find);
    this.#adopt(this.#globals.names.findText(TLS_MODULE_BASE), moduleBase);
    for (const section of outputs.list) {
      this.#adopt(this.#globals.names.findText(`__start_${section.name}`), start(section.name));
      this.#adopt(this.#globals.names.findText(`__stop_${section.name}`), end(section.name));
    }
  }

  #adopt(name: number, find: Find): void {
    if (this.#isMine(name) && !this.#definitions.some((one) => one.name === name)) this.#found.push({ name, find });
  }

  /** Gives up a name that an object defines now, or nothing refers to any more. */
  release(name: number): void {
    this.sections.delete(name);
    const at = this.#found.findIndex((found) => found.name === name);
    if (at !== -1) this.#found.splice(at, 1);
  }

  /** Gives them their addresses. Returns the names of `--defsym` whose symbol is not defined. */
  settle(outputs: OutputSections, order: readonly OutputSection[], base: number, addresses: Addresses): number[] {
    const globals = this.#globals;
    const known = new Outputs(outputs, order, base, addresses);
    for (const { name, find } of this.#found) {
      const value = find(known);
      globals.address[name] = value?.address ?? 0;
      this.sections.set(name, value?.section);
    }
    const missing: number[] = [];
    for (const { name, definition } of this.#definitions) {
      if (definition.symbol === undefined) {
        globals.address[name] = definition.addend;
        this.sections.set(name, undefined);
        continue;
      }
      const target = globals.names.findText(definition.symbol);
      // Not a number: it is in a section that is not linked.
      const isLost = target !== -1 && Number.isNaN(globals.address[target]!);
      if (target === -1 || isLost || globals.state[target] === State.UNDEFINED) missing.push(name);
      else globals.address[name] = globals.address[target]! + definition.addend;
      globals.type[name] = globals.type[target]!;
      this.sections.set(name, this.sections.get(target) ?? addresses.outputOf(target) ?? order[0]);
    }
    return missing;
  }

  #claim(name: number, visibility: number, find: Find): void {
    const globals = this.#globals;
    if (name === -1 || globals.state[name] !== State.UNDEFINED || !(globals.marks[name]! & Mark.REFERENCED)) return;
    this.#take(name, false);
    globals.type[name] = STT.NOTYPE;
    if (globals.visibility[name] === STV.DEFAULT) globals.visibility[name] = visibility;
    this.#found.push({ name, find });
  }

  #take(name: number, isNumber: boolean): void {
    this.#globals.state[name] = State.LINKER;
    this.#globals.object[name] = -1;
    this.#globals.symbol[name] = isNumber ? ABSOLUTE_SYMBOL : -1;
  }

  #isMine(name: number): boolean {
    return name !== -1 && this.#globals.state[name] === State.LINKER;
  }
}
