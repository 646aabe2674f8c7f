/** The link queue: tasks that are ready, and slices of idle work where one is not. */

import { setImmediate } from "node:timers/promises";
import { LinkQueue } from "@manifold/core";
import type { Part } from "./part.js";

const TASKS = 10_000;

export function queueParts(): Part[] {
  return [
    { name: "run a task of the queue", operations: TASKS, run: () => runTasks(TASKS) },
    { name: "do an idle step while a task waits", operations: TASKS, run: () => waitFor(TASKS) },
  ];
}

async function runTasks(count: number): Promise<void> {
  const queue = new LinkQueue(() => false);
  let run = 0;
  for (let i = 0; i < count; i++)
    queue.addLink({ ready: () => true, wait: () => setImmediate(), run: () => void run++ });
  await queue.run();
  if (run !== count) throw new Error("tasks were left out");
}

/** The task becomes ready when all idle work is done. */
async function waitFor(steps: number): Promise<void> {
  let left = steps;
  const queue = new LinkQueue(() => left-- > 0);
  queue.addLink({ ready: () => left <= 0, wait: () => setImmediate(), run: () => {} });
  await queue.run();
}
