import { copyFileSync, renameSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HotPatch, hotSwap } from "./hot-swap.js";
import { patchOf, returning, SOURCE } from "./hot-swap.test.helper.js";
import { executablePath, loadBase, ProcessMemory } from "./process-memory.js";
import { listThreads, threadPlace, threadState } from "./process-threads.js";
import { extentOf, Programs, STATIC, STATIC_PIE, until } from "./programs.test.helper.js";

const programs = new Programs();
let fixed = "";
let pie = "";

beforeAll(() => {
  fixed = programs.compile("fixed", SOURCE, STATIC);
  pie = programs.compile("pie", SOURCE, STATIC_PIE);
});

afterAll(() => programs.close());

async function started(file: string, mode: string) {
  const running = programs.start(file, mode);
  await running.line((line) => line === "ready");
  return running;
}

/** Whether all threads are as they were before: none is left stopped. */
const goesOn = (pid: number) => listThreads(pid).every((thread) => threadState(pid, thread) !== "T");

describe.each([
  ["an executable at a fixed address", () => fixed],
  ["a position-independent executable", () => pie],
] as const)("in %s", (_kind, fileOf) => {
  test("a function is replaced between two calls while the data goes on", async () => {
    const file = fileOf();
    const running = await started(file, "print");
    await running.line((line) => line.endsWith(" 1"));
    expect(hotSwap(running.pid, file, patchOf(file, "value"))).toEqual({ swapped: true, bytes: 6 });
    const first = await running.line((line) => line.endsWith(" 7"));
    const numbers = running.lines.slice(1).map((line) => line.split(" ").map(Number));
    expect(numbers.map(([count]) => count)).toEqual(numbers.map((_, i) => i));
    const swapped = Number(first.split(" ")[0]);
    expect(numbers.map(([, value]) => value)).toEqual(numbers.map((_, i) => (i < swapped ? 1 : 7)));
    await running.end();
  });

  test("a function is replaced again and again", async () => {
    const file = fileOf();
    const running = await started(file, "print");
    for (let value = 2; value < 30; value++) {
      const result = hotSwap(running.pid, file, patchOf(file, "value", value));
      expect(result).toEqual({ swapped: true, bytes: 6 });
      await running.line((line) => line.endsWith(` ${value}`));
    }
    await running.end();
  });
});

