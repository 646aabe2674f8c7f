/**
 * Common storage (gABI, "Symbol Table", SHN_COMMON): names that several objects have without contents, and none defines. Each
 * gets a place behind what inputs have in `.bss`; large ones (SHN_X86_64_LCOMMON) in `.lbss`, thread-local ones in `.tbss`.
 */

import { SHF, SHN, SHT } from "../elf/shdr.js";
import { STT } from "../elf/sym.js";
import { madePart } from "./addresses.js";
import { type Globals, State } from "./globals.js";
import type { ObjectTable } from "./object-table.js";
import type { OutputSection } from "./output-section.js";
import type { OutputSections } from "./output-sections.js";

/** By name: the output section, and the offset in what is made of it. */
export type SavedCommons = readonly (readonly [name: number, place: readonly [section: string, offset: number]])[];

const { ALLOC, WRITE } = SHF;

const COMMON_FLAGS: ReadonlyMap<string, number> = new Map([
  [".bss", ALLOC | WRITE],
  [".lbss", ALLOC | WRITE | SHF.X86_64_LARGE],
  [".tbss", ALLOC | WRITE | SHF.TLS],
]);

export class CommonStorage {
  readonly #places = new Map<number, readonly [section: string, offset: number]>();
  readonly #table: ObjectTable;
  readonly #globals: Globals;
  readonly #outputs: OutputSections;

  constructor(table: ObjectTable, globals: Globals, outputs: OutputSections) {
    this.#table = table;
    this.#globals = globals;
    this.#outputs = outputs;
  }

  /** Makes the sections, in the order of names. */
  make(): void {
    const globals = this.#globals;
    const sizes = new Map<string, { size: number; align: number }>();
    for (let name = 0; name < globals.count; name++) {
      if (globals.state[name] !== State.COMMON) continue;
      const section = this.#sectionNameOf(name);
      const total = sizes.get(section) ?? { size: 0, align: 1 };
      sizes.set(section, total);
      total.size = Math.ceil(total.size / globals.commonAlign[name]!) * globals.commonAlign[name]!;
      total.align = Math.max(total.align, globals.commonAlign[name]!);
      this.#places.set(name, [section, total.size]);
      total.size += globals.commonSize[name]!;
      if (globals.type[name] === STT.NOTYPE) globals.type[name] = STT.OBJECT;
    }
    for (const [name, { size, align }] of sizes)
      this.#outputs.make({ name, type: SHT.NOBITS, flags: COMMON_FLAGS.get(name)!, size, align });
  }

  #sectionNameOf(name: number): string {
    if (this.#globals.type[name] === STT.TLS) return ".tbss";
    const shndx = this.#table.shndxOf(this.#globals.object[name]!, this.#globals.symbol[name]!);
    return shndx === SHN.X86_64_LCOMMON ? ".lbss" : ".bss";
  }

  /** The output section of a name that is common storage. */
  sectionOf(name: number): OutputSection | undefined {
    const place = this.#places.get(name);
    return place && this.#outputs.find(place[0]);
  }

  /** Gives the names their addresses. */
  settle(): void {
    for (const [name, [section, offset]] of this.#places)
      this.#globals.address[name] = madePart(this.#outputs.find(section)) + offset;
  }

  save(): SavedCommons {
    return [...this.#places];
  }

  restore(saved: SavedCommons): void {
    for (const [name, place] of saved) this.#places.set(name, place);
  }
}
