/** Links programs of the model in full, in this process, and runs them. */

import { join } from "node:path";
import { type HeaderOptions, makeControl, makeHeader, Session } from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { run, tool } from "../command.js";
import type { Line } from "../manifest.js";
import type { Expectation } from "./evaluate.js";
import { manifestText } from "./faults.js";
import type { Output, Program } from "./program.js";
import { declarationsOf } from "./render.js";

/** The header of such a program, as options of a linker. */
export function headerOptions(output: Output): HeaderOptions {
  return {
    target: "x86_64-linux",
    ...(output === "obj" ? { output: "obj" } : {}),
    ...(output === "pie" ? { pie: true } : {}),
  };
}

/** Links `program` from scratch to `output`; returns the codes of the diagnostics. */
export function linkInFull(program: Program, output: string): Promise<string[]> {
  return linkDeclarations(headerOptions(program.output), declarationsOf(program), output);
}

/** The same for the declarations of each manifest, and a header. */
export async function linkDeclarations(
  options: HeaderOptions,
  manifests: readonly (readonly Line[])[],
  output: string,
): Promise<string[]> {
  const header = makeHeader(options);
  const session = new Session({ header, output, pool: new InlinePool(), control: makeControl() });
  manifests.forEach((lines, scope) => {
    const text = `\n${manifestText(lines)}`;
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
