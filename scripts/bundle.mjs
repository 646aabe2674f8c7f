// Makes of each sub-command one script that `packages/cli/bin/manifold.js` runs: ES modules that are loaded one by one take
// several times as long as what is asked of them. Reads what `tsc -b` has written; does nothing where no file is newer than
// the scripts are.
//
// A sub-command is a script with all that it always needs, so that V8 sees hot tables and loops as one piece, and scripts
// for what it may need besides (the assembler, threads, ...), which refer to the first one: each class exists once.
// A script is an expression, a function that takes what a module of Node takes. Its first line holds a hash of the rest.
// Small links follow, which keep V8's code of these scripts for all others (see bin/manifold.js and warm-up.mjs).

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown, VERSION } from "rolldown";
import { warmUp } from "./warm-up.mjs";

const packages = join(dirname(fileURLToPath(import.meta.url)), "../packages");
const dist = join(packages, "cli/dist");
const out = join(dist, "bundle");

const COMMANDS = ["link", "watch", "ld", "import", "inspect"];
/** By name of a script: what it consists of. */
const ENTRIES = {
  ...Object.fromEntries(COMMANDS.map((name) => [name, commandEntry(name)])),
  // `link --changed`, which costs little besides reading its script: without what it needs where it becomes a full link.
  update: commandEntry("link"),
  overview: `
    export { hasPrinted } from "${dist}/print.js";
    import { guarded } from "${dist}/guarded.js";
    import { overview } from "${dist}/overview.js";
    export const start = (args) => guarded(() => overview(args[0]));`,
  "emit-worker": `export { default as work } from "${packages}/workers/dist/pool/emit.worker.js";`,
  "object-worker": `export { serve } from "${packages}/workers/dist/objects/object-service.js";`,
};

function commandEntry(name) {
  return `
    export { hasPrinted } from "${dist}/print.js";
    import { guarded } from "${dist}/guarded.js";
    import { run } from "${dist}/commands/${name}.js";
    export const start = (args) => guarded(() => run(args.slice(1)));`;
}

/**
 * Modules of which an update runs nothing, unless it fails or becomes a full link. In the script `update` they are one that
 * is loaded when something of it is asked for: one of these in the wrong place costs time and nothing else.
 */
const RARE_IN_UPDATES = [
  "cli/dist/(render|phases/[^/]+)",
  "core/dist/diagnostics/(?!diagnostic)[^/]+",
  "core/dist/elf/(names|rel)",
  "core/dist/image/(changed-ranges|dump|verify)",
  "core/dist/input/(elf-file|label)",
  "core/dist/link/(apply|commit|dense-layout|dense-places|dynamic|explain|explode|globals|link-pass)",
  "core/dist/link/(needs-full-link|relax-got|relax-tls|shared-link|supersede)",
  "core/dist/manifest/(alignment|locate|manifest-diff|pair-changes|scan-manifest)",
  "core/dist/queue/link-queue",
  "core/dist/state/create-state",
  "core/dist/update/(build-program|build-relocations|compare-manifest|memory-changes|verify-[^/]+)",
  "workers/dist/emit/(faults|keys|relocation-check|tools)",
];
const RARE = { update: RARE_IN_UPDATES };

/** What a script is called with: what Node calls modules with, and what bin/manifold.js has instead of Node's. */
const HEAD = "(function (exports, require, module, __filename, __dirname, resolveThread, performance) {";
/** Installed beside the package, and loaded from there when they are needed. */
const EXTERNAL = ["iced-x86", "piscina"];

/** Changes where other scripts are made of the same files. */
const recipe = hashOf(readFileSync(fileURLToPath(import.meta.url), "utf8") + VERSION);
const built = Math.max(
  ...["core", "workers", "cli"].map((name) => statSync(join(packages, name, "dist/.tsbuildinfo")).mtimeMs),
);

if (!isCurrent()) {
  await bundleAll();
  warmUp();
}

function isCurrent() {
  try {
    const stamp = JSON.parse(readFileSync(join(out, "stamp.json"), "utf8"));
    return stamp.recipe === recipe && stamp.built === built;
  } catch {
    return false;
  }
}

async function bundleAll() {
  mkdirSync(out, { recursive: true });
  const before = new Set(readdirSync(out));
  const written = await Promise.all(Object.entries(ENTRIES).map(([name, code]) => bundle(name, code)));
  write("package.json", `{ "type": "commonjs" }\n`);
  write("stamp.json", JSON.stringify({ recipe, built }));
  for (const name of ["package.json", "stamp.json", ...written.flat()]) before.delete(name);
  // Others may be writing too: what they have not renamed yet is theirs.
  for (const name of before) if (/\.(js|cache)$/.test(name)) rmSync(join(out, name), { force: true });
}

/** Returns the names of the scripts. */
async function bundle(name, code) {
  const entry = `\0${name}`;
  const build = await rolldown({
    input: { [name]: entry },
    platform: "node",
    external: EXTERNAL,
    // Modules do nothing when they are loaded but to declare, so that those of which nothing is used can be left out.
    treeshake: { moduleSideEffects: false },
    // What the other scripts share with the first one stays there.
    preserveEntrySignatures: "allow-extension",
    transform: { define: { "import.meta.resolve": "resolveThread" } },
    plugins: [
      { name: "entry", resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? code : null) },
    ],
  });
  const { output } = await build.generate({
    format: "cjs",
    dynamicImportInCjs: false,
    chunkFileNames: `${name}.[name].js`,
    codeSplitting: {
      groups: [...rareGroups(name), { name: "always", tags: ["$initial"] }],
      // What rare modules share with others is not rare.
      includeDependenciesRecursively: RARE[name] === undefined,
    },
    // Names stay, for the stack of an internal error.
    minify: { compress: false, mangle: false, codegen: true },
  });
  await build.close();
  // The scripts are read as Latin-1, which costs nothing: no other characters.
  const texts = output.map((chunk) => `${HEAD}${chunk.code.replace(/\P{ASCII}/gu, escaped)}\n})`);
  const id = hashOf(texts.join());
  return output.map(({ fileName }, index) => {
    write(fileName, `/*${id}*/\n${texts[index]}`);
    return fileName;
  });
}

function rareGroups(name) {
  if (RARE[name] === undefined) return [];
  return [
    { name: "rare", tags: ["$initial"], test: new RegExp(`/packages/(${RARE[name].join("|")})\\.js$`), priority: 1 },
  ];
}

function escaped(character) {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

function hashOf(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/** Somebody may be running what is replaced. */
function write(name, text) {
  const temporary = join(out, `${name}.${process.pid}`);
  writeFileSync(temporary, text);
  // A bundle is as old as the build, lest another build meanwhile goes unseen. Times are written in microseconds.
  utimesSync(temporary, new Date(), (built + 1) / 1000);
  renameSync(temporary, join(out, name));
}
