/** Encoding: instructions of a generated program from text, and a whole link of a small one on one thread. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeControl, openManifest, Session } from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { Assembler } from "@manifold/workers/x86";
import { writeAssemblyManifest, writeManifest } from "../generate.js";
import type { Part } from "./part.js";

const FUNCTIONS = 2000;

export function encodingParts(directory: string): Part[] {
  const assembly = join(directory, "assembly.ndjson");
  writeAssemblyManifest(assembly, { functions: FUNCTIONS, seed: 1 });
  const texts = [...readFileSync(assembly, "latin1").matchAll(/"asm":("[^"]*")/g)].map(([, json]) =>
    Buffer.from(String(JSON.parse(json!))),
  );
  const instructions = texts.reduce((sum, text) => sum + text.toString().match(/^[a-z]/gm)!.length, 0);
  const assembler = new Assembler();
  const manifest = join(directory, "code.ndjson");
  writeManifest(manifest, { functions: FUNCTIONS, seed: 1 });
  return [
    {
      name: "encode an instruction from text",
      operations: instructions,
      run: () => {
        for (const text of texts)
          if (!assembler.assemble(text, 0, text.length)) throw new Error(assembler.error?.message ?? "not assembled");
      },
    },
    {
      name: "link a function of machine code, one thread",
      operations: FUNCTIONS,
      run: () => link(manifest, directory),
    },
    { name: "link a function of assembly, one thread", operations: FUNCTIONS, run: () => link(assembly, directory) },
  ];
}

async function link(path: string, directory: string): Promise<void> {
  const manifest = openManifest(path);
  const output = join(directory, "linked");
  const session = new Session({ header: manifest.header, output, pool: new InlinePool(), control: makeControl() });
  session.addManifest(manifest, 0);
  const { ok } = await session.flush();
  if (!ok) throw new Error("the link failed");
}
