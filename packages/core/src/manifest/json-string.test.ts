import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EscapeMap } from "./escape-map.js";
import { decodeEscapes } from "./json-string.js";

function decode(source: string, escapes?: EscapeMap): string {
  const bytes = Buffer.from(source);
  const target = new Uint8Array(bytes.length);
  return Buffer.from(target.subarray(0, decodeEscapes(bytes, 0, bytes.length, target, 0, escapes))).toString();
}

/** Strings of JSON with escapes of all kinds, as they stand between their quotes. */
const SPELLED = fc
  .array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("\\n", "\\t", '\\"', "\\/", "\\u0041", "\\u20AC")))
  .map((parts) => parts.map((part) => (part.startsWith("\\") && part.length > 1 ? part : inner(part))).join(""));

const inner = (text: string): string => JSON.stringify(text).slice(1, -1);

describe("decoding the escapes of a JSON string", () => {
  it("gives what JSON.parse gives", () => {
    fc.assert(
      fc.property(SPELLED, (source) => decode(source) === JSON.parse(`"${source}"`)),
      { numRuns: 300 },
    );
  });

  it("joins the halves of a surrogate pair, and replaces a half that stands alone", () => {
    expect(decode("\\ud83d\\ude00")).toBe("😀");
    expect(decode("\\ud83dx\\ude00")).toBe("\ufffdx\ufffd");
  });

  it("tells where every decoded character stands in the source", () => {
    const escapes = new EscapeMap();
    const source = "a\\n\\u20ACb\\tc";
    const text = Buffer.from(decode(source, escapes));
    const places = [..."ab\tc"].map((character) => escapes.sourceOffset(text.indexOf(character)));
    expect(places).toEqual([0, 9, 10, 12]);
  });
});
