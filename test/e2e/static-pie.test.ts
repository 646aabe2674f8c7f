/** Position-independent programs without a dynamic linker: they find `_DYNAMIC` and relocate themselves. */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeManifest } from "../bench/generate.js";
import { link, manifold, run, tool } from "../support/command.js";
import { CODES } from "../support/diagnostic-codes.js";
import { segments, symbol } from "../support/elf-view.js";
import { EXIT_0, HEADER, type Line, linkLines, writeLines } from "../support/manifest.js";
import { tempDir } from "../support/temp-dir.js";

const PIE: Line = { ...HEADER, pie: true };

function generated(): string {
  const directory = tempDir();
  const manifest = join(directory, "program.ndjson");
  writeManifest(manifest, { functions: 300, seed: 4, pie: true });
  return link([manifest], join(directory, "program"));
}

describe("a position-independent program", () => {
  it("is of type DYN and has no interpreter", () => {
    const program = linkLines([PIE, ...EXIT_0]);
    expect(tool("readelf", ["-hW", program])).toMatch(/Type:\s+DYN /);
    expect(segments(program).some(({ type }) => type === "INTERP")).toBe(false);
    expect(run(program, [])).toMatchObject({ code: 0, signal: null });
  });

  it("runs at whatever address it is loaded", () => {
    const program = generated();
    const outcomes = Array.from({ length: 5 }, () => run(program, []));
    const unshuffled = run("setarch", ["-R", program]);
    expect(new Set([...outcomes, unshuffled].map(({ code, stdout }) => `${code} ${stdout}`)).size).toBe(1);
    expect(unshuffled.code).toBe(0);
  });

  it("has a relative relocation for each pointer in its data, and no other kind", () => {
    const program = linkLines([
      PIE,
      ...EXIT_0,
      { var: "v", align: 8, bytes: "00".repeat(16), relocs: [[8, "64", "start", 3]] },
      { const: "c", align: 8, bytes: "00".repeat(8), relocs: [[0, "64", "v", -1]] },
    ]);
    const hex = (value: number): string => value.toString(16);
    const rows = [...tool("readelf", ["-rW", program]).matchAll(/^([0-9a-f]+)\s+[0-9a-f]+ (R_\S+)\s+(-?[0-9a-f]+)$/gm)];
    const found = rows.map(([, offset, type, addend]) => [hex(Number.parseInt(offset!, 16)), type, addend]).sort();
    expect(found).toEqual(
      [
        [hex(symbol(program, "v").value + 8), "R_X86_64_RELATIVE", hex(symbol(program, "start").value + 3)],
        [hex(symbol(program, "c").value), "R_X86_64_RELATIVE", hex(symbol(program, "v").value - 1)],
      ].sort(),
    );
  });

  it.each(["32", "32S"])("cannot have a relocation of the type %s, and is told so", (type) => {
    const directory = tempDir();
    const place = { func: "place", code: { bytes: "b800000000c3", relocs: [[1, type, "start", 0]] } };
    const manifest = writeLines(directory, "program.ndjson", [PIE, ...EXIT_0, place]);
    const { code, stderr } = manifold(["link", manifest, "-o", join(directory, "program")]);
    expect(code).toBe(1);
    expect(stderr).toContain(CODES.relocationInPie);
    expect(stderr).toContain("place");
    expect(stderr).toContain("start");
  });

  it("refuses a relative address of a weak symbol that nothing defines", () => {
    const weak: Line = { extern: "maybe", is: "object", weak: true };
    const code = { bytes: "488d0500000000c3", relocs: [[3, "PC32", "maybe", -4]] };
    const directory = tempDir();
    const manifest = writeLines(directory, "weak.ndjson", [PIE, ...EXIT_0, weak, { func: "f", code }]);
    const outcome = manifold(["link", manifest, "-o", join(directory, "program")]);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain(CODES.relocationToNothing);
  });
});
