import { describe, expect, it } from "vitest";
import { LinkQueue, type LinkTask } from "./link-queue.js";

function task(
  name: string,
  log: string[],
  ready = () => true,
  wait: () => Promise<unknown> = async () => {},
): LinkTask {
  return { ready, wait, run: () => void log.push(name) };
}

describe("LinkQueue", () => {
  it("runs all prelink tasks, also those that others add, before the first link task", async () => {
    const log: string[] = [];
    const queue = new LinkQueue(() => false);
    queue.addLink(task("link", log));
    queue.addPrelink(() => {
      log.push("open");
      queue.addPrelink(async () => void log.push("parse"));
    });
    await queue.run();
    expect(log).toEqual(["open", "parse", "link"]);
  });

  it("keeps the order of link tasks, however late the first is ready", async () => {
    const log: string[] = [];
    const queue = new LinkQueue(() => false);
    let ready = false;
    const wait = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      ready = true;
    };
    queue.addLink(task("first", log, () => ready, wait));
    queue.addLink(task("second", log));
    await queue.run();
    expect(log).toEqual(["first", "second"]);
  });

  it("does idle work where it would wait, and waits only when none is left", async () => {
    const log: string[] = [];
    let idle = 3;
    const queue = new LinkQueue(() => {
      if (idle === 0) return false;
      log.push(`idle ${idle--}`);
      return true;
    });
    let ready = false;
    const wait = async (): Promise<void> => {
      log.push("wait");
      ready = true;
    };
    queue.addLink(task("late", log, () => ready, wait));
    await queue.run();
    expect(log).toEqual(["idle 3", "idle 2", "idle 1", "wait", "late"]);
  });

  it("finishes idle work that link tasks brought", async () => {
    let pending = 0;
    let done = 0;
    const queue = new LinkQueue(() => {
      if (pending === 0) return false;
      pending--;
      done++;
      return true;
    });
    queue.addLink({
      ready: () => true,
      wait: async () => {},
      run: () => {
        pending += 100;
      },
    });
    await queue.run();
    expect(done).toBe(100);
  });

  it("leaves the event loop alive during long idle work", async () => {
    let steps = 3000;
    const queue = new LinkQueue(() => {
      const until = performance.now() + 0.02;
      while (performance.now() < until);
      return --steps > 0;
    });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await queue.run();
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });

  it("passes on what a task throws", async () => {
    const queue = new LinkQueue(() => false);
    queue.addPrelink(() => {
      throw new Error("cannot open");
    });
    await expect(queue.run()).rejects.toThrow("cannot open");
  });
});
