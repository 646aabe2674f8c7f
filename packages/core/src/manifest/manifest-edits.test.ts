import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type EditOptions, ManifestVersion } from "./manifest-edits.js";
import { openManifest } from "./open-manifest.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-edits-"));
afterAll(() => rmSync(directory, { recursive: true }));

const HEADER = '{"manifold": 1, "target": "x86_64-linux"}';
const path = join(directory, "a.ndjson");

function write(lines: readonly string[]): void {
  writeFileSync(path, [HEADER, ...lines, ""].join("\n"));
}

function read(lines: readonly string[]): ManifestVersion {
  write(lines);
  return ManifestVersion.read(openManifest(path));
}

function edited(before: ManifestVersion, lines: readonly string[], options: Partial<EditOptions> = {}) {
  write(lines);
  return before.editsTo(openManifest(path), { edit: 1, good: 0, typed: () => [], ...options });
}

function linesOf(text: SharedArrayBuffer | undefined): string[] {
  if (text === undefined) return [];
  const [lead, ...lines] = Buffer.from(text).toString("utf8").split("\n");
  expect([lead, lines.pop()]).toEqual(["", ""]);
  return lines;
}

function keysOf({ keys }: ManifestVersion): unknown[] {
  return Array.from({ length: keys.count }, (_, line) => keys.get(line));
}

const func = (name: string, bytes = "c3"): string => JSON.stringify({ func: name, code: { bytes } });

describe("ManifestVersion", () => {
  it("hands over what is new or changed, in the order of the file, and removes what is gone", () => {
    const before = read([func("a"), func("b"), func("c")]);
    const after = edited(before, [func("d"), func("a"), func("c", "90c3")]);
    expect(linesOf(after.text)).toEqual([func("d"), func("c", "90c3")]);
    expect(after.removed).toEqual([before.keys.get(1)]);
    expect(after.needsLink).toBeUndefined();
  });

  it("removes a type by its name", () => {
    const before = read(['{"type": "T", "is": "u8"}', func("a")]);
    expect(edited(before, [func("a")]).removed).toMatchObject([{ class: "type", name: "T" }]);
  });

  it("hands over again what came since the last edit that was good", () => {
    const first = edited(read([func("a"), func("b")]), [func("a", "90"), func("b")]);
    const second = edited(first.version, [func("a", "90"), func("b", "91")], { edit: 2, good: 0 });
    expect(linesOf(second.text)).toEqual([func("a", "90"), func("b", "91")]);
    const third = edited(second.version, [func("a", "90"), func("b", "92")], { edit: 3, good: 2 });
    expect(linesOf(third.text)).toEqual([func("b", "92")]);
  });

  it("hands over again what depends on types, where types changed", () => {
    const value = '{"const": "v", "type": "T", "init": 1}';
    const before = read(['{"type": "T", "is": "u8"}', value, func("a")]);
    const typed = () => [before.keys.get(1)!];
    const after = edited(before, ['{"type": "T", "is": "u16"}', value, func("a")], { typed });
    expect(linesOf(after.text)).toEqual(['{"type": "T", "is": "u16"}', value]);
    expect(edited(before, [value, func("b")], { typed }).removed).toHaveLength(2);
  });

  it("asks for a link where a name that is edited is declared twice, before or after", () => {
    const one = [func("a"), func("b")];
    const two = [func("a"), func("b"), func("a", "90")];
    expect(edited(read(one), two).needsLink).toBe("a name is declared twice");
    expect(edited(read(two), one).needsLink).toBe("a name is declared twice");
    expect(edited(read(two), [func("a"), func("b", "90"), func("a", "90")]).needsLink).toBeUndefined();
  });

  it("asks for a link where most of a large manifest is new", () => {
    const lines = Array.from({ length: 2100 }, (_, i) => func(`f${i}`));
    expect(
      edited(
        read(lines),
        lines.map((line) => line.replace("c3", "90")),
      ).needsLink,
    ).toBe("most of it changed");
  });

  it("hands a declaration of several lines over as one", () => {
    const json = join(directory, "a.json");
    const put = (bytes: string): void =>
      writeFileSync(
        json,
        `{"manifold": 1, "target": "x86_64-linux", "declarations": [{\n  "func":\n "a",\n "bytes": "${bytes}"\n}]}`,
      );
    put("90");
    const before = ManifestVersion.read(openManifest(json));
    put("c3");
    const { text } = before.editsTo(openManifest(json), { edit: 1, good: 0, typed: () => [] });
    expect(linesOf(text)).toEqual(['{\t  "func":\t "a",\t "bytes": "c3"\t}']);
  });

  it("finds a line of an earlier text where it is now", () => {
    const first = edited(read([func("a"), func("b")]), [func("a"), func("b"), func("c"), func("d")]);
    const { version } = edited(first.version, [func("x"), "", func("d"), func("b")], { edit: 2, good: 1 });
    const offset = func("c").length + 1 + 9;
    expect(version.place(1, offset, 1)).toMatchObject({ file: path, line: 4, column: 10, lineText: func("d") });
    expect(version.place(1, 9, 1)).toBeUndefined();
    expect(version.place(0, HEADER.length + 1 + func("a").length + 1, 1)).toMatchObject({ line: 5, column: 1 });
  });

  it("reads a name that stands behind the head of its line", () => {
    const long = "n".repeat(100_000);
    const before = read([func(long), func("a")]);
    expect(before.keys.get(0)).toMatchObject({ class: "nav" });
    expect(edited(before, [func("a")]).removed).toEqual([before.keys.get(0)]);
  });

  it("knows after any edits what it would know from the start", () => {
    const line = fc.constantFrom(
      ...["a", "b", "c", "d", "e"].flatMap((name) => [
        func(name),
        func(name, "90"),
        `{"export": "${name}", "of": "a"}`,
      ]),
      '{"errors": ["E"]}',
      '{"func": ',
      "",
    );
    const lines = fc.array(line, { maxLength: 12 });
    fc.assert(
      fc.property(lines, fc.array(lines, { minLength: 1, maxLength: 4 }), (start, edits) => {
        let version = read(start);
        edits.forEach((next, index) => {
          const after = edited(version, next, { edit: index + 1, good: index });
          expect(keysOf(after.version)).toEqual(keysOf(read(next)));
          version = after.version;
        });
      }),
      { numRuns: 60 },
    );
  });
});
