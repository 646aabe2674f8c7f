import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  executablePath,
  isMappedFrom,
  loadBase,
  type Mapping,
  ProcessMemory,
  parseMappings,
  readMappings,
} from "./process-memory.js";
import { extentOf, Programs, type Running, STATIC, STATIC_PIE } from "./programs.test.helper.js";

const SOURCE = `
#include <stdio.h>
#include <time.h>
volatile int value = 1; const volatile int constant = 5;
int main(void) {
  for (;;) { struct timespec t = { 0, 2000000 }; printf("%d %d\\n", value, constant); fflush(stdout); nanosleep(&t, 0); }
}
`;

const programs = new Programs();
afterAll(() => programs.close());

describe("the text of /proc/PID/maps", () => {
  test("becomes mappings with their path, which may hold spaces", () => {
    const text = [
      "00400000-00401000 r--p 00000000 fe:00 2162744                            /tmp/a b/program (deleted)",
      "004bc000-004c1000 rw-p 00000000 00:00 0 ",
      "7ffc04fb4000-7ffc04fd5000 rw-p 00000000 00:00 0                          [stack]",
      "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]",
      "",
    ].join("\n");
    expect(parseMappings(text)).toEqual([
      { start: 0x400000, end: 0x401000, permissions: "r--p", path: "/tmp/a b/program (deleted)" },
      { start: 0x4bc000, end: 0x4c1000, permissions: "rw-p", path: "" },
      { start: 0x7ffc04fb4000, end: 0x7ffc04fd5000, permissions: "rw-p", path: "[stack]" },
    ]);
  });

  test("of this very process loses no line", () => {
    const lines = readFileSync("/proc/self/maps", "latin1").trimEnd().split("\n");
    const inUserSpace = lines.filter((line) => !line.endsWith("[vsyscall]"));
    expect(parseMappings(lines.join("\n"))).toHaveLength(inUserSpace.length);
  });
});

describe("a range", () => {
  const map = (start: number, end: number, path: string): Mapping => ({ start, end, permissions: "r-xp", path });
  const mappings = [map(10, 20, "a"), map(20, 30, "a"), map(30, 40, "b"), map(50, 60, "a")];

  test("may span mappings of one file", () => {
    expect(isMappedFrom(mappings, "a", 12, 30)).toBe(true);
  });

  test.each([
    ["before the first mapping", 9, 12],
    ["into another file", 25, 31],
    ["over a gap", 25, 55],
    ["beyond the last mapping", 55, 61],
    ["nowhere", 100, 101],
  ])("that lies %s is not mapped", (_where, start, end) => {
    expect(isMappedFrom(mappings, "a", start, end)).toBe(false);
  });
});

describe.each([
  ["at a fixed address", STATIC],
  ["that is position-independent", STATIC_PIE],
])("a program %s", (kind, flags) => {
  let file = "";
  let running: Running;

  beforeAll(async () => {
    file = programs.compile(kind.replaceAll(" ", "-"), SOURCE, flags);
    running = programs.start(file);
    await running.line((line) => line === "1 5");
  });

  test("is loaded where its first mapping says", () => {
    const first = readMappings(running.pid).find(({ path }) => path === file)!;
    const headers = execFileSync("readelf", ["-Wl", file], { encoding: "utf8" });
    const linked = Number.parseInt(/LOAD +\S+ (\S+)/.exec(headers)![1]!, 16);
    expect(executablePath(running.pid)).toBe(file);
    expect(loadBase(running.pid)).toBe(first.start - linked);
  });

  test("is written to, in data, in constants and in code", async () => {
    const base = loadBase(running.pid)!;
    const memory = new ProcessMemory(running.pid);
    for (const [symbol, value] of [
      ["value", 42],
      ["constant", 43],
    ] as const) {
      const address = base + extentOf(file, symbol).address;
      expect([...memory.read(address, 4)]).toEqual([symbol === "value" ? 1 : 5, 0, 0, 0]);
      memory.write(address, Uint8Array.of(value, 0, 0, 0));
    }
    await running.line((line) => line === "42 43");
    const entry = base + extentOf(file, "_start").address;
    memory.write(entry, Uint8Array.of(0xcc));
    expect([...memory.read(entry, 1)]).toEqual([0xcc]);
    memory.close();
  });

  test("is not written to where nothing is mapped", () => {
    const memory = new ProcessMemory(running.pid);
    expect(() => memory.read(0x1000, 8)).toThrow(expect.objectContaining({ code: "EIO" }));
    expect(() => memory.write(0x1000, new Uint8Array(8))).toThrow(expect.objectContaining({ code: "EIO" }));
    memory.close();
  });

  test("whose end came has no memory, mappings or base any more", async () => {
    const base = loadBase(running.pid)!;
    const memory = new ProcessMemory(running.pid);
    await running.end();
    expect(() => memory.read(base + extentOf(file, "value").address, 4)).toThrow(
      expect.objectContaining({ code: "ESRCH" }),
    );
    memory.close();
    expect(() => readMappings(running.pid)).toThrow(expect.objectContaining({ code: "ENOENT" }));
    expect(() => loadBase(running.pid)).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });
});
