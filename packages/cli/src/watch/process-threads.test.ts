import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readMappings } from "./process-memory.js";
import { listThreads, liveThreads, threadPlace, threadState, tracerOf, whileStopped } from "./process-threads.js";
import { extentOf, Programs, type Running, until } from "./programs.test.helper.js";

/** One thread computes, one sleeps, and the first one keeps creating threads that end at once. */
const SOURCE = `
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
volatile long spun;
static void *nothing(void *with) { return 0; }
void *spin(void *with) { for (;;) spun++; }
static void *sleeping(void *with) { for (;;) pause(); }
int main(void) {
  pthread_t other;
  pthread_create(&other, 0, spin, 0); pthread_create(&other, 0, sleeping, 0);
  printf("ready\\n"); fflush(stdout);
  for (;;) { pthread_create(&other, 0, nothing, 0); pthread_join(other, 0); }
}
`;

const programs = new Programs();
let file = "";
let running: Running;

beforeAll(async () => {
  // The name stands in /proc/PID/task/TID/stat as it is.
  file = programs.compile("a) Z (b", SOURCE);
  running = programs.start(file);
  await running.line((line) => line === "ready");
});

afterAll(() => programs.close());

const statesOf = (pid: number) => listThreads(pid).map((thread) => threadState(pid, thread));

describe("while a process is stopped", () => {
  test("none of its threads runs, and none is created", () => {
    for (let round = 0; round < 50; round++) {
      whileStopped(running.pid, (threads) => {
        expect(threads).toContain(running.pid);
        expect(liveThreads(running.pid)).toEqual(threads);
        expect(threads!.map((thread) => threadState(running.pid, thread))).toEqual(threads!.map(() => "T"));
      });
      expect(statesOf(running.pid)).not.toContain("T");
    }
  });

  test("each thread tells where it is: in a mapped stack, in code or in a system call", () => {
    const { address, size } = extentOf(file, "spin");
    whileStopped(running.pid, (threads) => {
      const mappings = readMappings(running.pid);
      const places = threads!.map((thread) => threadPlace(running.pid, thread)!);
      for (const { stackPointer, programCounter } of places) {
        const at = (where: number) => mappings.find(({ start, end }) => start <= where && where < end);
        expect(at(stackPointer)?.permissions).toBe("rw-p");
        expect(at(programCounter)?.permissions).toBe("r-xp");
      }
      expect(places.filter(({ inSystemCall }) => inSystemCall).length).toBeGreaterThan(0);
      const spinning = places.filter(({ programCounter: pc }) => address <= pc && pc < address + size);
      expect(spinning.map(({ inSystemCall }) => inSystemCall)).toEqual([false]);
    });
  });

  test("a fault of the caller lets it go on", () => {
    const fault = new Error("a fault");
    expect(() =>
      whileStopped(running.pid, () => {
        throw fault;
      }),
    ).toThrow(fault);
    expect(statesOf(running.pid)).not.toContain("T");
  });

  test("it may have been stopped by somebody else, and stays so", async () => {
    running.child.kill("SIGSTOP");
    await until(() => statesOf(running.pid).every((state) => state === "T"));
    expect(whileStopped(running.pid, (threads) => threads?.length)).toBe(listThreads(running.pid).length);
    expect(new Set(statesOf(running.pid))).toEqual(new Set(["T"]));
    running.child.kill("SIGCONT");
  });
});

test("a thread that runs has no place", async () => {
  await until(() => listThreads(running.pid).some((thread) => threadState(running.pid, thread) === "R"));
  await until(() => listThreads(running.pid).some((thread) => threadPlace(running.pid, thread) === undefined));
});

test("a process that nobody traces has no tracer", () => {
  expect(tracerOf(running.pid)).toBe(0);
});

test("a process that has ended has no threads, and cannot be stopped", async () => {
  const ended = programs.start(file);
  process.kill(ended.pid, "SIGKILL");
  await ended.exited;
  expect(listThreads(ended.pid)).toEqual([]);
  expect(liveThreads(ended.pid)).toEqual([]);
  expect(threadState(ended.pid, ended.pid)).toBeUndefined();
  expect(threadPlace(ended.pid, ended.pid)).toBeUndefined();
  expect(() => whileStopped(ended.pid, () => 0)).toThrow(expect.objectContaining({ code: "ESRCH" }));
});
