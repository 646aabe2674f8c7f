import { describe, expect, it } from "vitest";
import { type Declaration, declarationLine } from "./declarations.js";

const line = (declaration: Declaration): unknown => JSON.parse(declarationLine(declaration));

describe("declarationLine", () => {
  it.each([Uint8Array.of(1, 2), Buffer.of(1, 2)])("writes bytes as base64", (bytes) => {
    expect(line({ const: "c", bytes })).toEqual({ const: "c", bytes: "base64:AQI=" });
  });

  it("writes bytes inside a typed value as such a value", () => {
    expect(line({ const: "c", type: { array: "u8", len: 2 }, init: Buffer.of(1, 2) })).toMatchObject({
      init: { bytes: "base64:AQI=" },
    });
  });

  it("writes integers of any size", () => {
    expect(line({ const: "c", type: "u128", init: 2n ** 100n })).toMatchObject({
      init: "1267650600228229401496703205376",
    });
  });
});
