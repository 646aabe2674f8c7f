import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inScratch, readelf } from "../elf/toolchain.test.helper.js";
import { ElfFile } from "../input/elf-file.js";
import { BUILD_ID_OFFSET, type BuildId, buildIdNote, buildIdSize, computeBuildId } from "./build-id.js";

const IMAGE = Buffer.from("the bytes of an image");
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** An object in which the section holds these bytes. */
function objectWith(bytes: Uint8Array): Uint8Array {
  return inScratch((cwd) => {
    const input = `.section .note.gnu.build-id, "a", @note\n.p2align 2\n.byte ${[...bytes].join(",")}\n`;
    execFileSync("as", ["-o", "a.o", "-"], { cwd, input });
    return new Uint8Array(readFileSync(join(cwd, "a.o")));
  });
}

describe.each<[string, BuildId, number]>([
  ["sha1", "sha1", 20],
  ["md5", "md5", 16],
  ["uuid", "uuid", 16],
  ["bytes of the user's", Uint8Array.of(1, 2, 3, 4, 5), 5],
])("an id of the kind %s", (_, kind, size) => {
  test("has a note that readelf reads", () => {
    const bytes = buildIdNote(kind);
    const id = computeBuildId(kind, IMAGE);
    expect(bytes.length).toBe(buildIdSize(kind));
    expect(bytes.length % 4).toBe(0);
    expect(id.length).toBe(size);
    expect(bytes.subarray(BUILD_ID_OFFSET).every((byte) => byte === 0)).toBe(true);
    bytes.set(id, BUILD_ID_OFFSET);
    expect(readelf(objectWith(bytes), ["-n"])).toContain(`Build ID: ${hex(id)}`);
  });
});

test("hashes are those of the image, wherever it lies", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(IMAGE.length + 1), 1);
  shared.set(IMAGE);
  for (const kind of ["sha1", "md5"] as const) {
    const expected = createHash(kind).update(IMAGE).digest("hex");
    expect(hex(computeBuildId(kind, IMAGE))).toBe(expected);
    expect(hex(computeBuildId(kind, shared))).toBe(expected);
  }
});

test("a uuid is another each time, and bytes are themselves", () => {
  expect(hex(computeBuildId("uuid", IMAGE))).not.toBe(hex(computeBuildId("uuid", IMAGE)));
  expect(hex(computeBuildId(Uint8Array.of(9, 8), IMAGE))).toBe("0908");
});

test("without id there is no section", () => {
  expect(buildIdSize("none")).toBe(0);
  expect(buildIdNote("none").length).toBe(0);
  expect(computeBuildId("none", IMAGE).length).toBe(0);
});

test("the note is as GNU ld writes it", () => {
  const output = inScratch((cwd) => {
    execFileSync("as", ["-o", "a.o", "-"], { cwd, input: ".globl _start\n_start: ret\n" });
    execFileSync("ld", ["--build-id=sha1", "a.o", "-o", "a"], { cwd });
    return new ElfFile(new Uint8Array(readFileSync(join(cwd, "a"))), { file: "a" });
  });
  const { bytes } = output.sections.find(({ name }) => name === ".note.gnu.build-id")!;
  const ours = buildIdNote("sha1");
  expect(bytes.length).toBe(ours.length);
  expect(hex(bytes.subarray(0, BUILD_ID_OFFSET))).toBe(hex(ours.subarray(0, BUILD_ID_OFFSET)));
});
