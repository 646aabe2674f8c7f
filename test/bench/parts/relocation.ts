/** Relocation: a function with many callers moves, and all of them are brought up to date. */

import { join } from "node:path";
import { makeControl, makeHeader, Session } from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { sharedText } from "../../support/declarations.js";
import { type Line, ndjson } from "../../support/manifest.js";
import type { Part } from "./part.js";

const CALLERS = 10_000;
const CALLS = 8;

/** ret, and what is never run. */
const callee = (padding: number): Line => ({ func: "callee", code: { bytes: `c3${"cc".repeat(padding)}` } });

function caller(i: number): Line {
  const relocs = Array.from({ length: CALLS }, (_, call) => [call * 5 + 1, "PLT32", "callee", -4]);
  return { func: `caller${i}`, code: { bytes: `${"e800000000".repeat(CALLS)}c3`, relocs } };
}

export async function relocationParts(directory: string): Promise<Part[]> {
  const session = new Session({
    header: makeHeader({ target: "x86_64-linux" }),
    output: join(directory, "relocation"),
    pool: new InlinePool(),
    control: makeControl(),
    incremental: true,
  });
  const lines = [callee(0), ...Array.from({ length: CALLERS }, (_, i) => caller(i))];
  session.addText("program", sharedText(ndjson([...lines, { export: "_start", of: "callee" }])), 0);
  await flush(session);
  session.prepare();
  let padding = 0;
  return [
    {
      name: "apply a relocation of what moved",
      operations: CALLERS * CALLS,
      run: async () => {
        // Larger than ever, or it finds room where it is.
        padding = (padding + 64) % 65536;
        session.updateText("edit", sharedText(ndjson([callee(padding)])), 0);
        await flush(session);
      },
    },
  ];
}

async function flush(session: Session): Promise<void> {
  const { ok, diagnostics } = await session.flush();
  if (!ok) throw new Error(diagnostics[0]?.message ?? "not linked");
}
