import { describe, expect, it } from "vitest";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { makeHeader, readHeader } from "./header.js";
import { JsonCursor } from "./json-cursor.js";

function read(text: string): ReturnType<typeof readHeader> {
  const bytes = new TextEncoder().encode(text);
  const cursor = new JsonCursor();
  cursor.reset(bytes, 0, bytes.length);
  return readHeader(cursor);
}

describe("readHeader", () => {
  it("fills in the defaults that MANIFEST.md gives", () => {
    expect(read('{"manifold": 1, "target": "x86_64-linux"}')).toEqual({
      target: "x86_64-linux",
      output: "exe",
      pie: false,
      entry: "_start",
      imageBase: 0x1000000,
      stackSize: 0,
      functionAlignLog2: 4,
    });
  });

  it("puts a position-independent executable and a relocatable file at 0", () => {
    expect(read('{"manifold": 1, "target": "x86_64-linux", "pie": true}').imageBase).toBe(0);
    expect(read('{"manifold": 1, "target": "x86_64-linux", "output": "obj"}').imageBase).toBe(0);
  });

  it("takes an image base as a number or as hexadecimal text", () => {
    expect(read('{"manifold": 1, "target": "x86_64-linux", "imageBase": "0x400000"}').imageBase).toBe(0x400000);
    expect(read('{"manifold": 1, "target": "x86_64-linux", "imageBase": 4194304}').imageBase).toBe(0x400000);
  });

  it("aligns functions to the machine's minimum for small code", () => {
    expect(read('{"manifold": 1, "target": "x86_64-linux", "optimize": "small"}').functionAlignLog2).toBe(0);
  });

  it.each([
    ['{"target": "x86_64-linux"}', /must begin with its header/],
    ['{"manifold": 2, "target": "x86_64-linux"}', /version 2/],
    ['{"manifold": 1}', /needs "target"/],
    ['{"manifold": 1, "target": "z80"}', /cannot be "z80"/],
    ['{"manifold": 1, "target": "x86_64-linux", "otput": "exe"}', /unknown key "otput"/],
    ['{"manifold": 1, "target": "x86_64-linux", "target": "x86_64-linux"}', /twice/],
    ['{"manifold": 1, "target": "x86_64-linux", "link": "dynamic"}', /not supported/],
    ['{"manifold": 1, "target": "x86_64-linux", "imageBase": 4097}', /multiple of 4096/],
    ['{"manifold": 1, "target": "x86_64-linux", "imageBase": "0xffffffff80000000"}', /below 2\^47/],
    ['{"manifold": 1, "target": "x86_64-linux", "stackSize": -1}', /outside of the limits/],
    ['{"manifold": 1, "target": "x86_64-linux", "pie": 1}', /must be true or false/],
  ])("refuses %s", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it("checks a program's options as it checks a manifest's", () => {
    expect(() => makeHeader({ target: "vax" })).toThrow(DiagnosticError);
    expect(makeHeader({ target: "x86_64-freestanding", entry: "kernel" }).entry).toBe("kernel");
  });
});
