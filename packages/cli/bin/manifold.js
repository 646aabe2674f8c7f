#!/usr/bin/env node
// The command. Node reads a script sooner than ES modules, and one large script sooner than many: this one, which is no ES
// module (see package.json beside it), runs the bundle of the sub-command that is called. Where there is no bundle, or an
// older one than the build, as between `tsc -b` and `npm run build` in a checkout, it loads the modules.
//
// A bundle is a script in dist/bundle, made by scripts/bundle.mjs, and others that it asks for. They are run with the code
// that V8 has made of them in earlier runs: to compile half a megabyte takes 20 ms, to read what came of it 2 ms. That code
// is kept in a file for each script, beside it or, where we may not write there, in the user's cache directory (see
// keep-code.js). It is a cache: what cannot be read, is of another script or of another Node is as if it were not there.
"use strict";

const { closeSync, fstatSync, openSync, readSync, statSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const COMMANDS = ["link", "watch", "ld", "import", "inspect"];
/** What threads run: the file here, and the bundle. */
const THREADS = ["emit-worker", "object-worker"];
const DIRECTORY = join(__dirname, "../dist/bundle");
/** Path of a script or of its cache; `join` would look at each character, in code that is not yet compiled. */
const besideScripts = (file) => `${DIRECTORY}/${file}`;

/** Length of a script's hash, which follows two bytes of comment. */
const ID_LENGTH = 32;

/** Some of what the scripts refer to at their start is used late or never, and takes up to milliseconds to load. */
const LATE = new Set(["node:child_process", "node:crypto", "node:os", "node:timers/promises", "node:zlib"]);

/**
 * A cache file: magic, number of the run that wrote it, length of the code, the script's hash, the code; and all of it once
 * more. V8 compares versions, flags and the length of the source and believes the rest, where one wrong byte would end
 * the process. To compare two copies takes a tenth of a millisecond; checksums take two, in code that is not yet compiled.
 */
const MAGIC = 0x4d464343;
const Word = { MAGIC: 0, RUN: 1, LENGTH: 2, ID: 3 };
/** Keeps the code behind it on a multiple of 16, else V8 copies it. */
const HEADER = 48;

/** Runs of which each adds what it had to compile. */
const RUNS = 3;

function main(args) {
  const incremental = args.includes("--incremental");
  const bundle = openBundle(nameOf(args, incremental), { incremental });
  if (bundle === undefined) {
    import("../dist/main.js").then((modules) => modules.main(args)).then(end);
    return;
  }
  const { start, hasPrinted } = bundle.exports;
  start(args).then((code) => {
    end(code);
    if (code === 0) bundle.keep();
    // By itself Node ends when V8 has compiled all that it thought worth it meanwhile, for nobody: up to 30 ms later.
    if (!hasPrinted()) process.exit();
  });
}

/** The script for what is called. */
function nameOf(args, incremental) {
  if (!COMMANDS.includes(args[0])) return "overview";
  return incremental && args[0] === "link" && args.includes("--changed") ? "update" : args[0];
}

function end(code) {
  // A failure to write what was printed may have set another code already.
  if (code !== 0) process.exitCode = code;
}

/**
 * Undefined where there is no bundle, or one that is not of this build, unless that was looked at before (`chosen`).
 * `incremental`: most of what runs is other code.
 */
function openBundle(name, { incremental = false, chosen = false } = {}) {
  const scripts = new Map();
  const suffix = `${incremental ? "-incremental" : ""}.${process.version}-${process.arch}.cache`;
  const first = readScript(`${name}.js`);
  if (first === undefined || (!chosen && isStale(first.time))) return undefined;
  const id = first.text.slice(2, 2 + ID_LENGTH);
  const load = (file, read = undefined) => {
    const known = scripts.get(file);
    if (known !== undefined) return known.module.exports;
    const path = besideScripts(file);
    const text = (read ?? readScript(file))?.text;
    if (text?.slice(2, 2 + ID_LENGTH) !== id) throw new Error(`${path} was replaced while another part of it ran`);
    const found = readCode(path, `${file.slice(0, -".js".length)}${suffix}`, id);
    const script = new Script(text, { filename: path, cachedData: found?.code });
    const module = { exports: {} };
    const run = found === undefined || script.cachedDataRejected ? 0 : found.run;
    scripts.set(file, { script, module, run });
    script.runInThisContext()(module.exports, requireFrom, module, path, DIRECTORY, resolveThread, clock);
    return module.exports;
  };
  const requireFrom = (wanted) => {
    if (wanted.endsWith(".rare.js")) return loadedLate(() => load(wanted.slice(2)));
    if (wanted.startsWith("./")) return load(wanted.slice(2));
    if (LATE.has(wanted)) return new Proxy({}, { get: (_, key) => require(wanted)[key] });
    // Dependencies of the package that uses it, which need not be ours.
    if (wanted === "piscina")
      return require(require.resolve(wanted, { paths: [ownerOf("@manifold/workers/threads")] }));
    return require(wanted);
  };
  const exports = load(`${name}.js`, first);
  return {
    exports,
    /** To be called when all has run. */
    keep() {
      if (!mayKeep()) return;
      for (const [file, { script, run }] of scripts)
        if (run < RUNS) {
          const { keepCode } = require("./keep-code.js");
          keepCode(script, `${file.slice(0, -".js".length)}${suffix}`, id, run + 1);
        }
    },
  };
}

/** What `load` returns, which is called when something of it is asked for; from then on it costs no more than that itself. */
function loadedLate(load) {
  const get = (_, key) => {
    const exports = load();
    Object.setPrototypeOf(late, null);
    Object.defineProperties(late, Object.getOwnPropertyDescriptors(exports));
    return exports[key];
  };
  const late = Object.create(new Proxy({}, { get }));
  return late;
}

function readScript(file) {
  return reading(besideScripts(file), (fd, { size, mtimeMs: time }) => {
    const bytes = readAll(fd, size);
    return bytes === undefined ? undefined : { time, text: bytes.latin1Slice() };
  });
}

/** What `use` makes of a file; undefined where that cannot be read. */
function reading(path, use) {
  let fd;
  try {
    fd = openSync(path);
    return use(fd, fstatSync(fd));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** One after the other, files are read to the same memory: half a megabyte that is new takes as long as reading to it. */
let memory = Buffer.alloc(0);

function readAll(fd, size) {
  if (size > memory.length) memory = Buffer.allocUnsafeSlow(Math.max(size, 1 << 20));
  return readSync(fd, memory, 0, size, 0) === size ? memory.subarray(0, size) : undefined;
}

/** In a checkout `tsc -b` may have written modules behind our back; a package that is installed has no such file. */
function isStale(time) {
  const stat = (path) => statSync(`${__dirname}/${path}`, { throwIfNoEntry: false });
  if (stat("../tsconfig.json") === undefined) return false;
  return ["../dist", "../../core/dist", "../../workers/dist"].some(
    (directory) => stat(`${directory}/.tsbuildinfo`)?.mtimeMs > time,
  );
}

// --- V8's code ----------------------------------------------------------------------------------------------------

/** Where the code of a script may be, the first place first. */
function placesOf(file, id) {
  const { MANIFOLD_CODE_CACHE: given, XDG_CACHE_HOME: cache, HOME: home } = process.env;
  if (given === "off") return [];
  // Other installations have scripts of the same names.
  const shared = `${id.slice(0, 12)}-${file}`;
  if (given) return [join(given, shared)];
  const places = [besideScripts(file)];
  if (cache?.startsWith("/")) places.push(`${cache}/manifold/${shared}`);
  else if (home?.startsWith("/")) places.push(`${home}/.cache/manifold/${shared}`);
  return places;
}

/** Valid until something else is read. */
function readCode(script, file, id) {
  for (const place of placesOf(file, id)) {
    const code = reading(place, (fd, stat) => checkedCode(fd, stat, script, id));
    if (code !== undefined) return code;
  }
  return undefined;
}

function checkedCode(fd, { size, mode, uid }, script, id) {
  const half = size / 2;
  if (!isTrusted(mode, uid, script) || half < HEADER || size % 2 !== 0) return undefined;
  const bytes = readAll(fd, size);
  if (bytes === undefined || bytes.compare(bytes, half, size, 0, half) !== 0) return undefined;
  const word = (at) => bytes.readInt32LE(at * 4);
  if (word(Word.MAGIC) !== MAGIC || word(Word.LENGTH) !== half - HEADER) return undefined;
  if (bytes.latin1Slice(Word.ID * 4, Word.ID * 4 + ID_LENGTH) !== id) return undefined;
  return { code: bytes.subarray(HEADER, half), run: word(Word.RUN) };
}

/** V8 runs what the file says: it must be from whom we are, from root, or from whom the script itself is from. */
function isTrusted(mode, uid, script) {
  // Windows has neither.
  if (process.geteuid === undefined) return true;
  if ((mode & 0o170000) !== 0o100000 || (mode & 0o022) !== 0) return false;
  return uid === 0 || uid === process.geteuid() || uid === statSync(script).uid;
}

/** With other flags V8 makes other code, which those who have none would have to make anew. */
function mayKeep() {
  return process.execArgv.length === 0 && !process.env.NODE_OPTIONS;
}

/** As `performance`, which takes a millisecond to load; of one clock for all threads. */
const clock = {
  now: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  },
};

/** What ES modules ask of `import.meta.resolve`: pool threads run a bundle as we do. */
function resolveThread(specifier) {
  const name = specifier.slice(1);
  if (!THREADS.includes(name)) throw new Error(`no bundle has ${specifier}`);
  return join(__dirname, `${name}.js`);
}

function ownerOf(specifier) {
  return join(require.resolve(specifier), "..");
}

module.exports = { openBundle, placesOf, MAGIC, Word, HEADER };
// Pool threads come here too, from emit-worker.js and object-worker.js.
if (require.main === module) main(process.argv.slice(2));
