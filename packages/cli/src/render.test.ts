import type { Diagnostic } from "@manifold/core";
import { describe, expect, it } from "vitest";
import { renderDiagnostic } from "./render.js";

const DIAGNOSTIC: Diagnostic = {
  code: "MF0111",
  severity: "error",
  message: 'unknown relocation type "PC23"',
  place: { file: "app.ndjson", line: 12, column: 9, length: 4, lineText: '\t{"a": "PC23"}', lineTextColumn: 9 },
  notes: [{ message: "first declared here", place: { file: "app.ndjson", line: 3, column: 1 } }],
  suggestion: 'Did you mean "PC32"?',
};

describe("renderDiagnostic", () => {
  it("shows place, code, message, the line with a mark, notes and the remedy", () => {
    expect(renderDiagnostic(DIAGNOSTIC)).toBe(
      [
        'app.ndjson:12:9: error[MF0111]: unknown relocation type "PC23"',
        ' 12 | \t{"a": "PC23"}',
        "    | \t       ^^^^",
        "app.ndjson:3:1: note: first declared here",
        '  help: Did you mean "PC32"?',
        "",
      ].join("\n"),
    );
  });

  it("names archive member, section and offset of an object", () => {
    const place = { file: "libz.a", member: "inflate.o", section: ".text", offset: 0x1a };
    expect(renderDiagnostic({ code: "MF0430", severity: "warning", message: "odd", place })).toBe(
      "libz.a(inflate.o): .text+0x1a: warning[MF0430]: odd\n",
    );
  });

  it("uses colours only where asked to", () => {
    expect(renderDiagnostic(DIAGNOSTIC)).not.toContain("\x1b");
    expect(renderDiagnostic(DIAGNOSTIC, true)).toContain("\x1b[31merror[MF0111]\x1b[39m");
  });

  it("speaks for the linker itself where there is no place", () => {
    expect(renderDiagnostic({ code: "MF0206", severity: "error", message: "no entry" })).toBe(
      "manifold: error[MF0206]: no entry\n",
    );
  });
});
