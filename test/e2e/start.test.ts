/** How the command starts: from bundles, with code that V8 has made of them earlier, or without either. */

import { spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MANIFOLD, type Outcome, ROOT, run } from "../support/command.js";
import { tempDir } from "../support/temp-dir.js";

const PACKAGE = join(ROOT, "packages/cli");
const HELLO = join(ROOT, "examples/hello.ndjson");
const isRoot = process.getuid?.() === 0;

/** The environment of a user without a cache, whose NODE_OPTIONS are of no account. */
function environment(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, MANIFOLD_CODE_CACHE: __, XDG_CACHE_HOME: ___, ...env } = process.env;
  return { ...env, ...more };
}

/** mov edi, 7; mov eax, 60; syscall */
const EXIT = `{"manifold":1,"target":"x86_64-linux","output":"exe"}
{"func":"start","code":{"bytes":"bf07000000b83c0000000f05"}}
{"export":"_start","of":"start"}
`;

/** A directory for one test: a link whose code is kept in `cache` of it. */
class Start {
  readonly directory: string = tempDir();
  readonly cache: string = join(this.directory, "cache");
  readonly #command: string;

  constructor(command = MANIFOLD) {
    this.#command = command;
  }

  link(env: NodeJS.ProcessEnv = { MANIFOLD_CODE_CACHE: this.cache }): Outcome {
    const output = join(this.directory, "hello");
    const args = [this.#command, "link", HELLO, "-o", output];
    const linked = run(process.execPath, args, { env: environment(env) });
    expect(linked).toMatchObject({ code: 0, stdout: "", stderr: "" });
    return run(output, []);
  }

  get files(): string[] {
    return existsSync(this.cache) ? readdirSync(this.cache).sort() : [];
  }

  /** The file of the script that links. */
  get kept(): string {
    const names = this.files.filter((name) => /-link\.v.*\.cache$/.test(name));
    expect(names).toHaveLength(1);
    return join(this.cache, names[0]!);
  }
}

const HELLO_SAYS = { code: 0, stdout: expect.stringContaining("ello") };

/** A package as it is installed: without what is in a checkout only, and without caches. */
function installed(): string {
  const copy = join(tempDir(), "manifold");
  for (const part of ["bin", "package.json", "dist/bundle"])
    cpSync(join(PACKAGE, part), join(copy, part), { recursive: true, filter: (path) => !path.endsWith(".cache") });
  return copy;
}

describe("code that V8 has made", () => {
  it("is kept by the first runs, and used", () => {
    const start = new Start();
    const times: number[] = [];
    for (let i = 0; i < 4; i++) {
      expect(start.link()).toMatchObject(HELLO_SAYS);
      times.push(statSync(start.kept).mtimeMs);
    }
    expect(times[1]).toBeGreaterThan(times[0]!);
    expect(times[3]).toBe(times[2]);
    expect(statSync(start.kept).mode & 0o777).toBe(0o644);
  });

  it.each([
    ["cut off", (path: string) => truncateSync(path, 1000)],
    ["empty", (path: string) => truncateSync(path, 0)],
    ["of zeros behind its start", (path: string) => truncateThenGrow(path)],
    ["something else", (path: string) => writeFileSync(path, "#!/bin/sh\n".repeat(10_000))],
    ["wrong in one bit", (path: string) => flip(path, (size) => Math.floor(size / 4))],
    ["wrong in a bit that nobody runs", (path: string) => flip(path, (size) => size - 1)],
  ])("is made anew where it is %s", (_, damage) => {
    const start = new Start();
    start.link();
    damage(start.kept);
    const damaged = readFileSync(start.kept);
    expect(start.link()).toMatchObject(HELLO_SAYS);
    const renewed = readFileSync(start.kept);
    expect(renewed.equals(damaged)).toBe(false);
    const half = renewed.length / 2;
    expect(renewed.subarray(0, half).equals(renewed.subarray(half))).toBe(true);
  });

  it("is made anew where it is of another script", () => {
    const start = new Start();
    start.link();
    const bytes = readFileSync(start.kept);
    for (const at of [0, bytes.length / 2]) bytes.write("0".repeat(32), at + 12, "latin1");
    writeFileSync(start.kept, bytes);
    start.link();
    expect(readFileSync(start.kept).equals(bytes)).toBe(false);
  });

  it("is not believed where others may have written it", () => {
    const start = new Start();
    start.link();
    chmodSync(start.kept, 0o666);
    start.link();
    expect(statSync(start.kept).mode & 0o777).toBe(0o644);
    if (!isRoot) return;
    chownSync(start.kept, 12345, 12345);
    start.link();
    expect(statSync(start.kept).uid).toBe(0);
  });

  it("is neither read nor kept where that is switched off, cannot be, or Node has options", () => {
    const start = new Start();
    expect(start.link({ MANIFOLD_CODE_CACHE: "off" })).toMatchObject(HELLO_SAYS);
    expect(start.link({ MANIFOLD_CODE_CACHE: "/dev/null/nowhere" })).toMatchObject(HELLO_SAYS);
    const env = { MANIFOLD_CODE_CACHE: start.cache, NODE_OPTIONS: "--max-old-space-size=1000" };
    expect(start.link(env)).toMatchObject(HELLO_SAYS);
    expect(start.files).toEqual([]);
  });

  it("is kept as a whole by commands that run at once", async () => {
    const { directory, cache } = new Start();
    const env = environment({ MANIFOLD_CODE_CACHE: cache });
    const codes = Array.from({ length: 8 }, (_, index) => {
      const child = spawn(process.execPath, [MANIFOLD, "link", HELLO, "-o", join(directory, `hello${index}`)], { env });
      return new Promise((resolve) => child.once("exit", resolve));
    });
    expect(new Set(await Promise.all(codes))).toEqual(new Set([0]));
    expect(readdirSync(cache).filter((name) => !name.endsWith(".cache"))).toEqual([]);
  });

  it("goes to the user's cache directory where it cannot be beside the bundle", () => {
    const copy = installed();
    // What is in the way of a file is a directory, since tests may run as root, which may write everywhere.
    mkdirSync(join(copy, `dist/bundle/link.${process.version}-${process.arch}.cache`));
    const start = new Start(join(copy, "bin/manifold.js"));
    expect(start.link({ XDG_CACHE_HOME: start.directory })).toMatchObject(HELLO_SAYS);
    const names = readdirSync(join(start.directory, "manifold"));
    expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{12}-link\.v.*\.cache$/)]);
    expect(start.link({ XDG_CACHE_HOME: start.directory })).toMatchObject(HELLO_SAYS);
  });
});

