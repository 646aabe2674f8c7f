import { isUtf8 } from "node:buffer";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { DiagnosticError } from "../diagnostics/diagnostic.js";
import { firstInvalid, openManifest } from "./open-manifest.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-open-"));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function placeOf(path: string): string {
  try {
    openManifest(path);
  } catch (cause) {
    const { place, code } = (cause as DiagnosticError).diagnostics[0]!;
    return `${code} ${place?.line}:${place?.column}`;
  }
  return "no error";
}

const HEADER = '{"manifold": 1, "target": "x86_64-linux"}';

describe("openManifest", () => {
  it("reads the first line of NDJSON, and says where the declarations are", () => {
    const opened = openManifest(file("a.ndjson", `${HEADER}\n{"var": "x", "zero": 1}\n`));
    expect([opened.spelling, opened.start, opened.end]).toEqual(["lines", HEADER.length + 1, HEADER.length + 25]);
  });

  it("takes a header without declarations", () => {
    const opened = openManifest(file("b.ndjson", HEADER));
    expect(opened.start).toBe(opened.end);
  });

  it("finds the declarations of the JSON spelling wherever their key stands", () => {
    const text = '{"manifold": 1, "declarations": [ {"var": "x", "zero": 1} ], "target": "x86_64-linux"}';
    const opened = openManifest(file("c.json", text));
    expect(text.slice(opened.start, opened.end)).toBe(' {"var": "x", "zero": 1} ');
  });

  it("refuses a file in the JSON spelling that is too large to be read at once", () => {
    const path = file("large.json", `{"manifold": 1,\n`);
    truncateSync(path, 2 ** 31);
    expect(placeOf(path)).toBe("MF0140 1:1");
  });

  it("points at line and column of what is wrong", () => {
    expect(placeOf(file("d.json", '{"manifold": 1,\n  "target": "vax"}'))).toBe("MF0121 2:14");
    expect(placeOf(file("e.ndjson", ""))).toBe("MF0119 1:1");
    expect(placeOf(join(directory, "missing.ndjson"))).toBe("MF0301 undefined:undefined");
    expect(placeOf(directory)).toBe("MF0301 undefined:undefined");
  });
});

describe("firstInvalid", () => {
  it("finds the byte at which a text stops being UTF-8", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 20 }),
        fc.constantFrom(0xff, 0xc0, 0x80),
        fc.string({ maxLength: 5 }),
        (good, bad, rest) => {
          const before = Buffer.from(good, "utf8");
          const bytes = Buffer.concat([before, Buffer.from([bad]), Buffer.from(rest, "utf8")]);
          fc.pre(!isUtf8(bytes));
          expect(firstInvalid(bytes)).toBe(before.length);
        },
      ),
    );
  });
});
