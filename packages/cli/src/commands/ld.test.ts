import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Diagnostic,
  type InputFile,
  linkObjects,
  type ObjectLinkOptions,
  type ObjectLinkResult,
} from "@manifold/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { run } from "./ld.js";
import { type Captured, runCaptured } from "./run-captured.test.helper.js";

// What is tested here is what stands around the linker.
vi.mock("@manifold/core", async (original) => ({ ...(await original<object>()), linkObjects: vi.fn() }));

let directory = "";
const at = (name: string) => join(directory, name);
const IMAGE = new Uint8Array(Buffer.from("an image"));

function linking(result: Partial<ObjectLinkResult>): void {
  vi.mocked(linkObjects).mockImplementation((inputs: readonly InputFile[], options: ObjectLinkOptions) => ({
    diagnostics: [],
    phases: [{ name: "read", thread: 0, start: 0, end: 1, kind: "serial" }],
    counters: { objects: inputs.length },
    image: IMAGE,
    loaded: inputs.map(({ path }) => path),
    removed: ["removed .text.f of a.o"],
    traced: options.traced.map((name) => `a.o: definition of ${name}`),
    map: () => "the map\n",
    ...result,
  }));
}

async function ld(...args: string[]): Promise<Captured> {
  return runCaptured(() => run(args));
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "manifold-ld-"));
  writeFileSync(at("a.s"), ".globl f\nf: ret\n");
  execFileSync("as", ["a.s", "-o", "a.o"], { cwd: directory });
  linking({});
});
afterEach(() => rmSync(directory, { recursive: true }));

const WARNING: Diagnostic = { code: "MF0299", severity: "warning", message: "odd" };
const ERROR: Diagnostic = {
  code: "MF0203",
  severity: "error",
  message: 'undefined symbol "g"',
  place: { file: "a.o" },
};

describe("a link", () => {
  test("writes the image, executable, and says nothing", async () => {
    expect(await ld(at("a.o"), "-o", at("out"))).toEqual({ code: 0, out: "", err: "" });
    expect(readFileSync(at("out"), "utf8")).toBe("an image");
    expect(statSync(at("out")).mode & 0o111).toBe(0o111 & ~process.umask());
  });

  test("prints what is asked for, where GNU ld prints it", async () => {
    const { code, out, err } = await ld("-v", "-t", "-M", "-y", "f", "--print-gc-sections", at("a.o"), "-o", at("out"));
    expect(code).toBe(0);
    expect(out).toMatch(/^Manifold .*\n/);
    expect(out.split("\n").slice(1)).toEqual([at("a.o"), "the map", ""]);
    expect(err).toBe("manifold: a.o: definition of f\nmanifold: removed .text.f of a.o\n");
  });

  test("writes the map to a file, or into a directory under the output's name", async () => {
    mkdirSync(at("maps"));
    await ld(at("a.o"), "-o", at("out"), `-Map=${at("out.txt")}`);
    await ld(at("a.o"), "-o", at("out"), "-Map", at("maps"));
    expect(readFileSync(at("out.txt"), "utf8")).toBe("the map\n");
    expect(readFileSync(at("maps/out.map"), "utf8")).toBe("the map\n");
  });

  test("writes what the output depends on as make reads it", async () => {
    writeFileSync(at("a $b.a"), "!<arch>\n");
    writeFileSync(at("libx.a"), `INPUT("${at("a $b.a")}")`);
    await ld(at("a.o"), `-L${directory}`, "-lx", "-o", at("out"), `--dependency-file=${at("d")}`);
    const text = readFileSync(at("d"), "utf8");
    for (const name of ["a.o", "libx.a", "a\\ $$b.a"]) expect(text).toContain(`\n${at(name)}:\n`);
  });

  test("tells phases under --stats", async () => {
    const { err } = await ld(at("a.o"), "-o", at("out"), "--stats");
    expect(err).toMatch(/^objects 1\nphase +wall ms +serial/);
    for (const phase of ["gather", "read", "flush", "total"]) expect(err).toMatch(new RegExp(`^${phase} +\\d`, "m"));
  });

  test("writes a trace with --time-trace", async () => {
    await ld(at("a.o"), "-o", at("out"), `--time-trace=${at("trace.json")}`);
    const { traceEvents } = JSON.parse(readFileSync(at("trace.json"), "utf8"));
    expect(traceEvents.map(({ name }: { name: string }) => name)).toContain("flush");
  });

  test("does not write a trace over an input", async () => {
    const { code } = await ld(at("a.o"), "-o", at("out"), `--time-trace=${at("a.o")}`);
    expect(code).toBe(1);
    expect(existsSync(at("out"))).toBe(false);
  });
});

