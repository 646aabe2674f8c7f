/** The gunzip example: thousands of bytes of a compiler's code, imported and linked, against the real gunzip. */

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { link, ROOT, run, runBytes, tool } from "../support/command.js";
import { tempDir } from "../support/temp-dir.js";

const EXAMPLE = join(ROOT, "examples/gunzip");
const LIBZ = "/usr/lib/x86_64-linux-gnu/libz.a";

/** Links gunzip from the manifests in `manifests`. */
function linkGunzip(manifests = EXAMPLE): string {
  return link(
    ["runtime.ndjson", "zlib.ndjson"].map((name) => join(manifests, name)),
    join(tempDir(), "gunzip"),
  );
}

function gzip(bytes: Uint8Array, ...flags: readonly string[]): Buffer {
  return runBytes("gzip", ["-c", ...flags], { input: bytes }).stdout;
}

/** 2 MB of a program's code and data, which compresses neither well nor badly. */
const sample = (): Buffer => readFileSync(process.execPath).subarray(0, 2_000_000);

describe("gunzip, linked from manifests,", () => {
  it.each([
    ["fast", "-1"],
    ["well", "-9"],
  ])("decompresses to exactly what gunzip does, compressed %s", (_, flag) => {
    const compressed = gzip(sample(), flag);
    const ours = runBytes(linkGunzip(), [], { input: compressed });
    const theirs = runBytes("gunzip", ["-c"], { input: compressed });
    expect([ours.code, ours.stderr.toString()]).toEqual([0, ""]);
    expect(ours.stdout.equals(theirs.stdout)).toBe(true);
    expect(ours.stdout.equals(sample())).toBe(true);
  });

  it("decompresses nothing to nothing", () => {
    expect(run(linkGunzip(), [], { input: gzip(Buffer.alloc(0)) })).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  it("decompresses long runs, which refer far back", () => {
    const long = Buffer.alloc(30_000_000, "manifold ");
    const { code, stdout } = runBytes(linkGunzip(), [], { input: gzip(long) });
    expect(code).toBe(0);
    expect(stdout.equals(long)).toBe(true);
  });

  it("decompresses several members one after the other, and ignores zeros behind the last", () => {
    const input = Buffer.concat([gzip(Buffer.from("one ")), gzip(Buffer.from("two\n")), Buffer.alloc(512)]);
    expect(run(linkGunzip(), [], { input })).toMatchObject({ code: 0, stdout: "one two\n", stderr: "" });
  });

  it.each<[string, () => Uint8Array, number, string]>([
    ["no gzip file", () => Buffer.from("plain text\n"), 1, "not in gzip format"],
    ["an empty file", () => Buffer.alloc(0), 1, "unexpected end of file"],
    ["half a file", () => gzip(sample()).subarray(0, 100_000), 1, "unexpected end of file"],
    ["a wrong checksum", () => changed(gzip(sample()), -6), 1, "incorrect data check"],
    ["a wrong length", () => changed(gzip(sample()), -2), 1, "incorrect length check"],
    ["damaged data", () => changed(gzip(Buffer.alloc(1000)), 10), 1, "invalid"],
    ["other bytes behind the data", () => Buffer.concat([gzip(sample()), Buffer.from("x")]), 2, "trailing garbage"],
  ])("refuses %s with a message and an exit code", (_, input, code, message) => {
    const outcome = run(linkGunzip(), [], { input: input() });
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(/^gunzip: .*\n$/);
    expect(outcome.stderr).toContain(message);
  });

  it("works the same from manifests that are imported anew", () => {
    if (!existsSync(LIBZ)) throw new Error(`this test imports from ${LIBZ}: install zlib1g-dev`);
    const directory = join(tempDir(), "anew");
    mkdirSync(directory);
    tool(join(EXAMPLE, "import.sh"), [directory]);
    const { code, stdout } = runBytes(linkGunzip(directory), [], { input: gzip(sample()) });
    expect(code).toBe(0);
    expect(stdout.equals(sample())).toBe(true);
    const runtime = (of: string): string => readFileSync(join(of, "runtime.ndjson"), "utf8");
    expect(runtime(directory)).toBe(runtime(EXAMPLE));
  });
});

/** A copy of `bytes` with one byte changed, counted from the end if negative. */
function changed(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at < 0 ? copy.length + at : at]! ^= 0xff;
  return copy;
}
