import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasTool, inScratch } from "../elf/toolchain.test.helper.js";
import { isArchive, readArchive } from "./archive.js";

const FILES: Readonly<Record<string, string>> = {
  "short.o": "odd",
  "a-name-of-more-than-fifteen-bytes.o": "even",
  "with space.o": "",
  "another-name-that-goes-to-the-table.o": "x".repeat(101),
};

/** Makes an archive of FILES with the tool and flags given, and returns its bytes and what `ar t` lists. */
function archive(command: string, ...flags: string[]): { bytes: Uint8Array; listed: string[] } {
  return inScratch((cwd) => {
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(cwd, name), text);
    execFileSync(command, [...flags, "lib.a", ...Object.keys(FILES)], { cwd, stdio: "pipe" });
    const listed = execFileSync("ar", ["t", "lib.a"], { cwd, encoding: "utf8" }).trimEnd().split("\n");
    return { bytes: new Uint8Array(readFileSync(join(cwd, "lib.a"))), listed };
  });
}

const LABEL = { file: "lib.a" };
const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString());

describe.each([
  ["GNU", "ar", ["rcD"]],
  ["BSD", "llvm-ar", ["rcD", "--format=bsd"]],
  ["Darwin", "llvm-ar", ["rcD", "--format=darwin"]],
])("an archive with names of the %s kind", (_, command, flags) => {
  test.runIf(hasTool(command))("gives the names that ar lists, and the contents of the files", () => {
    const { bytes, listed } = archive(command, ...flags);
    const members = readArchive(bytes, LABEL);
    // GNU ar takes Darwin's symbol index for a member.
    expect(members.map((member) => member.name)).toEqual(listed.filter((name) => name !== "__.SYMDEF"));
    // Darwin pads contents to eight bytes with newlines.
    expect(members.map((member) => [member.name, text(member.bytes)?.trimEnd()])).toEqual(Object.entries(FILES));
  });
});

test("a thin archive gives paths and no contents", () => {
  const { bytes, listed } = archive("ar", "rcDT");
  const members = readArchive(bytes, LABEL);
  expect(isArchive(bytes)).toBe(true);
  expect(members.map((member) => member.name)).toEqual(listed);
  expect(members.every((member) => member.bytes === undefined)).toBe(true);
});

test("the symbol index is no member", () => {
  const names = (command: string, ...flags: string[]) =>
    inScratch((cwd) => {
      writeFileSync(join(cwd, "a.s"), ".globl f\nf: ret\n");
      execFileSync("as", ["a.s", "-o", "a.o"], { cwd });
      execFileSync(command, ["rcsD", ...flags, "lib.a", "a.o"], { cwd });
      return readArchive(new Uint8Array(readFileSync(join(cwd, "lib.a"))), LABEL).map((member) => member.name);
    });
  expect(names("ar")).toEqual(["a.o"]);
  if (!hasTool("llvm-ar")) return;
  expect(names("llvm-ar", "--format=bsd")).toEqual(["a.o"]);
  expect(names("llvm-ar", "--format=darwin")).toEqual(["a.o"]);
});

describe("a broken archive is refused with MF0408:", () => {
  const good = () => archive("ar", "rcD").bytes;
  const broken: readonly [string, (bytes: Uint8Array) => Uint8Array][] = [
    ["no magic", (bytes) => bytes.subarray(1)],
    ["a header cut off", (bytes) => bytes.subarray(0, 8 + 30)],
    ["contents cut off", (bytes) => bytes.subarray(0, bytes.length - 50)],
    ["a header without its end mark", (bytes) => bytes.fill(0x20, 8 + 58, 8 + 60)],
    ["a size that is no number", (bytes) => bytes.fill(0x2d, 8 + 48, 8 + 58)],
    ["a size beyond the file", (bytes) => bytes.fill(0x39, 8 + 48, 8 + 58)],
    ["a long name without a table", (bytes) => bytes.fill(0x30, 8, 8 + 16).fill(0x2f, 8, 9)],
  ];
  test.each(broken)("%s", (_, damage) => {
    expect(() => readArchive(damage(good()), LABEL)).toThrow(/^MF0408/);
  });
});
