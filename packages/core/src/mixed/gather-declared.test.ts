import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openManifest } from "../manifest/open-manifest.js";
import { gatherDeclared } from "./gather-declared.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-gather-"));
afterAll(() => rmSync(directory, { recursive: true }));
mkdirSync(join(directory, "sub"));

function manifest(name: string): ReturnType<typeof openManifest> {
  writeFileSync(join(directory, name), '{"manifold": 1, "target": "x86_64-linux"}\n');
  return openManifest(join(directory, name));
}

const MANIFESTS = [manifest("a.ndjson"), manifest("sub/b.ndjson")];
const at = (name: string): string => join(directory, name);
writeFileSync(at("one.a"), "!<arch>\n");
writeFileSync(at("sub/two.a"), "!<arch>\n");
symlinkSync(at("one.a"), at("link.a"));
writeFileSync(at("script.a"), `GROUP(${at("one.a")})`);

const gather = (paths: readonly (readonly [scope: number, path: string])[], written: readonly string[] = []) =>
  gatherDeclared(
    paths.map(([scope, path]) => ({ scope, path })),
    MANIFESTS,
    written,
  );

describe("gatherDeclared", () => {
  it("finds files beside the manifest that declares them, in order, in one group", () => {
    const { inputs, diagnostics } = gather([
      [0, "sub/two.a"],
      [1, "../one.a"],
    ]);
    expect(diagnostics).toEqual([]);
    expect(inputs.map(({ path, group }) => [path, group])).toEqual([
      [at("sub/two.a"), 1],
      [at("one.a"), 1],
    ]);
  });

  it("links a file once, by whatever names it is declared", () => {
    const { inputs, declared } = gather([
      [0, "link.a"],
      [0, "./one.a"],
      [1, at("one.a")],
    ]);
    expect(inputs.map(({ path }) => path)).toEqual([at("link.a")]);
    expect([...declared]).toEqual([[at("link.a"), { scope: 0, path: "link.a" }]]);
  });

  it("tells what is missing, and depends on it all the same, and on what scripts lead to", () => {
    const { diagnostics, files } = gather([
      [0, "three.a"],
      [0, "script.a"],
    ]);
    expect(diagnostics.map(({ code, place }) => [code, place])).toEqual([["MF0490", { file: at("three.a") }]]);
    expect(files).toEqual([at("three.a"), at("script.a"), at("one.a")]);
  });

  it("refuses what is about to be written", () => {
    const { diagnostics } = gather([[0, "one.a"]], [at("link.a"), at("nothing")]);
    expect(diagnostics.map(({ code, place }) => [code, place])).toEqual([["MF0303", { file: at("link.a") }]]);
  });
});
