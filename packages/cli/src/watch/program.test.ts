import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ProgramEnd, RunningProgram } from "./program.js";
import { Programs, until } from "./programs.test.helper.js";

/** Appends `+` to the file `args[2]` when it starts, `-` when SIGTERM ends it; `args[1]` says how it behaves. */
const SOURCE = `
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static int log_file;
static void on_term(int n) { write(log_file, "-", 1); _exit(5); }
int main(int count, char **args) {
  if (!strcmp(args[1], "fifo")) return mkfifo(args[2], 0700);
  log_file = open(args[2], O_WRONLY | O_APPEND);
  signal(SIGTERM, strcmp(args[1], "deaf") ? on_term : SIG_IGN);
  write(log_file, "+", 1);
  if (!strcmp(args[1], "exit")) return 3;
  if (!strcmp(args[1], "abort")) abort();
  for (;;) pause();
}
`;

const programs = new Programs();
const opened: RunningProgram[] = [];
let file = "";

beforeAll(() => {
  file = programs.compile("program", SOURCE);
});

afterAll(async () => {
  await Promise.all(opened.map((program) => program.stop()));
  await programs.close();
});

/** A program whose log is read by `log`, and whose ends are gathered in `ends`. */
function prepared(mode: string, options: { file?: string; grace?: number } = {}) {
  const path = join(programs.directory, `log-${opened.length}`);
  writeFileSync(path, "");
  const ends: ProgramEnd[] = [];
  const onEnd = (end: ProgramEnd) => ends.push(end);
  const program = new RunningProgram({ file, args: [mode, path], onEnd, ...options });
  opened.push(program);
  return { program, ends, log: () => readFileSync(path, "utf8") };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("nothing runs before the first restart", async () => {
  const { program, log } = prepared("stay");
  expect(program.pid).toBeUndefined();
  await program.restart();
  expect(isAlive(program.pid!)).toBe(true);
  await until(() => log() === "+");
});

test("a restart starts the next program when the last one is gone", async () => {
  const { program, ends, log } = prepared("stay");
  for (const expected of ["+", "+-+", "+-+-+"]) {
    const before = program.pid;
    await program.restart();
    expect(program.pid).not.toBe(before);
    if (before !== undefined) expect(isAlive(before)).toBe(false);
    await until(() => log() === expected);
  }
  const asked = { how: "exit", code: 5, asked: true };
  expect(ends).toEqual([asked, asked]);
});

test("restarts that come while one is under way are one", async () => {
  const { program, ends, log } = prepared("stay");
  await program.restart();
  await until(() => log() === "+");
  await Promise.all([program.restart(), program.restart(), program.restart()]);
  await until(() => log() === "+-+");
  expect(ends).toHaveLength(1);
  await program.stop();
  expect(log()).toBe("+-+-");
});

test("a program that ignores SIGTERM is killed when the grace period is over", async () => {
  const { program, ends, log } = prepared("deaf", { grace: 50 });
  await program.restart();
  await until(() => log() === "+");
  await program.restart();
  await until(() => log() === "++");
  expect(ends).toEqual([{ how: "signal", signal: "SIGKILL", asked: true }]);
});

test("a program that is stopped gets SIGTERM all the same", async () => {
  const { program, ends, log } = prepared("stay", { grace: 100_000 });
  await program.restart();
  await until(() => log() === "+");
  process.kill(program.pid!, "SIGSTOP");
  await program.stop();
  expect(ends).toEqual([{ how: "exit", code: 5, asked: true }]);
});

test("a program that ended by itself is told with its exit code, and started by the next restart only", async () => {
  const { program, ends, log } = prepared("exit");
  const own = { how: "exit", code: 3, asked: false };
  await program.restart();
  await until(() => ends.length === 1);
  expect(ends).toEqual([own]);
  expect(program.pid).toBeUndefined();
  expect(log()).toBe("+");
  await program.restart();
  await until(() => ends.length === 2);
  expect(ends).toEqual([own, own]);
  expect(log()).toBe("++");
});

test("a program that a signal ended is told with the signal", async () => {
  const { program, ends } = prepared("abort");
  await program.restart();
  await until(() => ends.length === 1);
  expect(ends).toEqual([{ how: "signal", signal: "SIGABRT", asked: false }]);
});

test("stopping ends the program for good, also while it is restarted", async () => {
  const { program, log } = prepared("stay");
  await program.restart();
  await until(() => log() === "+");
  const restarted = program.restart();
  await program.stop();
  await restarted;
  await program.restart();
  expect(program.pid).toBeUndefined();
  expect(log()).toBe("+-");
});

test("a FIFO is not waited for", async () => {
  const path = join(programs.directory, "fifo");
  execFileSync(file, ["fifo", path]);
  const { program, ends } = prepared("stay", { file: path });
  await program.restart();
  expect(ends).toMatchObject([{ how: "not-started", diagnostic: { code: "MF0310" } }]);
});

test("stopping what does not run is done at once", async () => {
  const { program, ends } = prepared("stay");
  await program.stop();
  await program.stop();
  expect(ends).toEqual([]);
});

/** A shell would run this file's second line. */
const script = (type: number, machine: number, sectionsAt = 0) => {
  const bytes = Buffer.alloc(64);
  bytes.write("\x7fELF\x02\x01\x01", "latin1");
  bytes.writeUInt16LE(type, 16);
  bytes.writeUInt16LE(machine, 18);
  bytes.writeUInt32LE(sectionsAt, 44);
  return Buffer.concat([bytes, Buffer.from("\nexit 9\n")]);
};

test.each([
  ["is missing", "missing", undefined, /no such file or directory/],
  ["is a directory", ".", undefined, /it is a directory/],
  ["is not executable", "plain", script(2, 62), /permission denied/],
  ["is no ELF file", "text", Buffer.from("exit 9\n"), /it is not a 64-bit ELF program/],
  ["has an offset beyond 2^53", "vast", script(2, 62, 0xffff_ffff), /it is not a 64-bit ELF program/],
  ["is an object", "object", script(1, 62), /it is an object/],
  ["is for another machine", "foreign", script(2, 0x1234), /it is for another machine/],
])("a file that %s is told as a diagnostic, and not given to a shell", async (_what, name, contents, reason) => {
  const path = join(programs.directory, name);
  if (contents !== undefined) writeFileSync(path, contents, { mode: name === "plain" ? 0o600 : 0o700 });
  const { program, ends } = prepared("stay", { file: path });
  await program.restart();
  await until(() => ends.length === 1);
  expect(program.pid).toBeUndefined();
  expect(ends).toMatchObject([
    {
      how: "not-started",
      diagnostic: { code: "MF0310", place: { file: path }, message: expect.stringMatching(reason) },
    },
  ]);
});
