import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { type OpenedManifest, openManifest } from "./open-manifest.js";
import { type ManifestLines, scanManifest, scanManifestFile } from "./scan-manifest.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-scan-"));
afterAll(() => rmSync(directory, { recursive: true }));

const HEADER = '{"manifold": 1, "target": "x86_64-linux"}';

function file(name: string, text: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** The texts of the declarations; both ways of scanning agree. */
function spansOf(name: string, text: string): string[] {
  const opened = openManifest(file(name, text));
  const bytes = Buffer.from(text);
  const lines = scanManifest(bytes, opened);
  expect(scanManifestFile(opened)).toEqual(lines);
  return textsOf(lines, bytes);
}

function textsOf({ count, start, length }: ManifestLines, bytes: Buffer): string[] {
  return Array.from({ length: count }, (_, i) => bytes.toString("utf8", start[i], start[i]! + length[i]!));
}

function messageOf(scan: () => unknown): string {
  try {
    scan();
  } catch (cause) {
    if (!(cause instanceof DiagnosticError)) throw cause;
    const { code, place } = cause.diagnostics[0]!;
    return `${code} ${place?.line}:${place?.column}`;
  }
  return "no error";
}

describe("scanning NDJSON", () => {
  it("finds a line per declaration, the last one also without a newline", () => {
    expect(spansOf("a.ndjson", `${HEADER}\n{"a": 1}\n{"b": 2}`)).toEqual(['{"a": 1}', '{"b": 2}']);
  });

  it("leaves out blank lines and what ends a line on other systems, but keeps what indents one", () => {
    expect(spansOf("b.ndjson", `${HEADER}\r\n\r\n{"a": 1}\r\n \t\r\n\n  {"b": 2} \r\n\r`)).toEqual([
      '{"a": 1}',
      '  {"b": 2} ',
    ]);
  });

  it("finds nothing behind a header that stands alone", () => {
    expect(spansOf("c.ndjson", HEADER)).toEqual([]);
    expect(spansOf("d.ndjson", `${HEADER}\n\n`)).toEqual([]);
  });

  it("gives equal declarations equal hashes, wherever they stand and however the line ends", () => {
    const opened = openManifest(file("e.ndjson", `${HEADER}\n{"a": 1}\n{"b": 2}\r\n{"a": 1}\r\n{"b": 2}`));
    const { hash0, hash1 } = scanManifestFile(opened);
    const hashes = Array.from(hash0, (hash, i) => `${hash} ${hash1[i]}`);
    expect([hashes[2], hashes[3]]).toEqual([hashes[0], hashes[1]]);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it("finds the lines of a file of several blocks, and lines that are longer than a block", () => {
    const length = fc.oneof(
      { weight: 20, arbitrary: fc.nat(3000) },
      { weight: 5, arbitrary: fc.nat(200_000) },
      { weight: 1, arbitrary: fc.integer({ min: 500_000, max: 2_500_000 }) },
    );
    fc.assert(
      fc.property(fc.array(length, { maxLength: 60, size: "max" }), fc.boolean(), (lengths, ends) => {
        const lines = lengths.map((count, i) => String(i).padStart(count, "x"));
        const text = `${HEADER}\n${lines.join("\n")}${ends ? "\n" : ""}`;
        expect(spansOf("f.ndjson", text)).toEqual(lines);
      }),
      { numRuns: 25 },
    );
  });

  it("counts bytes beyond 4 GiB", () => {
    const path = file("g.ndjson", `${HEADER}\n`);
    const hole = 5 * 2 ** 30;
    truncateSync(path, hole);
    appendFileSync(path, '\n{"a": 1}\n{"b": 2}\n');
    const opened: OpenedManifest = { ...openManifest(file("h.ndjson", HEADER)), path, start: hole + 1, end: hole + 19 };
    expect([...scanManifestFile(opened).start]).toEqual([hole + 1, hole + 10]);
  });

  it("ends where a file ends that has become shorter since it was opened", () => {
    const opened = openManifest(file("i.ndjson", `${HEADER}\n{"a": 1}\n{"b": 2}\n`));
    truncateSync(opened.path, opened.start + 4);
    expect([...scanManifestFile(opened).length]).toEqual([4]);
  });

  it("says so where the file is gone", () => {
    const opened = openManifest(file("j.ndjson", `${HEADER}\n`));
    rmSync(opened.path);
    expect(messageOf(() => scanManifestFile({ ...opened, end: opened.end + 1 }))).toBe("MF0301 undefined:undefined");
  });
});

describe("scanning JSON", () => {
  const wrap = (elements: string): string => `{"manifold": 1, "declarations": [${elements}], "target": "x86_64-linux"}`;

  it("finds the array's elements, whatever is in them", () => {
    const elements = ['{"a": [1, {"]": "\\"}"}]}', "{}", '{\n  "b": "é"\n}'];
    expect(spansOf("a.json", wrap(`\n  ${elements.join(" ,\n")}\n`))).toEqual(elements);
    expect(spansOf("b.json", wrap(""))).toEqual([]);
  });

  it("finds the elements of any JSON", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), fc.constantFrom(undefined, 2), (values, indent) => {
        const elements = values.map((value) => JSON.stringify(value, undefined, indent));
        expect(spansOf("c.json", wrap(elements.join(",\n")))).toEqual(elements);
      }),
    );
  });

  it("points at what is malformed in a file that has changed since it was opened", () => {
    const opened = openManifest(file("d.json", wrap('{"a": 1}, {"b": 2}')));
    writeFileSync(opened.path, wrap('{"a": 1}; {"b": 2}'));
    expect(messageOf(() => scanManifestFile(opened))).toBe("MF0101 1:42");
  });
});
