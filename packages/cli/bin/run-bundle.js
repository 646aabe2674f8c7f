// Runs the bundle of a sub-command: scripts in dist/bundle, which scripts/bundle.mjs has made, with the code that V8 has made
// of them in earlier runs. To compile half a megabyte takes 20 ms, to read what came of it 2 ms.
//
// That code is kept in a file for each script, beside it or, where we may not write there, in the user's cache directory
// (see keep-code.js). It is a cache: what cannot be read, is of another script or of another Node is as if it were not there.
"use strict";

const { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const DIRECTORY = join(__dirname, "../dist/bundle");
const PACKAGES = join(__dirname, "../..");

/** Length of a script's hash, which follows two bytes of comment. */
const ID_LENGTH = 32;

/** Some of what the scripts refer to at their start is used late or never, and takes milliseconds to load. */
const LATE = new Set(["node:child_process", "node:crypto", "node:zlib"]);

/**
 * A cache file: magic, number of the run that wrote it, length of the code, checksum over all that follows; then the
 * script's hash and the code. V8 itself compares versions, flags and the length of the source, and believes the rest: a
 * wrong byte would end the process, or worse.
 */
const MAGIC = 0x4d464343;
const Word = { MAGIC: 0, RUN: 1, LENGTH: 2, SUM: 3, ID: 4 };
const HEADER = Word.ID * 4 + ID_LENGTH;

/** Runs of which each adds what it had to compile. */
const RUNS = 3;

/** Undefined where there is no bundle, or one that is not of this build. `incremental`: most of what runs is other code. */
function openBundle(name, incremental = false) {
  const scripts = new Map();
  const suffix = `${incremental ? "-incremental" : ""}.${process.version}-${process.arch}.cache`;
  const first = readScript(`${name}.js`);
  if (first === undefined) return undefined;
  const id = first.text.slice(2, 2 + ID_LENGTH);
  const load = (file, { path, text } = readScript(file)) => {
    const known = scripts.get(file);
    if (known !== undefined) return known.module.exports;
    if (text.slice(2, 2 + ID_LENGTH) !== id) throw new Error(`${path} was replaced while another part of it ran`);
    const found = readCode(path, `${file.slice(0, -".js".length)}${suffix}`, id);
    const script = new Script(text, { filename: path, cachedData: found?.code });
    const module = { exports: {} };
    const run = found === undefined || script.cachedDataRejected ? 0 : found.run;
    scripts.set(file, { script, module, run });
    script.runInThisContext()(module.exports, requireFrom, module, path, DIRECTORY, resolveThread);
    return module.exports;
  };
  const requireFrom = (wanted) => {
    if (wanted.startsWith("./")) return load(wanted.slice(2));
    if (LATE.has(wanted)) return new Proxy({}, { get: (_, key) => require(wanted)[key] });
    // Dependencies of the package that uses it, which need not be ours.
    if (wanted === "piscina") return require(require.resolve(wanted, { paths: [ownerOf("@manifold/workers/threads")] }));
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

function readScript(file) {
  const path = join(DIRECTORY, file);
  try {
    const fd = openSync(path);
    try {
      if (isStale(fstatSync(fd).mtimeMs)) return undefined;
      return { path, text: readFileSync(fd, "latin1") };
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** In a checkout `tsc -b` may have written modules behind our back; a package that is installed has no such file. */
function isStale(time) {
  const stat = (path) => statSync(join(PACKAGES, path), { throwIfNoEntry: false });
  if (stat("cli/tsconfig.json") === undefined) return false;
  return ["core", "workers", "cli"].some((name) => stat(`${name}/dist/.tsbuildinfo`)?.mtimeMs > time);
}

// --- V8's code ----------------------------------------------------------------------------------------------------

/** Where the code of a script may be, the first place first. */
function placesOf(file, id) {
  const { MANIFOLD_CODE_CACHE: given, XDG_CACHE_HOME: cache, HOME: home } = process.env;
  if (given === "off") return [];
  // Other installations have scripts of the same names.
  const shared = `${id.slice(0, 12)}-${file}`;
  if (given) return [join(given, shared)];
  const places = [join(DIRECTORY, file)];
  if (cache?.startsWith("/")) places.push(join(cache, "manifold", shared));
  else if (home?.startsWith("/")) places.push(join(home, ".cache/manifold", shared));
  return places;
}

function readCode(script, file, id) {
  for (const place of placesOf(file, id)) {
    try {
      const fd = openSync(place);
      try {
        const code = checkedCode(fd, script, id);
        if (code !== undefined) return code;
      } finally {
        closeSync(fd);
      }
    } catch {
      // Not there, or not for us.
    }
  }
  return undefined;
}

function checkedCode(fd, script, id) {
  const { size, mode, uid } = fstatSync(fd);
  if (!isTrusted(mode, uid, script) || size < HEADER || size % 4 !== 0) return undefined;
  const bytes = Buffer.allocUnsafeSlow(size);
  if (readSync(fd, bytes, 0, size, 0) !== size) return undefined;
  const words = new Int32Array(bytes.buffer, 0, size / 4);
  const length = words[Word.LENGTH];
  if (words[Word.MAGIC] !== MAGIC || length < 0 || length > size - HEADER) return undefined;
  if (bytes.latin1Slice(Word.ID * 4, HEADER) !== id || words[Word.SUM] !== checksum(words)) return undefined;
  return { code: bytes.subarray(HEADER, HEADER + length), run: words[Word.RUN] };
}

/** V8 runs what the file says: it must be from whom we are, from root, or from whom the script itself is from. */
function isTrusted(mode, uid, script) {
  // Windows has neither.
  if (process.geteuid === undefined) return true;
  if ((mode & 0o170000) !== 0o100000 || (mode & 0o022) !== 0) return false;
  return uid === 0 || uid === process.geteuid() || uid === statSync(script).uid;
}

/** Multiplied by an odd number, no word is lost on the way to the end. */
function checksum(words) {
  let sum = words[Word.RUN] ^ words[Word.LENGTH];
  for (let at = Word.ID; at < words.length; at++) sum = Math.imul(sum ^ words[at], 0x9e3779b1);
  return sum;
}

/** With other flags V8 makes other code, which those who have none would have to make anew. */
function mayKeep() {
  return process.execArgv.length === 0 && !process.env.NODE_OPTIONS;
}

/** What ES modules ask of `import.meta.resolve`: pool threads run a bundle as we do. */
function resolveThread(specifier) {
  if (specifier !== "#emit-worker") throw new Error(`no bundle has ${specifier}`);
  return join(__dirname, "emit-worker.js");
}

function ownerOf(specifier) {
  return join(require.resolve(specifier), "..");
}

module.exports = { openBundle, placesOf, checksum, MAGIC, Word, HEADER };
