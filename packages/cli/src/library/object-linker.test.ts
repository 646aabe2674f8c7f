import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createObjectLinker, type ObjectLinker } from "./object-linker.js";

let directory = "";
let linker: ObjectLinker;
const at = (name: string) => join(directory, name);

/** Writes an object that defines `value` as a number, with time stamps long ago, as of files that can be kept. */
function assemble(name: string, text: string): void {
  writeFileSync(at("source.s"), `${text}\n.section .note.GNU-stack,"",@progbits\n`);
  execFileSync("as", [at("source.s"), "-o", at(name)]);
  utimesSync(at(name), 1e9, 1e9);
}

const value = (number: number): string => `.globl value\n.data\nvalue: .long ${number}\n`;
const START = ".globl _start\n.text\n_start: mov value(%rip), %edi\nmov $60, %eax\nsyscall\n";

function exitCode(): number | null {
  return spawnSync(at("out")).status;
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "manifold-object-linker-"));
  linker = createObjectLinker({ threads: 2 });
  assemble("start.o", START);
  assemble("value.o", value(1));
});
afterEach(async () => {
  await linker.close();
  rmSync(directory, { recursive: true });
});

const link = () => linker.link("-o", at("out"), at("start.o"), at("value.o"));

test("links, and links again with what changed", () => {
  expect(link()).toMatchObject({ ok: true, diagnostics: [] });
  expect(exitCode()).toBe(1);
  assemble("value.o", value(2));
  expect(link()).toMatchObject({ ok: true });
  expect(exitCode()).toBe(2);
});

test("writes nothing where nothing changed", () => {
  link();
  expect(link()).toMatchObject({ ok: true, bytesWritten: 0 });
  expect(exitCode()).toBe(1);
});

test("writes what another link would", () => {
  link();
  for (const number of [2, 3, 4]) {
    assemble("value.o", `${value(number)}.fill ${number * 1000}\n`);
    link();
    const fresh = createObjectLinker({ threads: 1 });
    fresh.link("-o", at("fresh"), at("start.o"), at("value.o"));
    expect(readFileSync(at("out")).equals(readFileSync(at("fresh")))).toBe(true);
  }
});

test("tells errors, leaves the output, and goes on when they are mended", () => {
  link();
  assemble("value.o", ".globl other\nother: ret\n");
  const { ok, diagnostics } = link();
  expect(ok).toBe(false);
  expect(diagnostics).toMatchObject([{ severity: "error", message: expect.stringContaining("value") }]);
  expect(exitCode()).toBe(1);
  assemble("value.o", value(5));
  expect(link().ok).toBe(true);
  expect(exitCode()).toBe(5);
});

test("tells what is wrong with an object that was kept before", () => {
  link();
  writeFileSync(at("value.o"), readFileSync(at("value.o")).subarray(0, 100));
  expect(link()).toMatchObject({ ok: false, diagnostics: [{ place: { file: at("value.o") } }] });
});

test("writes an output anew that somebody else wrote to", () => {
  link();
  writeFileSync(at("out"), "other");
  expect(link()).toMatchObject({ ok: true });
  expect(exitCode()).toBe(1);
});

test("refuses options that it does not know", () => {
  expect(linker.link("--frobnicate", at("start.o"))).toMatchObject({ ok: false, diagnostics: [{ code: "MF0501" }] });
});

test("does not write over an input", () => {
  expect(linker.link("-o", at("start.o"), at("start.o"))).toMatchObject({
    ok: false,
    diagnostics: [{ code: "MF0303" }],
  });
});

test("goes on without threads that have ended", async () => {
  link();
  await linker.close();
  assemble("value.o", value(7));
  expect(link()).toMatchObject({ ok: true });
  expect(exitCode()).toBe(7);
});
