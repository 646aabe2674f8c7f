/**
 * Damage to what sections contain, and to no structure, is none to the linker: the image holds exactly the changed bytes,
 * where they belong, and is otherwise what it was. `CASES` says how many (default 1200), `SEED` which.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Corpus, makeCorpus, type Sample } from "./hostile-corpus.test.helper.js";
import { Random } from "./hostile-mutations.test.helper.js";
import { run } from "./link-objects.js";
import { ObjectLink } from "./object-link.js";
import { RA, SH, ST } from "./object-table.js";
import { PLAIN_OPTIONS } from "./plain-options.test.helper.js";

const CASES = Number(process.env["CASES"] ?? 1200);
const SEED = Number(process.env["SEED"] ?? 1);

const PROGBITS = 1;
const INIT_ARRAY = 14;
const STRINGS = 0x20;
const R_64 = 1;
const R_32 = 10;
/** Instructions are rewritten around a relocation: as far before it, and behind it. */
const BEFORE = 8;
const BEHIND = 28;

let corpus: Corpus;
let directory: string;

beforeAll(() => {
  corpus = makeCorpus();
  directory = mkdtempSync(join(tmpdir(), "manifold-contents-"));
  writeFileSync(join(directory, "partner.o"), corpus.partner);
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

function link(bytes: Uint8Array): ObjectLink {
  writeFileSync(join(directory, "sample.o"), bytes);
  const result = new ObjectLink(PLAIN_OPTIONS);
  const inputs = ["sample.o", "partner.o"].map((name) => join(directory, name));
  run(
    result,
    inputs.map((path) => ({ path, kind: "object", whole: false, lazy: false, group: 0 })),
  );
  expect(result.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return result;
}

interface Place {
  /** In the object's file, and in the image. */
  readonly inFile: number;
  readonly inImage: number;
}

/** A section of the sample, which is object 0, that is copied to the image as it stands. */
interface Copied {
  readonly section: number;
  readonly inFile: number;
  readonly inImage: number;
  readonly size: number;
  /** Word offsets of its relocations in the inputs, and where they apply. */
  readonly relocations: readonly { readonly word: number; readonly offset: number }[];
}

function copiedSections({ table, outputs, ehFrame }: ObjectLink): Copied[] {
  const copied: Copied[] = [];
  const { words } = table.input;
  for (let section = 1; section < table.shnum[0]!; section++) {
    const output = outputs.list[table.sectionOutput[section]!];
    const type = words[table.headerOf(section) + SH.TYPE];
    const inFile = words[table.headerOf(section) + SH.OFFSET]!;
    const size = table.sizeOf(section);
    if (output === undefined || (type !== PROGBITS && type !== INIT_ARRAY) || size === 0) continue;
    if (outputs.poolOf[section] !== -1 || outputs.reversed.has(section) || ehFrame.has(section)) continue;
    // What was decompressed is not in the file.
    if (inFile + size > table.size[0]!) continue;
    const rela = table.sectionRela[section]!;
    const header = table.shdrs[0]! + rela * SH.WORDS;
    const from = (table.base[0]! + words[header + SH.OFFSET]!) / 4;
    const count = rela === 0 ? 0 : words[header + SH.SIZE]! / 24;
    const relocations = Array.from({ length: count }, (_, i) => {
      const word = from + i * RA.WORDS;
      return { word, offset: words[word + RA.OFFSET]! };
    });
    copied.push({ section, inFile, inImage: output.offset + table.sectionOffset[section]!, size, relocations });
  }
  return copied;
}

/** A byte that is copied, and neither relocated nor part of an instruction that may be rewritten. */
function freePlace(random: Random, sections: readonly Copied[]): Place | undefined {
  for (let attempt = 0; attempt < 20; attempt++) {
    const { inFile, inImage, size, relocations } = random.pick(sections);
    const at = random.below(size);
    if (relocations.every(({ offset }) => at < offset - BEFORE || at >= offset + BEHIND))
      return { inFile: inFile + at, inImage: inImage + at };
  }
  return undefined;
}

test("changed contents are in the image, and nothing else is changed", () => {
  const before = new Map<Sample, ObjectLink>();
  let changes = 0;
  for (let number = 0; number < CASES; number++) {
    const random = new Random(SEED * 1_000_003 + number);
    const sample = random.pick(corpus.objects);
    const base = before.get(sample) ?? link(sample.bytes);
    before.set(sample, base);
    const sections = copiedSections(base);
    const bytes = sample.bytes.slice();
    const expected = new Uint8Array(base.image);
    for (let count = 1 + random.below(30); count > 0; count--) {
      const place = sections.length === 0 ? undefined : freePlace(random, sections);
      if (place === undefined) continue;
      const byte = random.below(256);
      bytes[place.inFile] = byte;
      expected[place.inImage] = byte;
      changes++;
    }
    expect([sample.name, number, difference(link(bytes).image, expected)]).toEqual([sample.name, number, undefined]);
  }
  expect(changes).toBeGreaterThan(CASES);
}, 3_600_000);

test("changed addends change the addresses that are stored, and nothing else", () => {
  let changes = 0;
  for (const [number, sample] of corpus.objects.entries()) {
    const base = link(sample.bytes);
    const { table, outputs } = base;
    const random = new Random(SEED + number);
    for (const { inImage, relocations } of copiedSections(base)) {
      const stored = relocations.filter(({ word }) => {
        const symbol = table.input.words[word + RA.SYMBOL]!;
        const target = table.shndxOf(0, symbol);
        return table.input.words[word + RA.TYPE] === R_64 && (target >= 0xff00 || outputs.poolOf[target] === -1);
      });
      if (stored.length === 0) continue;
      const { word, offset } = random.pick(stored);
      const bytes = sample.bytes.slice();
      const delta = random.below(1 << 20);
      const addendAt = word * 4 - table.base[0]! + RA.ADDEND * 4;
      if (addendAt >= bytes.length) continue;
      const view = new DataView(bytes.buffer);
      view.setBigInt64(addendAt, view.getBigInt64(addendAt, true) + BigInt(delta), true);
      const expected = new Uint8Array(base.image);
      const place = new DataView(expected.buffer);
      place.setBigUint64(inImage + offset, place.getBigUint64(inImage + offset, true) + BigInt(delta), true);
      expect([sample.name, difference(link(bytes).image, expected)]).toEqual([sample.name, undefined]);
      changes++;
    }
  }
  expect(changes).toBeGreaterThan(10);
});

test("changed strings are found by what refers to them", () => {
  let found = 0;
  for (const [number, sample] of corpus.objects.entries())
    for (let round = 0; round < 4; round++) {
      const random = new Random(SEED + number * 10 + round);
      const bytes = sample.bytes.slice();
      const headers = new DataView(bytes.buffer).getUint32(40, true);
      const count = new DataView(bytes.buffer).getUint16(60, true);
      // Letters for letters: where strings end is part of the structure.
      for (let header = headers; header < headers + count * 64; header += 64) {
        const view = new DataView(bytes.buffer, header, 64);
        const [flags, offset, size] = [view.getUint32(8, true), view.getUint32(24, true), view.getUint32(32, true)];
        if ((flags & 0x830) !== 0x30 || view.getUint32(56, true) !== 1) continue;
        for (let at = offset; at < offset + size; at++)
          if (bytes[at] !== 0 && random.chance(6)) bytes[at] = 0x61 + random.below(3);
      }
      found += checkStrings(link(bytes));
    }
  expect(found).toBeGreaterThan(100);
});

/** Follows every stored address of a string to it; returns how many there were. */
function checkStrings(result: ObjectLink): number {
  const { table, outputs, image } = result;
  const { words, bytes } = table.input;
  const view = new DataView(image.buffer);
  let found = 0;
  for (const { inImage, relocations } of copiedSections(result))
    for (const { word, offset } of relocations) {
      const type = words[word + RA.TYPE];
      if (type !== R_64 && type !== R_32) continue;
      const symbol = words[word + RA.SYMBOL]!;
      const target = table.shndxOf(0, symbol);
      if (target >= 0xff00 || target === 0 || outputs.poolOf[target] === -1) continue;
      if (!(words[table.headerOf(target) + SH.FLAGS]! & STRINGS) || words[table.headerOf(target) + SH.ENTSIZE] !== 1)
        continue;
      const value = words[table.symtab[0]! + symbol * ST.WORDS + ST.VALUE]!;
      const expected = textAt(bytes, table.contentsOf(target) + value + words[word + RA.ADDEND]!);
      const address =
        type === R_32 ? view.getUint32(inImage + offset, true) : Number(view.getBigUint64(inImage + offset, true));
      const output = outputs.list[table.sectionOutput[target]!]!;
      expect(textAt(image, output.offset + address - output.address)).toBe(expected);
      found++;
    }
  return found;
}

function textAt(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.subarray(at, bytes.indexOf(0, at))).toString("latin1");
}

/** Where two images differ first, in words; undefined where they do not. */
function difference(actual: Uint8Array, expected: Uint8Array): string | undefined {
  if (Buffer.compare(actual, expected) === 0) return undefined;
  if (actual.length !== expected.length) return `${actual.length} bytes instead of ${expected.length}`;
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  return `byte ${at} is ${actual[at]} instead of ${expected[at]}`;
}
