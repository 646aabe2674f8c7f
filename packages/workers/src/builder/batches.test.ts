import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeControl, makeHeader, type RecordsBatch, Session } from "@manifold/core";
import { afterAll, expect, it } from "vitest";
import { InlinePool } from "../pool/inline-pool.js";
import { RecordsBuilder } from "./records-builder.js";
import { eax, edi, edx, rsi } from "./registers.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-batches-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** A program's batches: one a declaration, or one for all. */
function batches(builder: RecordsBuilder, each: boolean): RecordsBatch[] {
  const taken: (RecordsBatch | undefined)[] = [];
  const next = (): unknown => each && taken.push(builder.take());
  const text = { uav: { text: "Hello\n" } };
  builder.func("start", {}, (f) => {
    f.lea(rsi, f.ref(text));
    f.call("print");
    f.mov(eax, 60);
    f.xor(edi, edi);
    f.syscall();
  });
  next();
  builder.data("table", { align: 8 }, { data: (d) => d.pointer("print").pointer(d.ref(text)) });
  next();
  builder.func("print", {}, (f) => {
    f.mov(eax, 1);
    f.mov(edi, 1);
    f.mov(edx, 6);
    f.syscall();
    f.ret();
  });
  next();
  builder.export("_start", "start", {});
  taken.push(builder.take(), builder.take());
  return taken.filter((batch) => batch !== undefined);
}

async function link(name: string, taken: readonly RecordsBatch[]): Promise<Buffer> {
  const file = join(directory, name);
  const header = makeHeader({ target: "x86_64-linux" });
  const session = new Session({ header, output: file, pool: new InlinePool(), control: makeControl() });
  for (const batch of taken) session.addRecords(batch, 0);
  expect((await session.flush()).diagnostics).toEqual([]);
  expect(execFileSync(file, { encoding: "utf8" })).toBe("Hello\n");
  return readFileSync(file);
}

it("cuts a program into batches, and these into arenas, without a trace in the output", async () => {
  const whole = batches(new RecordsBuilder("test", 0, 4), false);
  const cut = batches(new RecordsBuilder("test", 0, 4), true);
  const spread = batches(new RecordsBuilder("test", 0, 4, 0), true);
  expect(whole).toHaveLength(1);
  expect(cut.map(({ arenaIndex }) => arenaIndex)).toEqual([0, 0, 0, 0]);
  expect(spread.map(({ arenaIndex }) => arenaIndex)).toEqual([0, 1, 2, 3]);
  const bytes = await link("whole", whole);
  expect((await link("cut", cut)).equals(bytes)).toBe(true);
  expect((await link("spread", spread)).equals(bytes)).toBe(true);
});
