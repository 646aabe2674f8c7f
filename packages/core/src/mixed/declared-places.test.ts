import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Diagnostic, Place } from "../diagnostics/diagnostic.js";
import { unusableInput } from "../diagnostics/ld.js";
import { duplicateDefinition, requiredUndefined, undefinedReference } from "../diagnostics/objects.js";
import { openManifest } from "../manifest/open-manifest.js";
import { explainMixed } from "./declared-places.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-places-"));
afterAll(() => rmSync(directory, { recursive: true }));

const OBJECT = "program.manifold.o";

function manifest(name: string, ...lines: readonly object[]): ReturnType<typeof openManifest> {
  const path = join(directory, name);
  const all = [{ manifold: 1, target: "x86_64-linux" }, ...lines];
  writeFileSync(path, all.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return openManifest(path);
}

const MANIFESTS = [
  manifest("a.ndjson", { input: "x.o" }, { extern: "_Z4gonei" }, { func: "main", code: { bytes: "c3" } }),
  manifest("b.ndjson", { export: "twice", of: "f" }, { func: "f", code: { bytes: "c3" } }, { input: "x.o" }),
];
const DECLARED = new Map([
  ["x.o", { scope: 0, path: "x.o" }],
  ["b/x.o", { scope: 1, path: "x.o" }],
]);

function explained(diagnostic: Diagnostic): Diagnostic {
  const [only] = explainMixed([diagnostic], { manifests: MANIFESTS, object: OBJECT, declared: DECLARED });
  return only!;
}

/** The manifest's file and line. */
function short(place: Place | undefined): string | undefined {
  return place && `${place.file!.replace(`${directory}/`, "")}:${place.line ?? ""}`;
}

const INSIDE = { file: OBJECT, section: ".text", offset: 4 };

describe("diagnostics of manifests with inputs", () => {
  it("have an undefined symbol where it is declared, also under its mangled name, and its uses by function", () => {
    const uses = [{ message: 'referred to by "main"', place: INSIDE }];
    const { message, place, notes, suggestion } = explained(
      undefinedReference("_Z4gonei", uses, 1, undefined, "error"),
    );
    expect(message).toBe('undefined symbol "gone(int)" (_Z4gonei)');
    expect([short(place), short(notes?.[0]?.place)]).toEqual(["a.ndjson:3", "a.ndjson:4"]);
    expect(suggestion).toContain('{"input"');
  });

  it("have a definition at its export, of whichever manifest", () => {
    const first = { message: "defined first here", place: INSIDE };
    const second = { message: "and again here", place: { file: "x.o", section: ".text", offset: 0 } };
    const { place, notes } = explained(duplicateDefinition("twice", first, second));
    expect(place).toEqual(second.place);
    expect(notes?.map((note) => short(note.place))).toEqual(["b.ndjson:2", "x.o:", "a.ndjson:2"]);
  });

  it("have a file that cannot be linked at the line that declares it, of the right manifest", () => {
    const { place, notes } = explained(unusableInput({ file: "b/x.o" }, "it is text", "Compile it."));
    expect(short(place)).toBe("b.ndjson:4");
    expect(notes).toEqual([{ message: "the file is b/x.o" }]);
    expect(explained(unusableInput({ file: "x.o" }, "it is text", "Compile it.")).notes).toBeUndefined();
  });

  it("never show the object that nobody wrote, be it that nothing is known of the place", () => {
    const uses = [{ message: "referred to here", place: INSIDE }];
    const { place, notes } = explained(undefinedReference("unheard", uses, 1, undefined, "error"));
    expect([place, notes?.[0]?.place].map(short)).toEqual(["a.ndjson:", "a.ndjson:"]);
  });

  it("leave alone what is about other files", () => {
    const place = { file: "libc.a", member: "a.o", section: ".text", offset: 1 };
    const one = undefinedReference("x", [{ message: "referred to here", place }], 1, undefined, "error");
    expect(explained(one)).toEqual({ ...one, suggestion: expect.stringContaining('{"input"') });
  });

  it("speak of the entry as manifests do", () => {
    expect(explained(requiredUndefined("begin"))).toMatchObject({
      code: "MF0221",
      message: 'no entry: nothing defines the symbol "begin"',
    });
  });
});
