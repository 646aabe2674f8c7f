/** Generated programs are right before our linker sees them: GNU as and ld vouch for them. */

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  writeAssembledObjects,
  writeAssembly,
  writeAssemblyManifest,
  writeManifest,
  writeObjects,
  writeResponseFile,
} from "../bench/generate.js";
import { Blob } from "../bench/generator/blob.js";
import {
  appendListing,
  callDirectly,
  type ListingLine,
  NO_BASE,
  PRINT_AND_EXIT,
  RELOCATE_SELF,
  SET_THREAD_POINTER,
  WALK_TABLES,
} from "../bench/generator/start-code.js";
import { link, run, tool } from "../support/command.js";
import { tempDir } from "../support/temp-dir.js";

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function generate(directory: string, name: string, seed: number): string {
  const path = join(directory, name);
  writeManifest(path, { functions: 2500, seed });
  return path;
}

describe("the start code of generated programs", () => {
  it.each<[string, readonly ListingLine[]]>([
    ["relocates itself", RELOCATE_SELF],
    ["needs no base", NO_BASE],
    ["sets the thread pointer", SET_THREAD_POINTER],
    ["walks the tables", WALK_TABLES],
    ["calls directly", callDirectly("helper")],
    ["prints and exits", PRINT_AND_EXIT],
  ])("is what as makes of its listing where it %s", (_, listing) => {
    const directory = tempDir();
    const [source, object, code] = ["s", "o", "bin"].map((kind) => join(directory, `start.${kind}`));
    const assembly = listing.map(([, text]) => `${text}\n`).join("");
    writeFileSync(source!, `.intel_syntax noprefix\n${assembly}`);
    tool("as", ["-o", object!, source!]);
    tool("objcopy", ["-O", "binary", "-j", ".text", object!, code!]);

    const ours = new Blob();
    appendListing(ours, listing);
    expect(Buffer.from(ours.bytes.subarray(0, ours.size)).toString("hex")).toBe(readFileSync(code!).toString("hex"));
    expect(relocations(object!)).toEqual(
      Array.from({ length: ours.relocCount }, (_, k) => [
        ours.relocOffsets[k],
        ours.relocTypes[k],
        ours.relocTargets[k],
        ours.relocAddends[k],
      ]),
    );
  });
});

