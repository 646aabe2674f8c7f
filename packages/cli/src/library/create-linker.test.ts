import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createLinker, type Declaration, DiagnosticError, type ManifoldLinker } from "../index.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-library-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** write(1, message, 6), exit(0). */
const START: Declaration = {
  func: "start",
  code: {
    bytes: Uint8Array.from(Buffer.from("b801000000bf01000000488d3500000000ba060000000f05b83c00000031ff0f05", "hex")),
    relocs: [[13, "PC32", "message", -4]],
  },
};
const ENTRY: Declaration = { export: "_start", of: "start" };
const message = (text: string): Declaration => ({ const: "message", text });

function linkerFor(name: string): { linker: ManifoldLinker; file: string } {
  const file = join(directory, name);
  return { linker: createLinker({ target: "x86_64-linux", file, workers: 1 }), file };
}

describe("createLinker", () => {
  it("links declarations that a program adds, with bytes as they are", async () => {
    const { linker, file } = linkerFor("hello");
    linker.add(START, message("Hello\n"));
    linker.add(ENTRY);
    const result = await linker.flush();
    await linker.close();
    expect(result.diagnostics).toEqual([]);
    expect(execFileSync(file, { encoding: "utf8" })).toBe("Hello\n");
    expect(result.bytesWritten).toBe(statSync(file).size);
  });

  it("writes nothing where nothing was added since the last flush", async () => {
    const { linker, file } = linkerFor("twice");
    linker.add(START, message("Hello\n"), ENTRY);
    await linker.flush();
    const before = statSync(file, { bigint: true });
    const again = await linker.flush();
    await linker.close();
    expect(again).toMatchObject({ ok: true, bytesWritten: 0 });
    expect(statSync(file, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
  });

  it("takes flushes and additions in the order of the calls", async () => {
    const { linker, file } = linkerFor("order");
    linker.add(START, ENTRY);
    const incomplete = linker.flush();
    linker.add(message("Order\n"));
    const complete = linker.flush();
    const results = await Promise.all([incomplete, complete]);
    await linker.close();
    expect(results.map(({ ok }) => ok)).toEqual([false, true]);
    expect(results[0].diagnostics[0]).toMatchObject({ code: "MF0202" });
    expect(execFileSync(file, { encoding: "utf8" })).toBe("Order\n");
  });

  it("returns diagnostics as data, with the declaration they are about", async () => {
    const linker = createLinker({
      target: "x86_64-linux",
      file: join(directory, "bad"),
      workers: 1,
      label: "unit.zig",
    });
    linker.add({ func: "broken", code: { bytes: "c" } });
    const { ok, diagnostics } = await linker.flush();
    await linker.close();
    expect(ok).toBe(false);
    expect(diagnostics).toMatchObject([{ code: "MF0107", severity: "error", place: { file: "unit.zig", line: 1 } }]);
    expect(diagnostics[0]?.place?.lineText).toContain('"broken"');
  });

  it("shows progress without a message to its thread", async () => {
    const { linker } = linkerFor("progress");
    linker.add(START, message("Hello\n"), ENTRY);
    await linker.flush();
    const { declarations, relocations } = linker.progress();
    await linker.close();
    expect(declarations).toBe(3);
    expect(relocations).toEqual({ done: 1, total: 1 });
  });

  it("refuses options that no header could have", () => {
    expect(() => createLinker({ target: "vax", file: join(directory, "vax") })).toThrow(DiagnosticError);
  });

  it("refuses a number of workers that cannot be", () => {
    for (const workers of [0, 1.5, 65]) {
      expect(() => createLinker({ target: "x86_64-linux", file: join(directory, "workers"), workers })).toThrow(
        /MF0703/,
      );
    }
  });

  it("may be closed twice, and takes nothing more", async () => {
    const { linker } = linkerFor("closed");
    await linker.close();
    await linker.close();
    expect(() => linker.add(ENTRY)).toThrow(/this linker is closed/);
    await expect(linker.flush()).rejects.toThrow(/this linker is closed/);
  });

  it("lets the program end once it is closed", () => {
    const script = `
      import { createLinker } from ${JSON.stringify(import.meta.resolve("../../dist/index.js"))};
      const linker = createLinker({ target: "x86_64-linux", file: ${JSON.stringify(join(directory, "end"))}, workers: 1 });
      await linker.flush();
      await linker.close();
      console.log("closed");`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(output).toBe("closed\n");
  });
});
