import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inScratch, readelf } from "../elf/toolchain.test.helper.js";
import { ElfFile } from "../input/elf-file.js";
import { mergeGnuProperties } from "./gnu-property.js";

const STACK_SIZE = 1;
const NO_COPY = 2;
const AND = 0xb0000001;
const OR = 0xb0008001;
const NEEDED_1 = 0xb0008000;
const X86_USED_OLD = 0xc0000000;
const X86_NEEDED_OLD = 0xc0000001;
const X86_FEATURE_1_AND = 0xc0000002;
const X86_ISA_1_NEEDED = 0xc0008002;
const X86_FEATURE_2_USED = 0xc0010001;
const X86_ISA_1_USED = 0xc0010002;
/** In no range that has a rule. */
const UNKNOWN = 0xc0018000;

type Property = readonly [type: number, ...data: number[]];

function property([type, ...data]: Property): Buffer {
  const bytes = Buffer.alloc(8 + Math.ceil(data.length / 2) * 8);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(data.length * 4, 4);
  data.forEach((word, i) => void bytes.writeUInt32LE(word, 8 + 4 * i));
  return bytes;
}

/** A note of type `type`, named `name`, around `desc`. */
function note(desc: Buffer, type = 5, name = "GNU\0"): Buffer {
  const head = Buffer.alloc(12);
  [name.length, desc.length, type].forEach((word, i) => void head.writeUInt32LE(word, 4 * i));
  const padded = Buffer.from(name.padEnd(Math.ceil((12 + name.length) / 8) * 8 - 12, "\0"), "latin1");
  return Buffer.concat([head, padded, desc]);
}

const section = (...properties: Property[]) => note(Buffer.concat(properties.map(property)));
const merged = (...sections: (Uint8Array | undefined)[]) => {
  const { bytes, malformed } = mergeGnuProperties(sections);
  expect(malformed).toEqual([]);
  return bytes && Buffer.from(bytes);
};

describe("a property that", () => {
  test("all objects must have keeps the bits that they share", () => {
    const both = merged(section([X86_FEATURE_1_AND, 3]), section([X86_FEATURE_1_AND, 2]));
    expect(both).toEqual(section([X86_FEATURE_1_AND, 2]));
    expect(merged(section([X86_FEATURE_1_AND, 1]), section([X86_FEATURE_1_AND, 2]))).toBeUndefined();
  });

  test("all objects must have is dropped where one has no section, or none of that type", () => {
    expect(merged(section([X86_FEATURE_1_AND, 3]), undefined)).toBeUndefined();
    expect(merged(section([X86_FEATURE_1_AND, 3]), section([X86_ISA_1_NEEDED, 1]))).toEqual(
      section([X86_ISA_1_NEEDED, 1]),
    );
  });

  test("says what is needed has the bits of all objects", () => {
    const needed = merged(section([X86_ISA_1_NEEDED, 1]), undefined, section([X86_ISA_1_NEEDED, 0x80000004]));
    expect(needed).toEqual(section([X86_ISA_1_NEEDED, 0x80000005]));
  });

  test("says what is used has the bits of all objects, where all have it", () => {
    const all = merged(section([X86_ISA_1_USED, 1]), section([X86_ISA_1_USED, 2]));
    expect(all).toEqual(section([X86_ISA_1_USED, 3]));
    expect(merged(section([X86_ISA_1_USED, 1]), undefined)).toBeUndefined();
  });

  test("gives the size of the stack is the largest", () => {
    const sizes = merged(section([STACK_SIZE, 1, 2]), undefined, section([STACK_SIZE, 5, 1]));
    expect(sizes).toEqual(section([STACK_SIZE, 1, 2]));
  });

  test("is not known is dropped", () => {
    expect(merged(section([UNKNOWN, 1], [0xe0000000, 1, 2], [3]))).toBeUndefined();
  });
});

test("properties of several notes of one section count together, other notes do not", () => {
  const notes = [section([X86_ISA_1_NEEDED, 1]), note(Buffer.alloc(8, 1), 5, "FreeBSD\0"), note(Buffer.alloc(8), 1)];
  expect(merged(Buffer.concat([...notes, section([X86_ISA_1_NEEDED, 2])]))).toEqual(section([X86_ISA_1_NEEDED, 3]));
});

test("without any section, nothing comes out", () => {
  expect(merged()).toBeUndefined();
  expect(merged(undefined, undefined)).toBeUndefined();
});

