import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createLinker, eax, edi, type ManifoldLinker } from "../index.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-updates-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** A linker of a program that exits with what `answer` returns. */
function makeLinker(name: string): { linker: ManifoldLinker; file: string; run: () => number | null } {
  const file = join(directory, name);
  const linker = createLinker({ target: "x86_64-linux", file, workers: 1, label: "unit.zig" });
  linker.func("start", (f) => {
    f.call("answer");
    f.mov(edi, eax);
    f.mov(eax, 60);
    f.syscall();
  });
  linker.export("_start", "start");
  return { linker, file, run: () => spawnSync(file).status };
}

function answer(linker: ManifoldLinker, value: number, update: boolean): void {
  linker.func("answer", { update }, (f) => {
    f.mov(eax, value);
    f.ret();
  });
}

describe("an update through the library", () => {
  it("replaces a function that was built by calls, and says what that cost", async () => {
    const { linker, run } = makeLinker("replace");
    answer(linker, 1, false);
    expect((await linker.flush()).ok).toBe(true);
    answer(linker, 2, true);
    // The first change makes the output one that can be updated.
    expect((await linker.flush()).update).toBeUndefined();
    expect(run()).toBe(2);
    answer(linker, 3, true);
    const { update, bytesWritten } = await linker.flush();
    expect(update).toMatchObject({ emitted: 1, removed: 0 });
    expect(bytesWritten).toBe(1);
    expect(run()).toBe(3);
    await linker.close();
  });

  it("is followed from the first one on by a linker that leaves room from the start", async () => {
    const file = join(directory, "room");
    await using linker = createLinker({ target: "x86_64-linux", file, workers: 1, incremental: true });
    linker.add({ func: "start", code: { asm: "mov edi, 1\nmov eax, 60\nsyscall" } }, { export: "_start", of: "start" });
    await linker.flush();
    linker.update({ func: "start", code: { asm: "mov edi, 2\nmov eax, 60\nsyscall" } });
    expect(await linker.flush()).toMatchObject({ ok: true, update: { emitted: 1 }, bytesWritten: 1 });
    expect(spawnSync(file).status).toBe(2);
  });

  it("is taken in the order of the calls, also while flushes run, and none is lost", async () => {
    const { linker, run } = makeLinker("order");
    answer(linker, 0, false);
    const results = [linker.flush()];
    for (let value = 1; value <= 50; value++) {
      if (value % 2 === 0) answer(linker, value, true);
      else linker.update({ func: "answer", code: { asm: `mov eax, ${value}\nret` } });
      linker.update({ var: `v${value}`, zero: 8 });
      if (value % 3 === 0) results.push(linker.flush());
    }
    results.push(linker.flush());
    for (const result of await Promise.all(results)) expect(result.diagnostics).toEqual([]);
    expect(run()).toBe(50);
    const last = await linker.flush();
    expect(last.counts.declarations).toBe(3 + 50);
    expect(await linker.verify()).toEqual([]);
    await linker.close();
  });

  it("that is refused leaves the output as it was, and is mended by the next", async () => {
    const { linker, file, run } = makeLinker("mend");
    answer(linker, 1, false);
    await linker.flush();
    answer(linker, 2, true);
    await linker.flush();
    const before = readFileSync(file);
    linker.update({ func: "answer", code: { asm: "movv eax, 3" } }, { var: "other", bytes: "00" });
    expect((await linker.flush()).diagnostics).toMatchObject([{ code: "MF0701", place: { file: "unit.zig" } }]);
    linker.remove("other");
    expect((await linker.flush()).diagnostics).toMatchObject([{ code: "MF0701" }]);
    expect(readFileSync(file).equals(before)).toBe(true);
    linker.update({ func: "answer", code: { asm: "mov eax, 4\nret" } });
    expect((await linker.flush()).diagnostics).toEqual([]);
    expect(run()).toBe(4);
    await linker.close();
  });

  it("that removes what is needed is refused with the name, until it is there again", async () => {
    const { linker, run } = makeLinker("remove");
    answer(linker, 1, false);
    await linker.flush();
    linker.remove("answer");
    expect((await linker.flush()).diagnostics).toMatchObject([
      { code: "MF0202", message: expect.stringContaining("answer"), place: { file: "unit.zig", symbol: "start" } },
    ]);
    linker.data("answer", { writable: true }, { bytes: new Uint8Array([0xb8, 7, 0, 0, 0, 0xc3]) });
    linker.remove("answer");
    answer(linker, 5, false);
    expect((await linker.flush()).diagnostics).toEqual([]);
    expect(run()).toBe(5);
    await linker.close();
  });

  it("that changes nothing writes no byte and touches no time stamp", async () => {
    const { linker, file } = makeLinker("null");
    answer(linker, 1, false);
    await linker.flush();
    answer(linker, 2, true);
    await linker.flush();
    const before = statSync(file, { bigint: true });
    expect(await linker.flush()).toMatchObject({ ok: true, bytesWritten: 0 });
    answer(linker, 2, true);
    expect(await linker.flush()).toMatchObject({ ok: true, bytesWritten: 0, update: { emitted: 1, changed: 0 } });
    const after = statSync(file, { bigint: true });
    expect([after.mtimeNs, after.ctimeNs, after.ino]).toEqual([before.mtimeNs, before.ctimeNs, before.ino]);
    await linker.close();
  });

  it("of a name that is declared already, added and not updated, is refused with the place of the first", async () => {
    const { linker, run } = makeLinker("twice");
    answer(linker, 1, false);
    await linker.flush();
    answer(linker, 2, true);
    await linker.flush();
    answer(linker, 3, false);
    expect((await linker.flush()).diagnostics).toMatchObject([
      { code: "MF0126", notes: [{ message: "first declared here" }] },
    ]);
    expect((await linker.flush()).diagnostics).toEqual([]);
    expect(run()).toBe(2);
    await linker.close();
  });

  it("succeeds while the program runs, which goes on as it was", async () => {
    const { linker, file, run } = makeLinker("busy");
    linker.add({
      func: "answer",
      code: { asm: "mov eax, 35\nlea rdi, [rip + time]\nxor esi, esi\nsyscall\nmov eax, 1\nret" },
    });
    linker.add({ var: "time", bytes: "01000000000000000000000000000000", align: 8 });
    await linker.flush();
    linker.update({ var: "unused", zero: 8 });
    await linker.flush();
    const running = execFileSync("sh", ["-c", `${file} & echo $!; sleep 0.2`], { encoding: "utf8" }).trim();
    answer(linker, 9, true);
    expect((await linker.flush()).diagnostics).toEqual([]);
    expect(run()).toBe(9);
    // It sleeps for a second, in the file that it was started from.
    expect(() => process.kill(Number(running), 0)).not.toThrow();
    await linker.close();
  });
});

