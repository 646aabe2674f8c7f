/**
 * Manifests with inputs, linked with a session on disk: edits of the manifest and of what it declares are followed, and
 * what comes out is proved to be what a full link makes.
 */

import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { manifold, type Outcome, run, tool } from "../support/command.js";
import { HEADER, type Line, writeLines } from "../support/manifest.js";
import { compile, cProgramInputs, exiting } from "../support/mixed-programs.js";
import { tempDir } from "../support/temp-dir.js";
import { WatchCommand } from "../support/watch-command.js";

const C = (add: number, more = ""): string =>
  `extern int ours; int triple(int); int call_back(int x) { return triple(x) + ours + ${add}; } ${more}`;

/** Exits with `factor` times 5, plus `ours`, plus what C adds. */
const lines = (factor: number, ours: number, ...more: readonly Line[]): Line[] =>
  exiting(
    "mov edi, 5\ncall call_back",
    ...more,
    { input: "c.o" },
    { extern: "call_back", is: "func" },
    { func: "triple", code: { asm: `imul eax, edi, ${factor}\nret` } },
    { export: "triple", of: "triple" },
    { var: "ours", bytes: Buffer.from([ours, 0, 0, 0]).toString("hex"), align: 4 },
    { export: "ours", of: "ours" },
  );

let directory: string;
let output: string;
beforeEach(() => {
  directory = tempDir();
  output = join(directory, "program");
});

/** Links incrementally, with proof. */
function update(manifest: readonly Line[], ...flags: readonly string[]): Outcome {
  const path = writeLines(directory, "program.ndjson", manifest);
  return manifold(["link", "--incremental", "--verify", "--explain", path, "-o", output, ...flags]);
}

/** The exit code of the program after an update that must succeed, and what was said of the update. */
function updated(manifest: readonly Line[]): { exit: number | null; said: string } {
  const { code, stderr } = update(manifest);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("verified: the same as a full link") });
  return { exit: run(output, []).code, said: stderr };
}

function stamps(): Map<string, string> {
  return new Map(
    readdirSync(directory).map((name) => {
      const { mtimeNs, ctimeNs, ino, size } = statSync(join(directory, name), { bigint: true });
      return [name, [mtimeNs, ctimeNs, ino, size].join(" ")];
    }),
  );
}

