import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hash0, hash1, hash2, hashBytes } from "../memory/hash.js";
import { type DeclarationKey, declarationKey } from "./declaration-key.js";

function keyOf(text: string | Uint8Array): DeclarationKey | undefined {
  const bytes = Buffer.from(text);
  return declarationKey(bytes, 0, bytes.length);
}

const shown = (text: string): string => {
  const key = keyOf(text);
  return key === undefined ? "none" : `${key.class} ${key.kind} ${key.name}`;
};

describe("declarationKey", () => {
  it("reads kind and name, and which kinds share their names", () => {
    expect(
      ["func", "const", "var", "extern", "export", "type", "input"].map((kind) => shown(`{"${kind}": "x"}`)),
    ).toEqual([
      "nav func x",
      "nav const x",
      "nav var x",
      "nav extern x",
      "export export x",
      "type type x",
      "input input x",
    ]);
    expect(shown('{"errors": ["A", "B"]}')).toBe("errors errors ");
  });

  it("takes the first key for the kind, as emission does", () => {
    expect(shown('{"align": 4, "func": "x"}')).toBe("none");
    expect(shown('{"type": "x", "is": "u8"}')).toBe("type type x");
    expect(shown('{"const": "x", "type": "u8", "init": 1}')).toBe("nav const x");
  });

  it("hashes a name as the records do, whatever escapes spell it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (name) => {
        fc.pre(!name.includes("\0"));
        const escaped = name.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
        const bytes = Buffer.from(name);
        hashBytes(bytes, 0, bytes.length);
        const expected = { kind: "func", class: "nav", name: bytes.toString(), hash0, hash1, hash2 };
        expect(keyOf(`{"func": "${escaped}"}`)).toEqual(expected);
        expect(keyOf(JSON.stringify({ func: name, code: {} }))).toEqual(expected);
      }),
    );
  });

  it("finds a declaration in the middle of a text", () => {
    const bytes = Buffer.from('[{"var": "a"}, {"var": "b"}]');
    expect([declarationKey(bytes, 1, 13)?.name, declarationKey(bytes, 15, 27)?.name]).toEqual(["a", "b"]);
  });

  it("looks at nothing behind the name", () => {
    expect(shown('{"func": "x", "code": {"bytes"')).toBe("nav func x");
  });

  it("has no key for what emission will not take for a declaration", () => {
    for (const text of ["", "{}", "[]", '"func"', '{"func"', '{"func":', '{"func": 1}', '{"funk": "x"}', '{"func": "x'])
      expect([text, shown(text)]).toEqual([text, "none"]);
    for (const name of ["", "a\\u0000", "\\x", "\n"])
      expect([name, shown(`{"func": "${name}"}`)]).toEqual([name, "none"]);
    expect(keyOf(Uint8Array.of(...Buffer.from('{"func": "'), 0xff, ...Buffer.from('"}')))).toBeUndefined();
  });

  it("never throws, whatever the bytes", () => {
    const piece = fc.oneof(
      fc.constantFrom("{", '"', "func", "export", "\\u", "\\", ":", "[", "}", " ").map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const key = keyOf(Buffer.concat(pieces));
        expect(key === undefined || key.class === "errors" || key.name.length > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