describe("errors", () => {
  test("of the linker leave the output as it was, and are exit code 1", async () => {
    writeFileSync(at("out"), "before");
    linking({ diagnostics: [WARNING, ERROR], image: undefined });
    const { code, err } = await ld("-t", at("a.o"), "-o", at("out"), "-M", "--color-diagnostics=never");
    expect(code).toBe(1);
    expect(err).toMatch(/manifold: warning\[MF0299\]: odd\na\.o: error\[MF0203\]: undefined symbol "g"\n$/);
    expect(readFileSync(at("out"), "utf8")).toBe("before");
  });

  test("of the inputs are told all together, before anything is linked", async () => {
    vi.mocked(linkObjects).mockClear();
    const { code, err } = await ld(at("none.o"), "-lnone", "-static", "-o", at("out"));
    expect(code).toBe(1);
    expect(err).toMatch(/error\[MF0490\]: cannot find .*none\.o/);
    expect(err).toMatch(/error\[MF0480\]: cannot find -lnone\nnote: searched /);
    expect(linkObjects).not.toHaveBeenCalled();
  });

  test("of options are exit code 2", async () => {
    const { code, err } = await ld("--no-such-option", at("a.o"));
    expect([code, err.split("\n")[0]]).toEqual([2, "manifold: error[MF0501]: there is no option --no-such-option"]);
    expect((await ld()).code).toBe(2);
    expect((await ld("-shared", at("a.o"))).code).toBe(2);
  });

  test("an output that is an input is not written", async () => {
    const before = readFileSync(at("a.o"));
    for (const option of ["-o", "-Map", "--dependency-file"]) {
      const { code, err } = await ld("-o", at("out"), at("a.o"), option, at("a.o"));
      expect([code, /MF0303/.test(err)]).toEqual([1, true]);
    }
    expect(readFileSync(at("a.o"))).toEqual(before);
    expect(existsSync(at("out"))).toBe(false);
  });

  test("of writing are told as such", async () => {
    const { code, err } = await ld(at("a.o"), "-o", at("none/out"));
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/error\[MF0302\]: cannot write .*no such file or directory/),
    ]);
    expect((await ld(at("a.o"), "-o", at("out"), "-Map", at("none/map"))).code).toBe(1);
  });
});

describe("warnings", () => {
  beforeEach(() => linking({ diagnostics: [WARNING] }));

  test("are told, and the output is written", async () => {
    const { code, err } = await ld(at("a.o"), "-z", "bogus", "-o", at("out"));
    expect([code, err]).toEqual([0, expect.stringMatching(/MF0513[\s\S]*MF0299/)]);
    expect(existsSync(at("out"))).toBe(true);
  });

  test("are not told under -w", async () => {
    expect(await ld(at("a.o"), "-w", "-z", "bogus", "--fatal-warnings", "-w", "-o", at("out"))).toEqual({
      code: 0,
      out: "",
      err: "",
    });
  });

  test("are errors under --fatal-warnings", async () => {
    const { code, err } = await ld(at("a.o"), "--fatal-warnings", "-o", at("out"));
    expect([code, /MF0299[\s\S]*MF0515/.test(err)]).toEqual([1, true]);
    expect(existsSync(at("out"))).toBe(false);
  });
});

describe("calls that link nothing", () => {
  test("print what they are asked for", async () => {
    expect((await ld("--version")).out).toMatch(/^Manifold .*\(compatible with GNU ld\)\n$/);
    expect(await ld("-v")).toMatchObject({ code: 0, err: "" });
    expect((await ld("--help")).out).toMatch(/^Usage: manifold ld /);
    expect((await ld("--sysroot=/x", "--print-sysroot")).out).toBe("/x\n");
    expect((await ld("--print-output-format")).out).toBe("elf64-x86-64\n");
  });

  test("--make-dir makes a linker for gcc -B, and replaces none but its own", async () => {
    const made = at("it's a dir");
    const { code, out } = await ld("--make-dir", made);
    expect([code, out]).toEqual([0, expect.stringContaining(`${made}/ld`)]);
    expect(statSync(`${made}/ld`).mode & 0o100).toBe(0o100);
    expect((await ld("--make-dir", made)).code).toBe(0);
    writeFileSync(`${made}/ld`, "#!/bin/sh\n");
    await expect(run(["--make-dir", made])).rejects.toThrow("MF0514");
    await expect(run(["--make-dir", at("a.o")])).rejects.toThrow("MF0302");
  });
});
