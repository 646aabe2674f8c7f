/**
 * Writing the contents of sections on several threads. What they need of a link is in shared memory already, but for small
 * tables, which are sent; a thread makes a link of it that can do nothing but this. The sections are divided into parts,
 * whose bytes do not overlap, so that it does not matter who writes one, nor whether it is written twice.
 *
 *   FREE -> CLAIMED -> DONE      by whoever writes it; what it has to report is posted before
 *                   -> FAILED    the coordinator writes it itself
 */

import { SHT } from "../../elf/shdr.js";
import { Addresses } from "../addresses.js";
import { type Column, shareColumns, shared, sharedInts } from "../columns.js";
import { EhFrame, type SavedFrames } from "../eh-frame.js";
import { Globals } from "../globals.js";
import { InputBytes, type SharedInput } from "../input-bytes.js";
import { MergePool, type SavedPool } from "../merge-pool.js";
import type { ObjectLink } from "../object-link.js";
import { ObjectTable } from "../object-table.js";
import type { OutputSection } from "../output-section.js";
import { OutputSections } from "../output-sections.js";
import type { Placement } from "../place.js";
import { type RelocationFault, Relocator } from "../relocate.js";
import { type EntryKey, Scan } from "../scan.js";
import { type Contents, copySections, relocateSections } from "../section-contents.js";

export const PartState = { FREE: 0, CLAIMED: 1, DONE: 2, FAILED: 3 } as const;

/** Input sections of a part: enough to be worth a claim, few enough that threads end at about the same time. */
const PART_SECTIONS = 2048;

/** Words of a part: the number of the output section, and which of its input sections. */
const Part = { OUTPUT: 0, FIRST: 1, END: 2, WORDS: 3 } as const;

export interface WriteJob {
  readonly image: Uint8Array<SharedArrayBuffer>;
  readonly pie: boolean;
  readonly input: SharedInput;
  readonly table: Readonly<Record<string, Column>>;
  readonly globals: Readonly<Record<string, Column>>;
  readonly outputs: readonly OutputSection[];
  readonly poolOf: Int32Array;
  readonly poolHandle: Int32Array;
  readonly pools: readonly { readonly merge: SavedPool; readonly offset: number }[];
  readonly reversed: readonly number[];
  readonly frames: SavedFrames;
  readonly placement: Placement;
  readonly sectionAddresses: Float64Array;
  readonly nameKinds: Uint8Array;
  readonly got: readonly EntryKey[];
  readonly gotTpoff: readonly EntryKey[];
  readonly plt: readonly EntryKey[];
  readonly far: boolean;
  readonly parts: Int32Array<SharedArrayBuffer>;
  readonly states: Int32Array<SharedArrayBuffer>;
}

/** What there is to be told of a part; most have nothing. */
export interface PartReport {
  readonly part: number;
  readonly faults: readonly RelocationFault[];
  readonly relative: readonly number[];
}

export function makeWriteJob(link: ObjectLink): WriteJob {
  const { table, globals, outputs, scan } = link;
  const parts = divide(link);
  link.addresses.settleKinds();
  return {
    image: link.image,
    pie: link.options.output === "static-pie",
    input: table.input.shared,
    table: shareColumns(table),
    globals: shareColumns(globals),
    // Their pools, which are no plain data, are told apart.
    outputs: outputs.list.map((section) => ({ ...section, sections: shared(section.sections), pools: [] })),
    poolOf: shared(outputs.poolOf),
    poolHandle: shared(outputs.poolHandle),
    pools: outputs.pools.map(({ merge, offset }) => ({ merge: merge.save(), offset })),
    reversed: [...outputs.reversed],
    frames: link.ehFrame.save(),
    placement: link.placement,
    sectionAddresses: shared(link.addresses.section),
    nameKinds: shared(link.addresses.nameKinds),
    got: scan.got.keys,
    gotTpoff: scan.gotTpoff.keys,
    plt: scan.plt.keys,
    far: scan.far,
    parts,
    states: sharedInts(parts.length / Part.WORDS),
  };
}

function divide({ order, outputs }: ObjectLink): Int32Array<SharedArrayBuffer> {
  const words: number[] = [];
  for (const output of order) {
    if (output.type === SHT.NOBITS) continue;
    const { length } = output.sections;
    for (let first = 0; first < length; first += PART_SECTIONS)
      words.push(outputs.idOf(output), first, Math.min(length, first + PART_SECTIONS));
  }
  const parts = sharedInts(words.length);
  parts.set(words);
  return parts;
}

/** Writes parts of a job, on any thread. */
export class PartWriter {
  readonly #job: WriteJob;
  readonly #contents: Contents;
  readonly #relocator: Relocator;

  constructor(job: WriteJob) {
    this.#job = job;
    const table = Object.assign(new ObjectTable(new InputBytes(job.input)), job.table);
    const globals = Object.assign(new Globals(table), job.globals);
    const outputs = new OutputSections(table);
    outputs.restore(job.outputs, [], job.reversed);
    outputs.poolOf = job.poolOf;
    outputs.poolHandle = job.poolHandle;
    for (const { merge, offset } of job.pools)
      outputs.pools.push({ merge: MergePool.restore(table.input.bytes, merge), offset });
    const ehFrame = new EhFrame(table, globals);
    ehFrame.restore(job.frames);
    const scan = new Scan(table, globals, job.pie);
    scan.far = job.far;
    scan.restore(job);
    const { placement } = job;
    const { got, plt } = scan;
    const addresses = new Addresses(table, globals, outputs, ehFrame, plt, got.count, placement, job);
    this.#contents = { table, outputs, ehFrame };
    this.#relocator = new Relocator(job.image, table, globals, addresses, scan, job.pie);
  }

  /** Writes parts that nobody has claimed until there are none, tells what there is to be told of each; returns how many. */
  writeAll(report: (report: PartReport) => void): number {
    const { states } = this.#job;
    let count = 0;
    for (let part = 0; part < states.length; part++) {
      if (Atomics.compareExchange(states, part, PartState.FREE, PartState.CLAIMED) !== PartState.FREE) continue;
      let state: number = PartState.FAILED;
      try {
        this.write(part, report);
        count++;
        state = PartState.DONE;
      } finally {
        Atomics.store(states, part, state);
        Atomics.notify(states, part);
      }
    }
    return count;
  }

  write(part: number, report: (report: PartReport) => void): void {
    const { parts, image } = this.#job;
    const { outputs } = this.#contents;
    const at = part * Part.WORDS;
    const output = outputs.list[parts[at + Part.OUTPUT]!]!;
    const first = parts[at + Part.FIRST]!;
    const end = parts[at + Part.END]!;
    copySections(this.#contents, output, first, end, image);
    relocateSections(this.#contents, output, first, end, this.#relocator);
    const { faults, relative } = this.#relocator.take();
    if (faults.length > 0 || relative.length > 0) report({ part, faults, relative });
  }
}
