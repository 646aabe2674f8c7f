import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { COMPRESS, chdrSize, writeChdr } from "../elf/chdr.js";
import { ELF64_LE } from "../elf/format.js";
import { SHF } from "../elf/shdr.js";
import { gcc } from "../elf/toolchain.test.helper.js";
import { decompressSection, isOldCompressed, readCompressed } from "./decompress.js";
import { ElfFile } from "./elf-file.js";

const LABEL = { file: "a.o" };
const TEXT = Buffer.from("a text that repeats, a text that repeats, a text that repeats");

/** A section with SHF_COMPRESSED. */
function compressed(stream: Uint8Array, size: number, type: number = COMPRESS.ZLIB): Uint8Array {
  const head = chdrSize(ELF64_LE);
  const bytes = new Uint8Array(head + stream.length);
  writeChdr(new DataView(bytes.buffer), 0, ELF64_LE, { type, size, addralign: 16 });
  bytes.set(stream, head);
  return bytes;
}

function oldCompressed(stream: Uint8Array, size: number): Uint8Array {
  const head = Buffer.alloc(12);
  head.write("ZLIB");
  head.writeUInt32BE(Math.floor(size / 2 ** 32), 4);
  head.writeUInt32BE(size % 2 ** 32, 8);
  return Buffer.concat([head, stream]);
}

test("a section that the assembler compressed gives the bytes that it has uncompressed", () => {
  const source = `${"int f(int x) { return x; }\n".replace("f", "some_function")}${Array.from(
    { length: 200 },
    (_, i) => `struct s${i} { int a_member_of_s${i}; } v${i};`,
  ).join("\n")}`;
  const sections = (flag: string) => new ElfFile(gcc(source, ["-c", "-g", flag]), LABEL).sections;
  const plain = sections("-gz=none").find(({ name }) => name === ".debug_info")!;
  const zlib = sections("-gz=zlib").find(({ name }) => name === ".debug_info")!;
  expect(zlib.header.flags & SHF.COMPRESSED).not.toBe(0);
  expect(readCompressed(zlib.bytes, LABEL, zlib.name)).toMatchObject({ size: plain.bytes.length, addralign: 1 });
  expect(Buffer.from(decompressSection(zlib.bytes, LABEL, zlib.name))).toEqual(Buffer.from(plain.bytes));
});

test("both forms give what was compressed, in shared memory as well", () => {
  for (const contents of [TEXT, Buffer.alloc(0), Buffer.alloc(300_000, "abc")]) {
    for (const [name, make] of [
      [".debug_str", compressed],
      [".zdebug_str", oldCompressed],
    ] as const) {
      const bytes = make(deflateSync(contents), contents.length);
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
      shared.set(bytes);
      expect(Buffer.from(decompressSection(bytes, LABEL, name)).equals(contents)).toBe(true);
      expect(Buffer.from(decompressSection(shared, LABEL, name)).equals(contents)).toBe(true);
    }
  }
  expect([".zdebug_str", ".debug_str"].map(isOldCompressed)).toEqual([true, false]);
});

test("zstd is refused with MF0442 and a remedy", () => {
  const read = () => decompressSection(compressed(TEXT, 100, COMPRESS.ZSTD), LABEL, ".debug_info");
  expect(read).toThrow(/^MF0442: the section is compressed with zstd/);
  try {
    read();
  } catch (thrown) {
    const [diagnostic] = (thrown as DiagnosticError).diagnostics;
    expect(diagnostic).toMatchObject({ place: { file: "a.o", section: ".debug_info" } });
    expect(diagnostic?.suggestion).toContain("-gz=zlib");
  }
  expect(() => decompressSection(compressed(TEXT, 100, 77), LABEL, ".debug_info")).toThrow(/^MF0442.* method 77/);
});

describe("what cannot be decompressed is refused with MF0441:", () => {
  const stream = deflateSync(TEXT);
  const bomb = deflateSync(Buffer.alloc(1 << 24));
  test.each<[string, string, Uint8Array]>([
    ["a header cut off", ".debug_str", compressed(stream, TEXT.length).subarray(0, 20)],
    ["an old header cut off", ".zdebug_str", oldCompressed(stream, TEXT.length).subarray(0, 10)],
    ["another mark than ZLIB", ".zdebug_str", compressed(stream, TEXT.length)],
    ["fewer bytes than the header says", ".debug_str", compressed(stream, TEXT.length + 1)],
    ["more bytes than the header says", ".debug_str", compressed(stream, TEXT.length - 1)],
    ["bytes where the header says none", ".debug_str", compressed(stream, 0)],
    ["far more bytes than the header says", ".debug_str", compressed(bomb, 1000)],
    ["a size that the bytes cannot stand for", ".debug_str", compressed(stream, 2 ** 50)],
    ["a size beyond 2^53", ".zdebug_str", oldCompressed(stream, 2 ** 63)],
    ["a stream cut off", ".debug_str", compressed(stream.subarray(0, -8), TEXT.length)],
    ["no stream", ".debug_str", compressed(new Uint8Array(0), 0)],
    ["what zlib did not make", ".debug_str", compressed(TEXT, 100)],
  ])("%s", (_, name, bytes) => {
    expect(() => decompressSection(bytes, LABEL, name)).toThrow(/^MF0441/);
  });
});

test("a damaged section is decompressed or refused, never more", () => {
  const original = compressed(deflateSync(TEXT), TEXT.length);
  const edits = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(edits, (changes) => {
      const bytes = original.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      try {
        decompressSection(bytes, LABEL, ".debug_str");
      } catch (thrown) {
        if (!(thrown instanceof DiagnosticError)) throw thrown;
        expect(thrown.diagnostics[0]!.code).toMatch(/^MF04(01|41|42)$/);
      }
    }),
    { numRuns: 2000 },
  );
});