describe("a bundle", () => {
  it("says what the modules say", () => {
    const copy = installed();
    const modules = join(tempDir(), "modules.mjs");
    writeFileSync(modules, MODULES);
    for (const args of [[], ["--help"], ["--version"], ["nonsense"], ...COMMANDS.map((name) => [name, "--help"])]) {
      const bundled = run(process.execPath, [join(copy, "bin/manifold.js"), ...args]);
      expect(bundled).toEqual(run(process.execPath, [modules, ...args]));
    }
  });

  it("of updates loads what they rarely need where one becomes a full link, or fails", () => {
    const directory = tempDir();
    const cache = join(directory, "cache");
    const manifest = join(directory, "update.ndjson");
    const output = join(directory, "update");
    const write = (code: number, more = ""): void =>
      writeFileSync(manifest, EXIT.replace("bf07", `bf${code.toString(16).padStart(2, "0")}`) + more);
    const update = (...args: string[]): Outcome => {
      const link = [MANIFOLD, "link", manifest, "-o", output, "--incremental", "--changed", "start", ...args];
      return run(process.execPath, link, { env: environment({ MANIFOLD_CODE_CACHE: cache }) });
    };
    const rare = (): boolean => readdirSync(cache).some((name) => /update\.rare-incremental/.test(name));
    write(7);
    expect(update()).toMatchObject({ code: 0, stderr: expect.stringContaining("linked in full") });
    expect(run(output, [])).toMatchObject({ code: 7 });
    expect(rare()).toBe(true);
    rmSync(cache, { recursive: true });
    write(8);
    expect(update()).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(run(output, [])).toMatchObject({ code: 8 });
    expect(rare()).toBe(false);
    write(9);
    expect(update("--verify", "--explain")).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("verified: the same"),
    });
    expect(run(output, [])).toMatchObject({ code: 9 });
    write(9, '{"nonsense":1}\n');
    expect(update()).toMatchObject({ code: 1, stderr: expect.stringContaining("nonsense") });
    expect(run(output, [])).toMatchObject({ code: 9 });
  });

  it("is not run where the build is newer, or where there is none", () => {
    const copy = installed();
    const command = join(copy, "bin/manifold.js");
    writeFileSync(join(copy, "dist/main.js"), 'export const main = async () => (console.log("modules"), 7);');
    writeFileSync(join(copy, "tsconfig.json"), "{}");
    const stamp = join(copy, "dist/.tsbuildinfo");
    writeFileSync(stamp, "");
    expect(run(process.execPath, [command, "--version"])).toMatchObject({ code: 7, stdout: "modules\n" });
    utimesSync(stamp, 0, 0);
    expect(run(process.execPath, [command, "--version"]).stdout).toMatch(/^manifold /);
    rmSync(join(copy, "dist/bundle"), { recursive: true });
    expect(run(process.execPath, [command, "--version"])).toMatchObject({ code: 7, stdout: "modules\n" });
  });
});

const COMMANDS = ["link", "watch", "ld", "import", "inspect"];
const MODULES = `
  import { main } from ${JSON.stringify(join(PACKAGE, "dist/main.js"))};
  process.exitCode = await main(process.argv.slice(2));`;

function flip(path: string, where: (size: number) => number): void {
  const bytes = readFileSync(path);
  bytes[where(bytes.length)]! ^= 0x10;
  writeFileSync(path, bytes);
}

function truncateThenGrow(path: string): void {
  const { size } = statSync(path);
  truncateSync(path, 4096);
  truncateSync(path, size);
}
