import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, decodeHex } from "./bytes.js";

type Decode = typeof decodeHex;

function decode(decoder: Decode, text: string): Uint8Array {
  const source = new TextEncoder().encode(text);
  const target = new Uint8Array(source.length + 4);
  return target.subarray(0, decoder(source, 0, source.length, target, 0));
}

describe("decodeHex", () => {
  it("decodes what Buffer encodes, in either case", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, upper) => {
        const text = Buffer.from(bytes).toString("hex");
        expect(decode(decodeHex, upper ? text.toUpperCase() : text)).toEqual(bytes);
      }),
    );
  });

  it("refuses every character that is no digit, and says which", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0x21, max: 0x7e }), fc.nat(7), (code, at) => {
        const character = String.fromCharCode(code);
        fc.pre(!/[0-9a-fA-F]/.test(character));
        const text = `${"0".repeat(at)}${character}${"0".repeat(7 - at)}`;
        expect(() => decode(decodeHex, text)).toThrow(`"${character}" is no hexadecimal digit`);
      }),
    );
  });

  it("refuses an odd number of digits", () => {
    expect(() => decode(decodeHex, "abc")).toThrow("an odd number of digits (3)");
  });
});

describe("decodeBase64", () => {
  it("decodes what Buffer encodes, with or without padding", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, padded) => {
        const text = Buffer.from(bytes).toString("base64");
        expect(decode(decodeBase64, padded ? text : text.replace(/=+$/, ""))).toEqual(bytes);
      }),
    );
  });

  it.each(["A", "AA=", "AAA=A", "AA==AA==", "A*==", "AB==", "====", "AAAAA==="])("refuses %s", (text) => {
    expect(() => decode(decodeBase64, text)).toThrow(/base64/);
  });
});
