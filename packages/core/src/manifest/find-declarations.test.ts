import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findDeclarations } from "./find-declarations.js";
import { openManifest } from "./open-manifest.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-find-"));
afterAll(() => rmSync(directory, { recursive: true }));

const LINES = [
  '{"func": "f", "code": {"bytes": "c3"}}',
  '  {"extern": "\\u0067"}',
  '{"export": "f", "of": "f"}',
  '{"input": "lib/x.a"}',
  '{"input": "lib/x.a"}',
];

function written(name: string, text: string): ReturnType<typeof openManifest> {
  writeFileSync(join(directory, name), text);
  return openManifest(join(directory, name));
}

describe("findDeclarations", () => {
  const WANTED = [
    { class: "nav", name: "g" },
    { class: "export", name: "f" },
    { class: "nav", name: "f" },
    { class: "input", name: "lib/x.a" },
    { class: "nav", name: "nobody" },
  ] as const;

  it("finds names by class in NDJSON, escaped ones too, and the first of several", () => {
    const header = '{"manifold": 1, "target": "x86_64-linux"}';
    const places = findDeclarations(written("a.ndjson", [header, ...LINES, ""].join("\n")), WANTED);
    expect(places.map((place) => place && [place.line, place.column, place.length])).toEqual([
      [3, 15, 6],
      [4, 13, 1],
      [2, 11, 1],
      [5, 12, 7],
      undefined,
    ]);
    expect(places[1]?.lineText).toBe(LINES[2]);
  });

  it("finds them in JSON", () => {
    const text = `{"manifold": 1, "target": "x86_64-linux", "declarations": [\n${LINES.join(",\n")}]}`;
    const places = findDeclarations(written("a.json", text), WANTED);
    expect(places.map((place) => place?.line)).toEqual([3, 4, 2, 5, undefined]);
  });

  it("finds nothing in a file that is gone", () => {
    const opened = written("gone.ndjson", '{"manifold": 1, "target": "x86_64-linux"}\n');
    rmSync(opened.path);
    expect(findDeclarations(opened, WANTED)).toEqual(WANTED.map(() => undefined));
    expect(findDeclarations(opened, [])).toEqual([]);
  });
});
