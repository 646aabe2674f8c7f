/** What it costs to have threads and shared memory: an arena that grows, and a shift with next to nothing to do. */

import { Arena } from "@manifold/core";
import { ThreadPool } from "@manifold/workers/threads";
import { makeEmit } from "../measure/emit-manifest.js";
import type { Part } from "./part.js";

const RECORDS = 100_000;
const RECORD = new Int32Array(12).fill(7);

export function poolParts(): Part[] {
  const emit = makeEmit(Buffer.from(`\n${JSON.stringify({ func: "f", code: { bytes: "c3" } })}\n`));
  const shifts = [1, 2].map((workers): Part => {
    const pool = new ThreadPool({ workers });
    const name = `a shift of one declaration, ${workers} worker${workers === 1 ? "" : "s"}`;
    return { name, operations: 1, run: () => emit(pool), close: () => pool.close() };
  });
  return [{ name: "push a record of 48 bytes to a new arena", operations: RECORDS, run: pushAll }, ...shifts];
}

function pushAll(): void {
  const arena = new Arena();
  for (let i = 0; i < RECORDS; i++) arena.pushWords(RECORD, RECORD.length);
}