describe("code that is in use", () => {
  test("is not replaced while a thread computes in it, and is once it has left", async () => {
    const running = await started(fixed, "spin");
    const patch = patchOf(fixed, "spin");
    // The first instructions after "ready" may not have reached the loop yet.
    await until(() => !hotSwap(running.pid, fixed, { ...patch, code: [] }).swapped);
    expect(hotSwap(running.pid, fixed, patch)).toEqual({ swapped: false, reason: "the main thread is in spin" });
    expect(goesOn(running.pid)).toBe(true);
    running.child.kill("SIGUSR1");
    await running.line((line) => line.endsWith(" 1"));
    expect(hotSwap(running.pid, fixed, patch)).toEqual({ swapped: true, bytes: 6 });
    await running.end();
  });

  test("is not replaced while a function that it called waits, and is once that has returned", async () => {
    const running = await started(fixed, "wait");
    const patch = patchOf(fixed, "waiting");
    const refused = { swapped: false, reason: "the main thread has yet to return into waiting" };
    await until(() => !hotSwap(running.pid, fixed, { ...patch, code: [] }).swapped);
    expect(hotSwap(running.pid, fixed, patch)).toEqual(refused);
    running.child.kill("SIGUSR1");
    // The old code returned 1 after the refusals: nothing of the new was written.
    expect(await running.line((line) => line.startsWith("0 "))).toBe("0 1");
    expect(hotSwap(running.pid, fixed, patch).swapped).toBe(true);
    await running.end();
  });

  test("is looked for in every thread", async () => {
    const running = await started(fixed, "threads");
    await running.line((line) => line.endsWith(" 1"));
    const spinning = patchOf(fixed, "spin");
    const waiting = patchOf(fixed, "until_left");
    await until(() =>
      [spinning, waiting].every((patch) => !hotSwap(running.pid, fixed, { ...patch, code: [] }).swapped),
    );
    const refused = [spinning, waiting].map((patch) => hotSwap(running.pid, fixed, patch));
    expect(refused).toEqual([
      { swapped: false, reason: expect.stringMatching(/^thread \d+ is in spin$/) },
      { swapped: false, reason: expect.stringMatching(/^thread \d+ (is in|has yet to return into) until_left$/) },
    ]);
    const threads = refused.map((result) => (result.swapped ? 0 : Number(/\d+/.exec(result.reason)?.[0])));
    expect(listThreads(running.pid)).toEqual(expect.arrayContaining(threads));
    expect(threads).not.toContain(running.pid);
    // What no thread is in can be replaced beside them.
    expect(hotSwap(running.pid, fixed, patchOf(fixed, "value")).swapped).toBe(true);
    await running.line((line) => line.endsWith(" 7"));
    running.child.kill("SIGUSR1");
    await until(() => listThreads(running.pid).length === 1);
    for (const patch of [spinning, waiting]) expect(hotSwap(running.pid, fixed, patch).swapped).toBe(true);
    await running.end();
  });

  test("counts as used while its last instruction is a system call that would start again", async () => {
    const running = await started(fixed, "last");
    const patch = patchOf(fixed, "waits_last");
    const { address, size } = patch.replaced[0]!;
    await until(() => threadPlace(running.pid, running.pid)?.programCounter === address + size);
    expect(hotSwap(running.pid, fixed, patch)).toEqual({ swapped: false, reason: "the main thread is in waits_last" });
    await running.end();
  });

  test("is not replaced while the first thread handles a signal on another stack", async () => {
    const running = await started(fixed, "altstack");
    await running.line((line) => line.endsWith(" 100"));
    const reason = "the main thread is not on a stack of its own";
    expect(hotSwap(running.pid, fixed, patchOf(fixed, "value"))).toEqual({ swapped: false, reason });
    await running.end();
  });

  test("may be written to in the field of an instruction that a thread is about to run", async () => {
    const running = await started(fixed, "pause");
    const { address } = extentOf(fixed, "displacement");
    await until(() => threadPlace(running.pid, running.pid)?.programCounter === address - 1);
    const bytes = new Uint8Array(Int32Array.of(extentOf(fixed, "seven").address - address - 4).buffer);
    const patch: HotPatch = { code: [{ address, bytes }], replaced: [], unsafe: undefined };
    expect(hotSwap(running.pid, fixed, patch)).toEqual({ swapped: true, bytes: 4 });
    running.child.kill("SIGUSR1");
    expect(await running.line((line) => line.startsWith("0 "))).toBe("0 7");
    await running.end();
  });
});

describe("a stack", () => {
  test("that is too deep to be looked through counts as in use", async () => {
    const running = await started(fixed, "deep");
    await running.line((line) => line.endsWith(" 1"));
    const patch = patchOf(fixed, "value");
    await until(() => !hotSwap(running.pid, fixed, { ...patch, code: [] }).swapped);
    const reason = expect.stringMatching(/^the stack of thread \d+ is deeper than 8 MiB$/);
    expect(hotSwap(running.pid, fixed, patch)).toEqual({ swapped: false, reason });
    await running.end();
  });
});

