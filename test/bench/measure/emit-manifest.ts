/** Emission alone: all declarations of a manifest in memory, by the workers of a pool, into arenas that are empty again. */

import { ChunkTable, makeControl, type Shift, TEXT_LEAD } from "@manifold/core";
import type { ThreadPool } from "@manifold/workers/threads";

/** Small enough to share out evenly. */
const CHUNK_BYTES = 1 << 18;

export type Emit = (pool: ThreadPool) => Promise<void>;

/** `lines` are those of a manifest without its header, behind a first newline. */
export function makeEmit(lines: Uint8Array): Emit {
  const buffer = new SharedArrayBuffer(lines.length);
  new Uint8Array(buffer).set(lines);
  const chunks = new ChunkTable();
  for (let at = TEXT_LEAD; at < lines.length; at += CHUNK_BYTES)
    chunks.add(0, at, Math.min(lines.length, at + CHUNK_BYTES));
  return async (pool) => {
    const shift: Shift = {
      work: { kind: "emit", functionAlignLog2: 4, types: [], inputs: "refused" },
      first: 0,
      limit: chunks.length,
      emission: {
        control: makeControl().buffer,
        chunks: chunks.buffer,
        chunkCount: chunks.length,
        arenas: pool.arenas,
      },
      sources: new Map([[0, { kind: "text", label: "bench", buffer, spelling: "lines", scope: 0 }]]),
    };
    const { blamed } = await pool.run(shift);
    if (blamed.length > 0) throw new Error(blamed[0]!.diagnostic.message);
  };
}
