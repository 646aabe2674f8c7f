import { describe, expect, it } from "vitest";
import type { Updated } from "./manifest-session.js";
import { linkedText } from "./watch-report.js";

const UPDATE = { emitted: 1, removed: 0, symbols: 1, nodes: 2, relocations: 5, changed: 180 };
const COUNTS = { declarations: 1200, symbols: 4, constants: 1, lazySymbols: 5, relocations: 2, chunks: 1, bytes: 900 };
const RESULT = { ok: true, diagnostics: [], phases: [], reason: undefined, bytesWritten: 180, counts: COUNTS };
const GOOD: Updated = {
  ok: true,
  diagnostics: [],
  reason: undefined,
  milliseconds: 3.14,
  result: { ...RESULT, update: UPDATE },
};

describe("linkedText", () => {
  it("says what an update cost", () => {
    expect(linkedText("app", GOOD)).toBe(
      "linked app in 3.1 ms: 1 declaration emitted, 2 placed, 5 relocations, 180 bytes written",
    );
    const update = { ...UPDATE, emitted: 0, removed: 2, nodes: 0, relocations: 1 };
    expect(linkedText("app", { ...GOOD, result: { ...RESULT, bytesWritten: 1, update } })).toBe(
      "linked app in 3.1 ms: 2 removed, 1 relocation, 1 byte written",
    );
  });

  it("says why all was linked", () => {
    const result = { ...RESULT, update: undefined };
    expect(linkedText("app", { ...GOOD, milliseconds: 120.4, reason: "the header changed", result })).toBe(
      "linked app in 120 ms, all of it because the header changed: 1,200 declarations, 180 bytes written",
    );
    expect(linkedText("app", { ...GOOD, result })).toBe("linked app in 3.1 ms: 1,200 declarations, 180 bytes written");
  });

  it("says that nothing changed, or that the output is as it was", () => {
    expect(linkedText("app", { ...GOOD, result: undefined })).toBe("nothing changed (3.1 ms)");
    const diagnostics = [{ code: "MF0301", severity: "error", message: "" }] as const;
    expect(linkedText("app", { ...GOOD, ok: false, diagnostics, result: undefined })).toBe(
      "1 error; app is as it was, waiting for changes",
    );
  });
});