describe("a malformed section is named, and its object counts as having none:", () => {
  const good = section([X86_FEATURE_1_AND, 3], [X86_ISA_1_NEEDED, 1]);
  test.each([
    ["a header cut off", good.subarray(0, 10)],
    ["properties cut off", good.subarray(0, good.length - 8)],
    ["properties that are no multiple of 8 bytes", note(Buffer.alloc(12))],
    ["an empty note", note(Buffer.alloc(0))],
    ["a property of the wrong size", section([X86_FEATURE_1_AND, 3, 0])],
    ["a stack size of 4 bytes", section([STACK_SIZE, 1])],
    ["a stack size beyond 2^53", section([STACK_SIZE, 0, 0xffffffff])],
    ["a property larger than its note", Buffer.from(good).fill(0xff, 20, 24)],
    ["a name beyond the section", Buffer.from(good).fill(0xff, 0, 4)],
  ])("%s", (_, bytes) => {
    expect(mergeGnuProperties([good, bytes])).toEqual({
      bytes: new Uint8Array(section([X86_ISA_1_NEEDED, 1])),
      malformed: [1],
    });
  });
});

test("no bytes make it throw", () => {
  const bytes = fc.uint8Array({ maxLength: 80, max: 9 });
  const damaged = fc.array(fc.tuple(fc.nat(39), fc.nat(255)), { maxLength: 4 }).map((edits) => {
    const copy = section([X86_FEATURE_1_AND, 3], [STACK_SIZE, 1, 0]);
    for (const [at, byte] of edits) copy[at] = byte;
    return copy;
  });
  fc.assert(fc.property(fc.array(fc.oneof(bytes, damaged), { maxLength: 4 }), (all) => void mergeGnuProperties(all)));
});

function assemble(cwd: string, name: string, contents: Buffer | undefined): void {
  const bytes = contents && `.byte ${[...contents].join(",")}\n`;
  const source = bytes === undefined ? "" : `.section .note.gnu.property, "a", @note\n.p2align 3\n${bytes}`;
  execFileSync("as", ["-mx86-used-note=no", "-o", name, "-"], { cwd, input: `.text\nnop\n${source}` });
}

/** The section that GNU ld makes of those of several objects. */
function linked(sections: readonly (Buffer | undefined)[]): Buffer | undefined {
  return inScratch((cwd) => {
    const names = sections.map((contents, i) => {
      assemble(cwd, `${i}.o`, contents);
      return `${i}.o`;
    });
    execFileSync("ld", ["-r", ...names, "-o", "out.o"], { cwd, stdio: "pipe" });
    const file = new ElfFile(new Uint8Array(readFileSync(join(cwd, "out.o"))), { file: "out.o" });
    const found = file.sections.find(({ name }) => name === ".note.gnu.property");
    return found && Buffer.from(found.bytes);
  });
}

test("GNU ld merges to the same bytes", () => {
  const bits = fc.constantFrom(1, 2, 3, 5, 0x80000001);
  const words = [AND, OR, NEEDED_1, X86_USED_OLD, X86_NEEDED_OLD, X86_FEATURE_1_AND, X86_ISA_1_NEEDED];
  const used = [X86_FEATURE_2_USED, X86_ISA_1_USED, UNKNOWN];
  const one: fc.Arbitrary<Property> = fc.oneof(
    fc.tuple(fc.constantFrom(...words, ...used), bits),
    fc.tuple(fc.constant(STACK_SIZE), bits, fc.nat(3)),
    fc.constant([NO_COPY] as const),
  );
  // A section of unknown properties only is no property note to ld: it is copied as any other section.
  const properties = fc
    .uniqueArray(one, { selector: ([type]) => type, minLength: 1, maxLength: 10 })
    .filter((all) => all.some(([type]) => type !== UNKNOWN));
  const object = fc.option(
    properties.map((all) => section(...all.toSorted(([a], [b]) => a - b))),
    { freq: 6, nil: undefined },
  );
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 4 }), (sections) => {
      expect(merged(...sections)?.toString("hex")).toBe(linked(sections)?.toString("hex"));
    }),
    { numRuns: 60 },
  );
});

test("readelf reads what comes out", () => {
  const bytes = merged(section([STACK_SIZE, 0x10000, 0], [X86_FEATURE_1_AND, 3], [X86_ISA_1_NEEDED, 1]))!;
  const printed = inScratch((cwd) => {
    assemble(cwd, "a.o", bytes);
    return readelf(readFileSync(join(cwd, "a.o")), ["-n"]);
  });
  expect(printed).toContain("stack size: 0x10000");
  expect(printed).toContain("x86 feature: IBT, SHSTK");
  expect(printed).toContain("x86 ISA needed: x86-64-baseline");
});
