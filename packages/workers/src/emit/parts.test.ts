import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Arena,
  Chunk,
  ChunkStatus,
  ChunkTable,
  Decl,
  type FileSource,
  openManifest,
  scanManifestFile,
} from "@manifold/core";
import { afterAll, describe, expect, it } from "vitest";
import { ChunkEmitter } from "./chunk-emitter.js";
import { TypeTables } from "./type-tables.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-parts-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Emits declarations `first` to `last` of a manifest as one chunk: the names emitted, and what is wrong where. */
function emitPart(path: string, first: number, last: number = first): { names: string[]; blamed: string[] } {
  const opened = openManifest(path);
  const lines = scanManifestFile(opened);
  const source: FileSource = { kind: "file", path, spelling: opened.spelling, scope: 0 };
  const chunks = new ChunkTable();
  chunks.add(0, lines.start[first]!, lines.start[last]! + lines.length[last]!);
  const arena = new Arena();
  const emitter = new ChunkEmitter(arena, 4, new TypeTables([]), () => {}, "refused");
  const status = emitter.emit(chunks, 0, source);
  emitter.close();
  expect(status).toBe(emitter.blamed.length === 0 ? ChunkStatus.EMITTED : ChunkStatus.FAILED);
  const blamed = emitter.blamed.map(({ diagnostic, offset, length }) => {
    const before = readFileSync(path).subarray(0, offset);
    const line = before.toString("latin1").split("\n").length;
    return `${diagnostic.code} ${line}:${offset - before.lastIndexOf("\n")}+${length}`;
  });
  const count = status === ChunkStatus.EMITTED ? chunks.get(0, Chunk.DECL_COUNT) : 0;
  const records = new Int32Array(arena.region.buffer, chunks.get(0, Chunk.DECLS), count * Decl.WORDS);
  const names = Array.from({ length: count }, (_, decl) => {
    const name = records[decl * Decl.WORDS + Decl.NAME]!;
    const length = records[decl * Decl.WORDS + Decl.NAME_LENGTH]!;
    return Buffer.from(arena.bytes.subarray(name, name + length)).toString();
  });
  return { names, blamed };
}

const JSON_TEXT = `{
  "manifold": 1,
  "target": "x86_64-linux",
  "declarations": [
    {"var": "é", "zero": 4}, {"var": "b", "zero": 4}
    ,
    {
      "func": "c",
      "code": {"bytes": "c3"}
    },{"const": "d", "bytes": "0x"},
    {"var": "e", "zero": 4, "zero": 4},
    {"var": "f", "zero": 4}
  ],
  "entry": "c"
}
`;

const NDJSON_TEXT = `{"manifold": 1, "target": "x86_64-linux"}\r
{"var": "é", "zero": 4}\r

  {"var": "b", "zero": 4}\r
{"const": "c", "bytes": "0x"}
{"var": "d", "zero": 4}`;

/** Each declaration by itself: its name, or what is wrong with it. */
const SPELLINGS = [
  { name: "part.json", text: JSON_TEXT, each: ["é", "b", "c", "MF0107 10:33+1", "MF0105 11:30+4", "f"] },
  { name: "part.ndjson", text: NDJSON_TEXT, each: ["é", "b", "MF0107 5:27+1", "d"] },
];

describe("a part of a manifest", () => {
  for (const { name, text, each } of SPELLINGS) {
    const path = join(directory, name);

    it(`is emitted alone, declaration by declaration, with places in the whole file: ${name}`, () => {
      writeFileSync(path, text);
      const found = each.map((_, i) => emitPart(path, i));
      expect(found.map(({ names, blamed }) => [...names, ...blamed])).toEqual(each.map((one) => [one]));
    });

    it(`may be several declarations that stand side by side: ${name}`, () => {
      writeFileSync(path, text);
      expect(emitPart(path, 0, 1)).toEqual({ names: ["é", "b"], blamed: [] });
      expect(emitPart(path, 1, 3).blamed).toEqual([each.find((one) => one.startsWith("MF"))]);
    });
  }
});
