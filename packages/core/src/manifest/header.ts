/** The manifest's header: its keys, their values and their defaults (MANIFEST.md, "Header"). */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import * as blame from "../diagnostics/manifest.js";
import { WordTable } from "../memory/word-table.js";
import { JsonCursor, ManifestError } from "./json-cursor.js";

export type OutputKind = "exe" | "obj";

export interface Header {
  readonly target: string;
  readonly output: OutputKind;
  readonly pie: boolean;
  /** The exported symbol that becomes `e_entry`. */
  readonly entry: string;
  readonly imageBase: number;
  /** Bytes, for PT_GNU_STACK. */
  readonly stackSize: number;
  /** log2 of the alignment of functions that ask for none. */
  readonly functionAlignLog2: number;
}

const KEYS = new WordTable([
  "manifold",
  "target",
  "output",
  "link",
  "pie",
  "entry",
  "imageBase",
  "stackSize",
  "optimize",
]);
/** The keys of the JSON spelling: `$schema` tells editors where the schema is, and means nothing here. */
const PEOPLE_KEYS = new WordTable([...KEYS.words, "declarations", "$schema"]);
const TARGETS = ["x86_64-linux", "x86_64-freestanding"];
const OUTPUTS = ["exe", "lib", "obj"];
const LINKS = ["static", "dynamic"];
const OPTIMIZE = ["debug", "safe", "fast", "small"];

const DEFAULT_EXE_BASE = 0x1000000;
const BASE_LIMIT = 2 ** 47;

/** The header as programs give it: the manifest's keys, all but `target` with defaults. */
export interface HeaderOptions {
  readonly target: string;
  readonly output?: OutputKind;
  readonly pie?: boolean;
  readonly entry?: string;
  readonly imageBase?: number;
  readonly stackSize?: number;
  readonly optimize?: "debug" | "safe" | "fast" | "small";
}

/** Checks the options as a manifest's header is checked, and fills in the defaults. Throws DiagnosticError. */
export function makeHeader({ target, output, pie, entry, imageBase, stackSize, optimize }: HeaderOptions): Header {
  const text = JSON.stringify({ manifold: 1, target, output, pie, entry, imageBase, stackSize, optimize });
  const bytes = new TextEncoder().encode(text);
  const cursor = new JsonCursor();
  cursor.reset(bytes, 0, bytes.length);
  try {
    return readHeader(cursor);
  } catch (cause) {
    if (cause instanceof ManifestError) throw new DiagnosticError(cause.diagnostic);
    throw cause;
  }
}

/** Fills in the defaults. */
function completeHeader(given: Partial<Header> & { readonly target: string }): Header {
  const output = given.output ?? "exe";
  const pie = given.pie ?? false;
  return {
    target: given.target,
    output,
    pie,
    entry: given.entry ?? "_start",
    imageBase: given.imageBase ?? (output === "exe" && !pie ? DEFAULT_EXE_BASE : 0),
    stackSize: given.stackSize ?? 0,
    functionAlignLog2: given.functionAlignLog2 ?? 4,
  };
}

/**
 * Reads the header object at the cursor. `declarations`, in the JSON spelling, is called at the array; in the NDJSON
 * spelling it is absent, and the keys of that spelling are unknown. `manifold` comes first, save for `$schema`.
 */
export function readHeader(cursor: JsonCursor, declarations?: () => void): Header {
  const start = cursor.at;
  const keys = declarations === undefined ? KEYS : PEOPLE_KEYS;
  const given: { -readonly [K in keyof Header]?: Header[K] } = {};
  const seen = new Set<string>();
  cursor.enterObject("the header");
  for (let first = true; cursor.nextKey(first); first = false) {
    const key = keys.words[keys.find(cursor.bytes, cursor.stringStart, cursor.stringEnd)];
    if (!seen.has("manifold") && key !== "manifold" && key !== "$schema")
      cursor.failString(blame.headerMissing(`"${cursor.shownString()}"`));
    if (key === undefined)
      cursor.failString(blame.unknownKey(cursor.shownString(), "the header", keys.nearest(cursor.shownString())));
    if (seen.has(key)) cursor.failString(blame.duplicateKey(key, "the header"));
    seen.add(key);
    readValue(cursor, key, given, declarations);
  }
  if (!seen.has("manifold")) throw new ManifestError(blame.headerMissing('an object without "manifold"'), start, 1);
  if (given.target === undefined) throw new ManifestError(blame.missingKey("target", "the header"), start, 1);
  if (declarations !== undefined && !seen.has("declarations"))
    throw new ManifestError(blame.missingKey("declarations", "the manifest"), start, 1);
  return completeHeader({ ...given, target: given.target });
}

function readValue(
  cursor: JsonCursor,
  key: string,
  given: { -readonly [K in keyof Header]?: Header[K] },
  declarations?: () => void,
): void {
  switch (key) {
    case "manifold": {
      const version = cursor.integer("manifold");
      if (version !== 1) throw new ManifestError(blame.wrongVersion(version), cursor.at - 1, 1);
      return;
    }
    case "target":
      given.target = choice(cursor, "target", TARGETS);
      return;
    case "output": {
      const output = choice(cursor, "output", OUTPUTS);
      if (output === "lib") cursor.failString(blame.notYet('"output": "lib"'));
      given.output = output as OutputKind;
      return;
    }
    case "link":
      if (choice(cursor, "link", LINKS) === "dynamic") cursor.failString(blame.notYet('"link": "dynamic"'));
      return;
    case "pie":
      given.pie = cursor.boolean("pie");
      return;
    case "entry":
      cursor.string("entry");
      given.entry = cursor.stringText();
      return;
    case "imageBase":
      given.imageBase = readBase(cursor);
      return;
    case "stackSize":
      given.stackSize = readSize(cursor);
      return;
    case "optimize":
      given.functionAlignLog2 = choice(cursor, "optimize", OPTIMIZE) === "small" ? 0 : 4;
      return;
    case "$schema":
      cursor.string("$schema");
      return;
    case "declarations":
      declarations?.();
  }
}

function choice(cursor: JsonCursor, what: string, known: readonly string[]): string {
  cursor.string(what);
  const text = cursor.shownString();
  if (!known.includes(text))
    cursor.failString(blame.unknownValue(what, text, known, new WordTable(known).nearest(text)));
  return text;
}

function readBase(cursor: JsonCursor): number {
  const isString = cursor.peek() === 0x22;
  const start = cursor.at;
  let base: number;
  if (isString) {
    cursor.string("imageBase");
    base = /^0x[0-9a-fA-F]{1,16}$/.test(cursor.stringText()) ? Number(cursor.stringText()) : Number.NaN;
  } else base = cursor.integer("imageBase");
  if (!(base >= 0 && base < BASE_LIMIT && base % 4096 === 0))
    throw new ManifestError(blame.notBase(cursor.textOf(start, cursor.at)), start, cursor.at - start);
  return base;
}

function readSize(cursor: JsonCursor): number {
  cursor.peek();
  const start = cursor.at;
  const size = cursor.integer("stackSize");
  if (size < 0)
    throw new ManifestError(blame.badSize("a stack", size, Number.MAX_SAFE_INTEGER), start, cursor.at - start);
  return size;
}
