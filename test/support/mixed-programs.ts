/** Programs of manifests and C: objects, and what a C compiler adds to a static program. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tool } from "./command.js";
import { EXIT_WITH_EAX, HEADER, type Line } from "./manifest.js";

const FREESTANDING = ["-O1", "-ffreestanding", "-fno-stack-protector", "-fno-pic"];

/** Compiles C to `name` in `directory`. */
export function compile(
  directory: string,
  name: string,
  source: string,
  flags: readonly string[] = FREESTANDING,
): string {
  const path = join(directory, name);
  writeFileSync(`${path}.c`, source);
  tool("gcc", ["-c", ...flags, `${path}.c`, "-o", path]);
  return path;
}

/** A manifest whose `_start` exits with what `code` leaves in eax. */
export function exiting(code: string, ...others: readonly Line[]): Line[] {
  return [
    HEADER,
    ...others,
    { func: "exit", code: { bytes: EXIT_WITH_EAX } },
    { func: "start", code: { asm: `sub rsp, 8\n${code}\njmp exit` } },
    { export: "_start", of: "start" },
  ];
}

/** Start files, libraries and end files in gcc's order, as inputs of a program that begins at its `main`. */
export function cProgramInputs(kind: "static" | "static-pie", libraries: readonly string[] = []): Line[] {
  const isPie = kind === "static-pie";
  return [
    isPie ? "rcrt1.o" : "crt1.o",
    "crti.o",
    isPie ? "crtbeginS.o" : "crtbeginT.o",
    ...libraries,
    "libgcc.a",
    "libgcc_eh.a",
    "libc.a",
    isPie ? "crtendS.o" : "crtend.o",
    "crtn.o",
  ].map((name) => ({ input: compilerFile(name) }));
}

/** Where gcc has a file of its own or of the system's. */
export function compilerFile(name: string): string {
  return tool("gcc", [`-print-file-name=${name}`]).trim();
}
