import { mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { systemFiles } from "./files.js";
import { ImageBytes } from "./image-bytes.js";
import { OutputSource } from "./output-source.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-source-"));
afterAll(() => rmSync(directory, { recursive: true }));

function output(name: string, contents: Uint8Array): { path: string; source: OutputSource } {
  const path = join(directory, name);
  writeFileSync(path, contents);
  return { path, source: new OutputSource(path, systemFiles.stat(path)!.fingerprint) };
}

describe("OutputSource", () => {
  it("gives an image its bytes, a page at a time, and counts them", () => {
    const contents = Buffer.alloc(100_000, "abc");
    const { source } = output("a", contents);
    const image = new ImageBytes(source);
    expect(Buffer.from(image.read(50_000, 3))).toEqual(contents.subarray(50_000, 50_003));
    expect(source.bytesRead).toBe(4096);
    image.loadAll();
    expect(Buffer.compare(image.view.subarray(0, contents.length), contents)).toBe(0);
    expect(source.bytesRead).toBe(contents.length);
    source.close();
  });

  it("stays what it was where another file takes the name", () => {
    const { path, source } = output("b", Buffer.from("old bytes"));
    writeFileSync(`${path}.new`, "new bytes");
    renameSync(`${path}.new`, path);
    expect(Buffer.from(new ImageBytes(source).read(0, 9)).toString()).toBe("old bytes");
    source.close();
  });

  it("is refused where the file is not what it was, or not there", () => {
    const { path, source } = output("c", Buffer.from("some bytes"));
    source.close();
    const { fingerprint } = systemFiles.stat(path)!;
    writeFileSync(path, "more bytes here");
    expect(() => new OutputSource(path, fingerprint)).toThrow("MF0304");
    rmSync(path);
    expect(() => new OutputSource(path, fingerprint)).toThrow("MF0301");
  });

  it("says so where the file becomes shorter", () => {
    const { path, source } = output("d", Buffer.alloc(10_000, 1));
    truncateSync(path, 5000);
    expect(() => new ImageBytes(source).read(4096, 1)).toThrow("MF0304");
    source.close();
  });
});
