/** Links programs of the model in full, in this process, and runs them. */

import { join } from "node:path";
import { makeControl, makeHeader, Session } from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { run, tool } from "../command.js";
import { ndjson } from "../manifest.js";
import type { Expectation } from "./evaluate.js";
import type { Program } from "./program.js";
import { declarationsOf } from "./render.js";

/** Links `program` from scratch to `output`; returns the codes of the diagnostics. */
export async function linkInFull(program: Program, output: string): Promise<string[]> {
  const kind = program.output === "obj" ? { output: "obj" as const } : { pie: program.output === "pie" };
  const header = makeHeader({ target: "x86_64-linux", ...kind });
  const session = new Session({ header, output, pool: new InlinePool(), control: makeControl() });
  declarationsOf(program).forEach((lines, scope) => {
    const text = `\n${ndjson(lines)}`;
    const buffer = new SharedArrayBuffer(Buffer.byteLength(text));
    Buffer.from(buffer).write(text);
    session.addText(`manifest ${scope}`, buffer, scope);
  });
  return (await session.flush()).diagnostics.map(({ code }) => code);
}

/** Runs what was linked to `output`; an object is linked by GNU ld first, into `directory`. What it did, as is expected. */
export function runLinked({ output: kind }: Program, output: string, directory: string): Expectation | string {
  let program = output;
  if (kind === "obj") {
    program = join(directory, "linked-by-ld");
    tool("ld", ["-o", program, output]);
  }
  const { code, signal, stdout, stderr } = run(program, [], { timeout: 10_000 });
  return code === 0 ? { ok: true, stdout } : `ended with ${code ?? signal}: ${stdout}${stderr}`;
}
