// The main job, shown: links manifests that ship with the project and runs the results.
// `npm start` prepares everything and calls this; `npm start -- MANIFEST` links and runs another program.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const command = join(root, "packages/cli/bin/manifold.js");
const out = mkdtempSync(join(tmpdir(), "manifold-"));
process.on("exit", () => rmSync(out, { recursive: true, force: true }));

/** Runs `manifold`, showing the call as a person would type it. */
function manifold(...args) {
  const shown = args.map((arg) => (arg.startsWith(root) ? relative(root, arg) : arg.replace(`${out}/`, "")));
  console.log(`\n$ manifold ${shown.join(" ")}`);
  const { status } = spawnSync(process.execPath, [command, ...args], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 70);
}

function run(program, input) {
  console.log(`$ ./${relative(out, program)}${input === undefined ? "" : " < manual.gz"}`);
  const result = spawnSync(program, [], {
    input,
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "inherit"],
    maxBuffer: 1 << 28,
  });
  if (result.status !== 0) {
    console.error(`${program} ended with ${result.signal ?? result.status}`);
    process.exit(1);
  }
  return result.stdout;
}

const given = process.argv.slice(2);
if (given.length > 0) {
  const program = join(out, "program");
  manifold("link", ...given, "-o", program, "--stats");
  process.stdout.write(run(program));
  process.exit(0);
}

console.log("1. A small program, written by hand in examples/hello.ndjson, emitted by two workers");
const hello = join(out, "hello");
manifold("link", join(root, "examples/hello.ndjson"), "-o", hello, "--workers", "2", "--stats");
process.stdout.write(run(hello));

console.log(
  "\n2. A program in assembly and typed values: structs, strings, enum names, errors, threads, a sort (examples/tour.json)",
);
const tour = join(out, "tour");
manifold("link", join(root, "examples/tour.json"), "-o", tour);
process.stdout.write(run(tour));

console.log("\n3. Real code: zlib's own objects, imported into a manifest, and a runtime of ours");
const gunzip = join(out, "gunzip");
const parts = ["runtime.ndjson", "zlib.ndjson"].map((file) => join(root, "examples/gunzip", file));
manifold("link", ...parts, "-o", gunzip);
const text = readFileSync(join(root, "README.md"));
const packed = gzipSync(text);
const unpacked = run(gunzip, packed);
if (!unpacked.equals(gunzipSync(packed))) {
  console.error("the program unpacked something else than gunzip would");
  process.exit(1);
}
console.log(`${packed.length} bytes became ${unpacked.length}, the same that zlib gives Node`);

console.log("\n4. Many functions: a generated program that checks itself");
const { writeManifest } = await import(join(root, "test/dist/bench/generate.js"));
const many = join(out, "many.ndjson");
const functions = 20_000;
writeManifest(many, { functions, seed: 1 });
const start = performance.now();
manifold("link", many, "-o", join(out, "many"), "--workers", "2");
const seconds = (performance.now() - start) / 1000;
console.log(
  `${functions} functions from ${(statSync(many).size / 1e6).toFixed(1)} MB in ${seconds.toFixed(2)} s, Node's start included`,
);
process.stdout.write(run(join(out, "many")));
