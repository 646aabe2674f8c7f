/** The JSON Schema of manifests accepts what the examples and the generator write, and says no to mistakes. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { writeManifest } from "../bench/generate.js";
import { ROOT } from "../support/command.js";
import { HEADER, type Line } from "../support/manifest.js";
import { tempDir } from "../support/temp-dir.js";

const schema = JSON.parse(readFileSync(join(ROOT, "packages/cli/schema/manifest.schema.json"), "utf8")) as Line & {
  $id: string;
};
const ajv = new Ajv2020({ strictRequired: false, allowUnionTypes: true });
ajv.addSchema(schema);
const isManifest = ajv.getSchema(schema.$id)!;
const isHeader = ajv.getSchema(`${schema.$id}#/$defs/header`)!;
const isDeclaration = ajv.getSchema(`${schema.$id}#/$defs/declaration`)!;
const isLine = ajv.getSchema(`${schema.$id}#/$defs/line`)!;

/** What the schema has against an NDJSON manifest. */
function complaints(path: string): string[] {
  return readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .flatMap((line, index) => {
      const validate = index === 0 ? isHeader : isDeclaration;
      return validate(JSON.parse(line)) ? [] : [`${path}:${index + 1}: ${ajv.errorsText(validate.errors)}`];
    });
}

const examples = readdirSync(join(ROOT, "examples"), { recursive: true, encoding: "utf8" });

describe("the schema", () => {
  it.each(examples.filter((name) => name.endsWith(".ndjson")))("accepts every line of the example %s", (name) => {
    expect(complaints(join(ROOT, "examples", name))).toEqual([]);
  });

  it.each(examples.filter((name) => name.endsWith(".json")))("accepts the example %s", (name) => {
    const valid = isManifest(JSON.parse(readFileSync(join(ROOT, "examples", name), "utf8")));
    expect(ajv.errorsText(isManifest.errors)).toBe("No errors");
    expect(valid).toBe(true);
  });

  it.each([false, true])("accepts every line of a generated manifest (pie: %s)", (pie) => {
    const path = join(tempDir(), "generated.ndjson");
    writeManifest(path, { functions: 500, seed: 3, pie });
    expect(complaints(path)).toEqual([]);
  });

  it.each<[string, Line]>([
    ["assembly", { func: "f", code: { asm: "ret" } }],
    ["base64", { const: "c", bytes: "base64:AAECAw==" }],
    ["base64 without its padding", { const: "c", bytes: "base64:AAECAw" }],
    ["a lazy symbol", { func: "f", code: { bytes: "c3" }, refs: { x: { lazy: "code", type: "Color" } } }],
    ["a typed value", { const: "c", type: "u32", init: 7 }],
    ["a type", { type: "T", is: { struct: { x: "u8", y: { type: { ptr: "T", size: "slice" }, align: 16 } } } }],
    ["an enum with numbers", { type: "E", is: { enum: ["a", ["b", "0x10"]], tag: "u8", open: true } }],
    ["errors", { errors: ["NotFound"] }],
    ["a pointer into a value", { const: "p", type: { ptr: "u8" }, init: { element: 2, of: { nav: "c", type: "T" } } }],
    ["an export of a lazy symbol", { export: "names", of: { lazy: "data", type: "anyerror" } }],
    ["an input", { input: "lib/helper.o" }],
    ["an export of an unnamed value", { export: "banner", of: { uav: { text: "hi" } } }],
    ["an export of an unnamed value by a ref", { export: "banner", of: "b", refs: { b: { uav: { text: "hi" } } } }],
    ["a ref without an offset", { func: "f", code: { bytes: "c3" }, refs: { r: { nav: "start" } } }],
    ["an extern of which nothing is known", { extern: "e" }],
    ["a weak extern", { extern: "hook", is: "func", weak: true, visibility: "protected" }],
  ])("accepts %s", (_, declaration) => {
    expect(isDeclaration(declaration)).toBe(true);
    expect(isLine(declaration)).toBe(true);
  });

  it.each<[string, Line]>([
    ["an unknown kind", { function: "f", code: { bytes: "c3" } }],
    ["an unknown key", { func: "f", code: { bytes: "c3" }, alignment: 4 }],
    ["an empty name", { var: "", zero: 4 }],
    ["an odd number of digits", { const: "c", bytes: "abc" }],
    ["bad base64", { const: "c", bytes: "base64:AA=A" }],
    ["an alignment that is no power of two", { const: "c", align: 3, bytes: "00" }],
    ["two kinds of contents", { const: "c", bytes: "00", zero: 1 }],
    ["no contents", { var: "v" }],
    ["code that is both bytes and assembly", { func: "f", code: { bytes: "c3", asm: "ret" } }],
    ["an unknown relocation type", { const: "c", bytes: "00000000", relocs: [[0, "R_X86_64_32", "f", 0]] }],
    ["a relocation without an addend", { const: "c", bytes: "00000000", relocs: [[0, "32", "f"]] }],
    ["a negative offset", { const: "c", bytes: "00000000", relocs: [[-1, "32", "f", 0]] }],
    ["a thread-local constant", { const: "c", bytes: "00", threadlocal: true }],
    ["an extern of an unknown kind", { extern: "e", is: "function" }],
    ["a name with a zero in it", { var: "a\u0000b", zero: 4 }],
    ["an alignment beyond 64 KiB", { const: "c", align: 131072, bytes: "00" }],
    ["a value larger than an image", { var: "v", zero: 2 ** 32 }],
    ["a type of nothing", { type: "T" }],
    ["a type of an unknown kind", { type: "T", is: { strct: {} } }],
    ["an array without a length", { const: "c", type: { array: "u8" }, init: [] }],
    ["an unknown visibility", { extern: "e", is: "func", visibility: "internal" }],
  ])("says no to %s", (_, declaration) => {
    expect(isDeclaration(declaration)).toBe(false);
  });

  it.each<[string, Line]>([
    ["another version", { ...HEADER, manifold: 2 }],
    ["no target", { manifold: 1 }],
    ["an unknown target", { ...HEADER, target: "pdp11-unix" }],
    ["a misspelt key", { ...HEADER, outptu: "exe" }],
    ["an image base that is no number", { ...HEADER, imageBase: "4 MiB" }],
    ["an image base within a page", { ...HEADER, imageBase: 0x400010 }],
  ])("says no to a header with %s", (_, header) => {
    expect(isHeader(header)).toBe(false);
    expect(isManifest({ ...header, declarations: [] })).toBe(false);
  });
});
