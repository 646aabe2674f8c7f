// Runs each sub-command on something small, as often as it keeps what V8 has made of its bundle: whoever measures or uses the
// command next finds it as everybody does who has used it for a while.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const command = join(dirname(fileURLToPath(import.meta.url)), "../packages/cli/bin/manifold.js");

/** As RUNS in bin/manifold.js. */
const RUNS = 3;
const FUNCTIONS = 2000;

export function warmUp() {
  const directory = mkdtempSync(join(tmpdir(), "manifold-warm-up-"));
  // With other flags V8 would make other code.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const manifold = (...args) => {
    const { status, stderr } = spawnSync(process.execPath, [command, ...args], {
      cwd: directory,
      env,
      encoding: "utf8",
    });
    // To find out why is what tests are for.
    if (status !== 0) console.error(`Warming up: manifold ${args.join(" ")} failed:\n${stderr}`);
  };
  try {
    for (let run = 0; run <= RUNS; run++) {
      writeFileSync(join(directory, "exe.ndjson"), program("exe", run));
      writeFileSync(join(directory, "obj.ndjson"), program("obj", run));
      writeFileSync(join(directory, "asm.ndjson"), assembly(run));
      manifold("--version");
      manifold("link", "exe.ndjson", "-o", "exe");
      manifold("link", "exe.ndjson", "-o", "exe", "--workers", "2");
      manifold("link", "asm.ndjson", "-o", "asm");
      manifold("link", "obj.ndjson", "-o", "obj.o");
      // An update runs a script of its own where it is told what changed.
      manifold("link", "--incremental", "exe.ndjson", "-o", "kept");
      manifold("link", "--incremental", "exe.ndjson", "-o", "named", ...(run === 0 ? [] : ["--changed", "f7"]));
      manifold("ld", "obj.o", "-o", "linked");
      manifold("ld", "--threads=2", "obj.o", "-o", "linked");
      manifold("ld", "--incremental", "obj.o", "-o", "linked-incremental");
      manifold("inspect", "exe");
      manifold("import", "obj.o", "-o", "imported.ndjson");
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Each function calls one before it and uses a constant; one of them changes from version to version, and moves. */
function program(output, version) {
  const lines = [{ manifold: 1, target: "x86_64-linux", output }];
  for (let i = 0; i < FUNCTIONS; i++) {
    lines.push({
      func: `f${i}`,
      code: {
        bytes: `e800000000488d0500000000c3${"90".repeat(i === 7 ? 40 * version : i % 30)}`,
        relocs: [
          [1, "PLT32", `f${(i * 7) % (i + 1)}`, -4],
          [8, "PC32", "s", -4],
        ],
      },
      refs: { s: { uav: { text: `string ${i % 99}` } } },
    });
  }
  lines.push({ var: "v", zero: 64, align: 8 }, start("f7"), { export: "_start", of: "start" });
  return `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
}

/** What needs the assembler and the lowering of types. */
function assembly(version) {
  const lines = [
    { manifold: 1, target: "x86_64-linux", output: "exe" },
    { type: "Color", is: { enum: ["red", "green"], tag: "u8" } },
    { const: "colors", type: { array: "Color", len: 2 }, init: ["green", "red"] },
    { func: "start", code: { asm: `mov edi, ${version}\nmov eax, 60\nlea rsi, [rip + colors]\nsyscall` } },
    { export: "_start", of: "start" },
  ];
  return `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
}

/** call; mov edi, eax; mov eax, 60; syscall */
function start(callee) {
  return { func: "start", code: { bytes: "e80000000089c7b83c0000000f05", relocs: [[1, "PLT32", callee, -4]] } };
}
