import { describe, expect, it } from "vitest";
import { makeHeader } from "../manifest/header.js";
import type { Source } from "../protocol/sources.js";
import { DeclaredInputs } from "./declared-inputs.js";

const EXE = makeHeader({ target: "x86_64-linux", imageBase: 0x200000 });
const SOURCES: readonly Source[] = [0, 1].map((scope) => {
  return { kind: "file", path: `${scope}.ndjson`, spelling: "lines", scope };
});

describe("declared inputs", () => {
  it("are listed in the order of manifests and declarations, each once however often its chunk is emitted", () => {
    const inputs = new DeclaredInputs(EXE, true);
    const a = { path: "a.o", source: 0, offset: 90 };
    const b = { path: "b.o", source: 1, offset: 10 };
    inputs.add([b, a]);
    inputs.add([a, { path: "c.o", source: 0, offset: 7 }]);
    expect(inputs.list(SOURCES)).toEqual([
      { scope: 0, path: "c.o" },
      { scope: 0, path: "a.o" },
      { scope: 1, path: "b.o" },
    ]);
  });

  it("make a relocatable file of what would be a program", () => {
    const inputs = new DeclaredInputs(EXE, true);
    expect({ policy: inputs.policy, header: inputs.header, left: inputs.areLeftOut }).toEqual({
      policy: "taken",
      header: EXE,
      left: false,
    });
    inputs.add([{ path: "a.o", source: 0, offset: 0 }]);
    expect(inputs.areLeftOut).toBe(true);
    inputs.becomeObject();
    expect(inputs.areLeftOut).toBe(false);
    expect(inputs.header).toMatchObject({ output: "obj", imageBase: 0, entry: "_start" });
  });

  it("are refused by who cannot link them, and in a relocatable file", () => {
    expect(new DeclaredInputs(EXE, false).policy).toBe("refused");
    expect(new DeclaredInputs(makeHeader({ target: "x86_64-linux", output: "obj" }), true).policy).toBe("object");
  });
});