describe("objects that are written directly", () => {
  it.each([
    ["a section per function", false, false],
    ["one .text per object", true, false],
    ["a section per function, position-independent", false, true],
  ])("are linked by GNU ld to a program that finds no fault, with %s", (_, oneText, pie) => {
    // A blank in the path, which the response file must quote.
    const directory = mkdtempSync(join(tempDir(), "objects "));
    const program = join(directory, "program");
    const { objects, checksum } = writeObjects(directory, {
      functions: 3000,
      functionsPerObject: 70,
      seed: 3,
      oneText,
      pie,
    });
    const flags = pie ? ["-static", "-pie", "--no-dynamic-linker", "-z", "text"] : ["-static"];
    tool("ld", [...flags, "-o", program, `@${writeResponseFile(directory, objects)}`]);
    const printed = `checksum ${checksum.toString(16).padStart(8, "0")}\n`;
    expect(run(program, [])).toMatchObject({ code: 0, stdout: printed });
  });

  it.each([false, true])(
    "are objects that eu-elflint and readelf find nothing wrong with (one text: %s)",
    (oneText) => {
      const directory = tempDir();
      const { objects } = writeObjects(directory, { functions: 300, functionsPerObject: 100, seed: 9, oneText });
      expect(objects).toHaveLength(4);
      expect(run("eu-elflint", ["--gnu-ld", ...objects]).stdout).not.toMatch(/error:|section \[/);
      expect(run("readelf", ["-aW", ...objects]).stderr).toBe("");
      expect(tool("readelf", ["-SW", objects[0]!]).match(/ \.text\S* /g)).toHaveLength(oneText ? 1 : 100);
    },
  );

  it("have the relocations and symbols that GNU as makes of the same program", () => {
    const [ours, theirs] = [tempDir(), tempDir()];
    const options = { functions: 500, functionsPerObject: 1000, seed: 21, oneText: true };
    const [object] = writeObjects(ours, options).objects;
    const [assembled] = writeAssembledObjects(theirs, options).objects;
    const types = (path: string): string[] => relocations(path).map(([, type]) => type);
    expect(types(object!).sort()).toEqual(types(assembled!).sort());
    expect(sizedSymbols(object!)).toEqual(sizedSymbols(assembled!));
  });
});

describe("programs as assembly", () => {
  it("are, by GNU as and ld, the same as machine code", () => {
    const directory = tempDir();
    const program = join(directory, "program");
    const options = { functions: 3000, functionsPerFile: 700, seed: 17 };
    const { sources, checksum } = writeAssembly(directory, options);
    expect(checksum).toBe(writeManifest(join(directory, "manifest"), options));
    const objects = sources.map((source) => source.replace(/s$/, "o"));
    for (const [index, source] of sources.entries()) tool("as", ["-o", objects[index]!, source]);
    tool("ld", ["-static", "-o", program, ...objects]);
    expect(run(program, [])).toMatchObject({ code: 0, stdout: `checksum ${checksum.toString(16).padStart(8, "0")}\n` });
  });

  it("are assembled and linked from a manifest", () => {
    const directory = tempDir();
    const [manifest, program] = [join(directory, "manifest.ndjson"), join(directory, "program")];
    const checksum = writeAssemblyManifest(manifest, { functions: 3000, seed: 18 });
    link([manifest], program);
    expect(run(program, [])).toMatchObject({ code: 0, stdout: `checksum ${checksum.toString(16).padStart(8, "0")}\n` });
  });
});

describe("a generated program", () => {
  it.each([
    ["an executable", false, ["-static"]],
    ["a position-independent executable", true, ["-static", "-pie", "--no-dynamic-linker", "-z", "text"]],
  ])("finds no fault with GNU ld, as %s", (_, pie, flags) => {
    const directory = tempDir();
    const program = join(directory, "program");
    const { objects, checksum } = writeAssembledObjects(directory, {
      functions: 3000,
      functionsPerObject: 700,
      seed: 11,
      pie,
    });
    expect(objects).toHaveLength(5);
    tool("ld", [...flags, "-o", program, ...objects]);
    const printed = `checksum ${checksum.toString(16).padStart(8, "0")}\n`;
    expect(run(program, [])).toMatchObject({ code: 0, stdout: printed });
  });

  it("exits with 1 if a byte of its data is wrong", () => {
    const directory = tempDir();
    const program = join(directory, "program");
    const { objects } = writeAssembledObjects(directory, { functions: 200, functionsPerObject: 200, seed: 5 });
    tool("ld", ["-static", "-o", program, ...objects]);
    const section = /\.rodata\s+PROGBITS\s+\w+\s+(\w+)\s+(\w+)/.exec(tool("readelf", ["-SW", program]))!;
    const bytes = readFileSync(program);
    bytes[Number.parseInt(section[1]!, 16) + (Number.parseInt(section[2]!, 16) >> 1)]! ^= 1;
    writeFileSync(program, bytes);
    expect(run(program, []).code).toBe(1);
  });

  it("is the same for the same seed and another for another", () => {
    const directory = tempDir();
    const first = sha256(generate(directory, "first", 1));
    expect(sha256(generate(directory, "again", 1))).toBe(first);
    expect(sha256(generate(directory, "other", 2))).not.toBe(first);
  });

  it("has functions of 100 to 200 bytes with about four relocations each", () => {
    const lines = readFileSync(generate(tempDir(), "manifest", 1), "utf8").split("\n");
    const functions = lines
      .filter((line) => line.startsWith('{"func":"m'))
      .map((line) => (JSON.parse(line) as { code: { bytes: string; relocs?: unknown[] } }).code);
    const mean = (of: (code: (typeof functions)[number]) => number): number =>
      functions.reduce((sum, code) => sum + of(code), 0) / functions.length;
    expect(functions).toHaveLength(2500);
    expect(mean(({ bytes }) => bytes.length / 2)).toSatisfy((size: number) => size > 100 && size < 200);
    expect(mean(({ relocs }) => relocs?.length ?? 0)).toSatisfy((count: number) => count > 3 && count < 5);
  });
});

/** Size, type and name of what an object defines, but for labels. */
function sizedSymbols(object: string): string[] {
  const row = /^\s*\d+: [0-9a-f]+\s+(\d+) (FUNC|OBJECT|TLS)\s.*\s(\S+)$/gm;
  return [...tool("readelf", ["-sW", object]).matchAll(row)]
    .map(([, size, type, name]) => `${name} ${type} ${size}`)
    .sort();
}

/** The relocations of an object: offset, type, symbol, addend. */
function relocations(object: string): [number, string, string, number][] {
  const row = /^([0-9a-f]+)\s+\S+\s+R_X86_64_(\S+)\s+\S+\s+(\S+) ([+-]) ([0-9a-f]+)$/gm;
  return [...tool("readelf", ["-rW", object]).matchAll(row)].map(([, offset, type, name, sign, addend]) => [
    Number.parseInt(offset!, 16),
    type!,
    name!,
    Number(`${sign}1`) * Number.parseInt(addend!, 16),
  ]);
}