describe("a type that becomes wrong", () => {
  it("is an error until it is mended, and then its values are what it makes of them", async () => {
    const { linker, run } = makeLinker("types");
    const type = (is: string): void => linker.update({ type: "T", is } as never);
    linker.add({ func: "answer", code: { asm: "mov eax, [rip + value + 4]\nret" } });
    linker.add({ const: "value", type: { array: "T", len: 2 }, init: [3, 5] });
    linker.add({ const: "pad", bytes: "070000000700000007000000" });
    type("u32");
    expect((await linker.flush()).diagnostics).toEqual([]);
    expect(run()).toBe(5);
    type("u64");
    expect((await linker.flush()).diagnostics).toEqual([]);
    expect(run()).toBe(0);
    type("nothing");
    expect((await linker.flush()).ok).toBe(false);
    expect((await linker.flush()).ok).toBe(false);
    type("u1");
    expect((await linker.flush()).ok).toBe(false);
    type("u32");
    expect((await linker.flush()).diagnostics).toEqual([]);
    expect(run()).toBe(5);
    expect(await linker.verify()).toEqual([]);
    await linker.close();
  });
});

describe("a first flush that was refused", () => {
  it("is mended by one update of what was wrong, and what stood beside it is kept", async () => {
    const { linker, run } = makeLinker("first");
    linker.add({ func: "answer", code: { asm: "movv eax, 3" } }, { func: "other", code: { asm: "mov eax, 4\nret" } });
    expect((await linker.flush()).diagnostics).toMatchObject([{ code: "MF0701" }]);
    linker.update({ func: "answer", code: { asm: "jmp other" } });
    expect((await linker.flush()).diagnostics).toEqual([]);
    expect(run()).toBe(4);
    await linker.close();
  });

  it("is mended by calls, or by removing what was wrong in the same flush", async () => {
    const { linker, run } = makeLinker("calls");
    linker.add({ func: "answer", code: { asm: "movv eax, 3" } });
    expect((await linker.flush()).ok).toBe(false);
    answer(linker, 6, true);
    linker.update({ func: "useless", code: { asm: "movv" } });
    linker.remove("useless");
    expect((await linker.flush()).diagnostics).toEqual([]);
    expect(run()).toBe(6);
    await linker.close();
  });
});