describe("a process", () => {
  test("of which a thread does not stop is left alone, and not stopped later", async () => {
    const running = await started(fixed, "vfork");
    const child = Number.parseInt(await running.line((line) => line.endsWith(" child")), 10);
    const refused = { swapped: false, reason: "a thread does not stop" };
    expect(hotSwap(running.pid, fixed, patchOf(fixed, "value"))).toEqual(refused);
    process.kill(child, "SIGKILL");
    await running.line((line) => line.endsWith(" 1"));
    expect(hotSwap(running.pid, fixed, patchOf(fixed, "value")).swapped).toBe(true);
    await running.end();
  });

  test("that is being debugged is left alone", async () => {
    const running = await started(fixed, "traced");
    const traced = Number.parseInt(await running.line((line) => line.endsWith(" child")), 10);
    await running.line((line) => line.endsWith(" 1"));
    const reason = `process ${running.pid} is debugging it`;
    expect(hotSwap(traced, fixed, patchOf(fixed, "value"))).toEqual({ swapped: false, reason });
    await running.end();
  });

  test("whose first thread has ended goes on in the others with the new code", async () => {
    const running = await started(fixed, "leaderless");
    await until(() => threadState(running.pid, running.pid) === "Z");
    expect(hotSwap(running.pid, fixed, patchOf(fixed, "value"))).toEqual({ swapped: true, bytes: 6 });
    await running.line((line) => line.endsWith(" 7"));
    await running.end();
  });

  test("whose file was replaced by a newer one is still the program", async () => {
    const file = programs.compile("renamed", SOURCE);
    const running = await started(file, "print");
    copyFileSync(file, `${file}.new`);
    renameSync(`${file}.new`, file);
    expect(executablePath(running.pid)).toBe(`${file} (deleted)`);
    expect(hotSwap(running.pid, file, patchOf(file, "value")).swapped).toBe(true);
    await running.line((line) => line.endsWith(" 7"));
    await running.end();
  });

  test("that has ended is a reason, before and after it was waited for", async () => {
    const running = await started(fixed, "print");
    const patch = patchOf(fixed, "value");
    process.kill(running.pid, "SIGKILL");
    const refused = { swapped: false, reason: "the program has ended" };
    expect(hotSwap(running.pid, fixed, patch)).toEqual(refused);
    await running.exited;
    expect(hotSwap(running.pid, fixed, patch)).toEqual(refused);
  });

  test("that runs another program is left alone", async () => {
    const running = await started(fixed, "print");
    const result = hotSwap(running.pid, pie, patchOf(fixed, "value"));
    expect(result).toEqual({ swapped: false, reason: `the process executes ${fixed}` });
    await running.end();
  });

  test.each([0, -1, 1.5, Number.NaN])("with the number %s is none", (pid) => {
    expect(hotSwap(pid, fixed, patchOf(fixed, "value"))).toEqual({
      swapped: false,
      reason: "the program is not running",
    });
  });

  test("that somebody stopped gets the new code and stays stopped", async () => {
    const running = await started(fixed, "print");
    running.child.kill("SIGSTOP");
    await until(() => threadState(running.pid, running.pid) === "T");
    expect(hotSwap(running.pid, fixed, patchOf(fixed, "value")).swapped).toBe(true);
    expect(threadState(running.pid, running.pid)).toBe("T");
    running.child.kill("SIGCONT");
    await running.line((line) => line.endsWith(" 7"));
    await running.end();
  });
});

describe("a patch", () => {
  test("that is unsafe as a whole is refused with its reason", async () => {
    const running = await started(fixed, "print");
    const result = hotSwap(running.pid, fixed, { ...patchOf(fixed, "value"), unsafe: "counter has moved" });
    expect(result).toEqual({ swapped: false, reason: "counter has moved" });
    await running.end();
  });

  test("of which one piece is beyond what is mapped changes nothing", async () => {
    const running = await started(fixed, "print");
    const { code, replaced } = patchOf(fixed, "value");
    const end = extentOf(fixed, "_end").address;
    for (const address of [end + 0x10_0000, 0x1000]) {
      const beyond = { address, bytes: returning(7) };
      const pieces = [...code, beyond].sort((a, b) => a.address - b.address);
      const result = hotSwap(running.pid, fixed, { code: pieces, replaced, unsafe: undefined });
      const reason = `the code at 0x${address.toString(16)} is beyond what the process has mapped`;
      expect(result).toEqual({ swapped: false, reason });
    }
    expect(goesOn(running.pid)).toBe(true);
    const from = running.lines.length;
    expect(await running.line(() => true, from)).toMatch(/ 1$/);
    await running.end();
  });

  test("of which one piece cannot be written leaves the others as they were", async () => {
    const running = await started(fixed, "shared");
    await running.line((line) => line.endsWith(" 1"));
    const { code, replaced } = patchOf(fixed, "value");
    const memory = new ProcessMemory(running.pid);
    const before = memory.read(code[0]!.address, 6);
    const pieces = [...code, { address: 0x7000_0000, bytes: returning(7) }];
    expect(hotSwap(running.pid, fixed, { code: pieces, replaced, unsafe: undefined })).toEqual({
      swapped: false,
      reason: "the process cannot be changed: input/output error",
    });
    expect(memory.read(code[0]!.address, 6)).toEqual(before);
    expect(goesOn(running.pid)).toBe(true);
    memory.close();
    await running.end();
  });

  test("of nothing is swapped, and writes nothing", async () => {
    const running = await started(fixed, "print");
    expect(hotSwap(running.pid, fixed, { code: [], replaced: [], unsafe: undefined })).toEqual({
      swapped: true,
      bytes: 0,
    });
    await running.end();
  });

  test("leaves the bytes around its pieces as they were", async () => {
    const running = await started(pie, "print");
    const { address } = extentOf(pie, "value");
    const at = loadBase(running.pid)! + address - 64;
    const memory = new ProcessMemory(running.pid);
    const expected = memory.read(at, 256);
    expected.set(returning(9), 64);
    expect(hotSwap(running.pid, pie, patchOf(pie, "value", 9)).swapped).toBe(true);
    expect(memory.read(at, 256)).toEqual(expected);
    memory.close();
    await running.end();
  });
});