describe("an incremental link of a manifest with inputs", () => {
  it("follows edits of the manifest and of an object", () => {
    compile(directory, "c.o", C(1));
    expect(updated(lines(3, 4))).toMatchObject({
      exit: 20,
      said: expect.stringContaining("linked in full: there is no state"),
    });
    expect(updated(lines(4, 4))).toMatchObject({
      exit: 25,
      said: expect.stringMatching(/^manifold: inputs: updated: 1 object/m),
    });
    compile(directory, "c.o", C(2));
    expect(updated(lines(4, 4))).toMatchObject({
      exit: 26,
      said: expect.stringMatching(/^manifold: inputs: updated: 1 object/m),
    });
    compile(directory, "c.o", C(3, "int more(void) { return 1; } int table[50] = {1};"));
    expect(updated(lines(5, 6)).exit).toBe(34);
    const grown = lines(5, 6, { func: "large", code: { bytes: "90".repeat(5000) } }, { export: "large", of: "large" });
    expect(updated(grown).exit).toBe(34);
    expect(updated(lines(5, 7)).exit).toBe(35);
  });

  it("writes nothing where nothing changed", () => {
    compile(directory, "c.o", C(1));
    const path = writeLines(directory, "program.ndjson", lines(3, 4));
    const link = (): Outcome => manifold(["link", "--incremental", path, "-o", output]);
    // A file that was written a moment ago might be written again within the same tick of the clock.
    tool("sleep", ["0.1"]);
    expect(link().code).toBe(0);
    const before = stamps();
    expect([...before.keys()].sort()).toEqual([
      "c.o",
      "c.o.c",
      "program",
      "program.manifold",
      "program.manifold.o",
      "program.manifold.o.manifold",
      "program.ndjson",
    ]);
    expect(link()).toMatchObject({ code: 0, stderr: "" });
    expect(stamps()).toEqual(before);
  });

  it("follows edits of a program with libc by writing little", () => {
    const main = (text: string): Line[] => [
      HEADER,
      ...cProgramInputs("static"),
      { extern: "puts", is: "func" },
      {
        func: "main",
        code: { asm: "sub rsp, 8\nlea rdi, [rip + text]\ncall puts\nxor eax, eax\nadd rsp, 8\nret" },
        refs: { text: { uav: { text: `${text}\0` } } },
      },
      { export: "main", of: "main" },
    ];
    updated(main("one"));
    for (const text of ["two", "three", "and the fourth, which is longer"]) {
      const { code, stdout, stderr } = update(main(text), "--json");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const { bytesWritten, reason } = JSON.parse(stdout) as { bytesWritten: number; reason?: string };
      expect(reason).toBeUndefined();
      expect(bytesWritten).toBeLessThan(20_000);
      expect(run(output, []).stdout).toBe(`${text}\n`);
    }
  });

  it("links anew where inputs are added, moved or removed, and without them in the end", () => {
    compile(directory, "c.o", C(1));
    compile(directory, "weak.o", "__attribute__((weak)) int which(void) { return 1; }");
    compile(directory, "weaker.o", "__attribute__((weak)) int which(void) { return 2; }");
    expect(updated(lines(3, 4)).exit).toBe(20);
    const which = (...inputs: readonly string[]): Line[] =>
      exiting("call which", { extern: "which", is: "func" }, ...inputs.map((input) => ({ input })));
    expect(updated(which("weak.o", "weaker.o"))).toMatchObject({
      exit: 1,
      said: expect.stringContaining("other inputs"),
    });
    expect(updated(which("weaker.o", "weak.o"))).toMatchObject({
      exit: 2,
      said: expect.stringContaining("another order"),
    });
    expect(updated(which("weak.o")).exit).toBe(1);
    expect(updated(exiting("mov eax, 9")).exit).toBe(9);
    expect(
      readdirSync(directory)
        .filter((name) => name.startsWith("program"))
        .sort(),
    ).toEqual(["program", "program.manifold", "program.ndjson"]);
    expect(updated(exiting("mov eax, 8"))).toMatchObject({
      exit: 8,
      said: expect.stringContaining("1 declaration new or changed"),
    });
    expect(updated(lines(3, 4)).exit).toBe(20);
  });

  it("leaves the output as it was where there are errors, and follows when they are mended", () => {
    compile(directory, "c.o", C(1));
    expect(updated(lines(3, 4)).exit).toBe(20);
    const before = statSync(output, { bigint: true }).mtimeNs;
    compile(directory, "c.o", `${C(1)} int gone(void); int calls(void) { return gone(); }`);
    expect(update(lines(3, 5))).toMatchObject({ code: 1, stderr: expect.stringContaining('undefined symbol "gone"') });
    rmSync(join(directory, "c.o"));
    expect(update(lines(3, 5))).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot find") });
    compile(directory, "c.o", C(2));
    expect(update(lines(3, 5, { func: "bad", code: { asm: "call nobody" } }))).toMatchObject({ code: 1 });
    expect(statSync(output, { bigint: true }).mtimeNs).toBe(before);
    expect(updated(lines(3, 5)).exit).toBe(22);
  });

  it("is a full one where the header changes, and where files of the session are gone", () => {
    compile(directory, "c.o", C(1));
    expect(updated(lines(3, 4)).exit).toBe(20);
    const based = lines(3, 4).map((line, i) => (i === 0 ? { ...line, imageBase: 0x2000000 } : line));
    expect(updated(based).said).toContain("the manifest's header changed");
    expect(tool("readelf", ["-hW", output])).toMatch(/Entry point address: +0x2/);
    for (const name of ["program.manifold.o", "program.manifold", "program.manifold.o.manifold", "program"]) {
      rmSync(join(directory, name));
      expect(updated(based).exit).toBe(20);
    }
    expect(update(lines(3, 4).map((line, i) => (i === 0 ? { ...line, output: "obj" } : line)))).toMatchObject({
      code: 1,
    });
    expect(updated(lines(3, 4)).exit).toBe(20);
  });

  it("follows the names that --changed says", () => {
    compile(directory, "c.o", C(1));
    updated(lines(3, 4));
    const { code, stderr } = update(lines(7, 4), "--changed", "triple");
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining("compared as a whole") });
    expect(run(output, []).code).toBe(40);
  });
});

describe("manifold watch", () => {
  it("follows the manifest and what it declares, also what was not there", async () => {
    const path = writeLines(directory, "program.ndjson", lines(3, 4));
    const watch = new WatchCommand([path, "-o", output]);
    let at = await watch.says(/cannot find \S+c\.o.*1 error; .* waiting for changes\n/s);
    expect(existsSync(output)).toBe(false);
    compile(directory, "c.o", C(1));
    at = await watch.says(/linked \S+ in .*\n/, at);
    expect(run(output, []).code).toBe(20);
    writeLines(directory, "program.ndjson", lines(4, 4));
    at = await watch.says(/linked \S+ in .*: 1 declaration emitted, .*\n/, at);
    expect(run(output, []).code).toBe(25);
    compile(directory, "c.o", C(2));
    at = await watch.says(/linked \S+ in .*\n/, at);
    expect(run(output, []).code).toBe(26);
    compile(directory, "d.o", "int d;");
    writeLines(directory, "program.ndjson", lines(4, 5, { input: "d.o" }));
    at = await watch.says(/linked \S+ in .*because an input changed.*\n/, at);
    expect(run(output, []).code).toBe(27);
    compile(directory, "d.o", "int e; int call_back(int x) { return 1; }");
    at = await watch.says(/"call_back" is defined twice.*1 error; .*\n/s, at);
    expect(await watch.signal("SIGTERM")).toBe(143);
    expect(readdirSync(directory).filter((name) => name.includes("manifold"))).toEqual([]);
  });
});
