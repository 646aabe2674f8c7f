import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonCursor, ManifestError } from "./json-cursor.js";

function cursorOver(text: string): JsonCursor {
  const bytes = new TextEncoder().encode(text);
  const cursor = new JsonCursor();
  cursor.reset(bytes, 0, bytes.length);
  return cursor;
}

function accepts(text: string): boolean {
  try {
    const cursor = cursorOver(text);
    cursor.skip();
    cursor.finish();
    return true;
  } catch (cause) {
    if (!(cause instanceof ManifestError)) throw cause;
    return false;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("JsonCursor", () => {
  it("accepts whatever JSON.stringify writes", () => {
    fc.assert(fc.property(fc.json(), (text) => accepts(text)));
  });

  it("accepts a damaged text exactly where JSON.parse does", () => {
    const piece = fc.constantFrom(
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "0",
      "-",
      ".",
      "e5",
      "true",
      "nul",
      "\\u00",
      " ",
      "\n",
      "\u0001",
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 2 }), fc.nat(), piece, fc.boolean(), (text, at, insert, cut) => {
        const position = at % (text.length + 1);
        const damaged = text.slice(0, position) + insert + text.slice(position + (cut ? 1 : 0));
        expect(accepts(damaged)).toBe(parses(damaged));
      }),
      { numRuns: 2000 },
    );
  });

  it("decodes strings as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (text) => {
        const json = JSON.stringify(text);
        const cursor = cursorOver(json);
        cursor.string("a string");
        const target = new Uint8Array(json.length * 3);
        const end = cursor.decodeString(target, 0);
        expect(Buffer.from(target.subarray(0, end))).toEqual(Buffer.from(JSON.parse(json) as string, "utf8"));
      }),
    );
  });

  it("reads every integer that a Number holds exactly", () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => cursorOver(` ${value} `).integer("it") === value));
  });

  it.each(["1.5", "1e3", "9007199254740992", "-9007199254740993", "01", "1.0"])("refuses %s as an integer", (text) => {
    expect(() => cursorOver(text).integer("offset")).toThrow(/offset must be an integer/);
  });

  it("says what it expected, what it found, and where", () => {
    const cursor = cursorOver('{"a": 1 "b": 2}');
    const read = (): void => {
      cursor.enterObject("it");
      for (let first = true; cursor.nextKey(first); first = false) cursor.skip();
    };
    expect(read).toThrow(ManifestError);
    expect(() => {
      cursor.reset(cursor.bytes, 0, cursor.end);
      read();
    }).toThrow('expected "," or "}", found """');
    expect(cursor.at).toBe(8);
  });

  it("stops at nesting that no manifest needs", () => {
    expect(() => cursorOver("[".repeat(100_000)).skip()).toThrow(/nested/);
  });
});
