import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  createLinker,
  DiagnosticError,
  eax,
  edi,
  edx,
  type FlushResult,
  type FuncBuilder,
  type ManifoldLinker,
  ptr,
  qword,
  rax,
  rsi,
} from "../index.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-builder-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Links what `declare` declares; the result, and the file's bytes. */
async function link(
  name: string,
  declare: (linker: ManifoldLinker) => void,
): Promise<{ result: FlushResult; file: string }> {
  const file = join(directory, name);
  await using linker = createLinker({ target: "x86_64-linux", file, workers: 1, label: "unit.zig" });
  declare(linker);
  return { result: await linker.flush(), file };
}

const run = (file: string): string => execFileSync(file, { encoding: "utf8" });

/** write(1, address in rsi, length in edx). */
function print(f: FuncBuilder): void {
  f.mov(eax, 1);
  f.mov(edi, 1);
  f.syscall();
  f.ret();
}

function start(f: FuncBuilder): void {
  f.lea(rsi, f.ref({ uav: { text: "Hello\n" } }));
  f.mov(edx, 6);
  f.call("print");
  f.mov(rax, qword("table"));
  f.lea(rsi, ptr(rax));
  f.mov(edx, 6);
  f.call(qword("table", 8));
  f.mov(eax, 60);
  f.xor(edi, edi);
  f.syscall();
}

const PRINT = { func: "print", code: { asm: "mov eax, 1\nmov edi, 1\nsyscall\nret" } };
const START = {
  func: "start",
  code: {
    asm: `lea rsi, [rip + hello]\nmov edx, 6\ncall print\nmov rax, QWORD PTR [rip + table]\nlea rsi, [rax]\nmov edx, 6
      call QWORD PTR [rip + table + 8]\nmov eax, 60\nxor edi, edi\nsyscall`,
  },
  refs: { hello: { uav: { text: "Hello\n" } } },
} as const;
const TABLE = {
  const: "table",
  align: 8,
  bytes: new Uint8Array(16),
  relocs: [
    [0, "64", "again", 0],
    [8, "64", "print", 0],
  ],
  refs: { again: { uav: { text: "Hello\n" } } },
} as const;
const COUNTER = { var: "counter", zero: 8, align: 8 } as const;
const ENTRY = { export: "_start", of: "start" } as const;

function startByCalls(linker: ManifoldLinker): void {
  linker.func("start", start);
}
function tableByCalls(linker: ManifoldLinker): void {
  linker.data("table", { align: 8 }, (d) => d.pointer(d.ref({ uav: { text: "Hello\n" } })).pointer("print"));
}

describe("a program by calls", () => {
  it("links and runs", async () => {
    const { result, file } = await link("calls", (linker) => {
      startByCalls(linker);
      linker.func("print", { align: 1 }, print);
      tableByCalls(linker);
      linker.export("_start", "start");
    });
    expect(result.diagnostics).toEqual([]);
    expect(run(file)).toBe("Hello\nHello\n");
  });

  it("has the bytes of the same program as text, and of any mixture of both", async () => {
    const text = await link("text", (linker) => linker.add(START, PRINT, TABLE, COUNTER, ENTRY));
    expect(run(text.file)).toBe("Hello\nHello\n");
    const calls = await link("same", (linker) => {
      startByCalls(linker);
      linker.func("print", print);
      tableByCalls(linker);
      linker.data("counter", { writable: true, align: 8 }, { zero: 8 });
      linker.export("_start", "start");
    });
    const mixed = await link("mixed", (linker) => {
      linker.add(START);
      linker.func("print", print);
      linker.add(TABLE);
      linker.data("counter", { writable: true, align: 8 }, { zero: 8 });
      linker.add(ENTRY);
    });
    const other = await link("other", (linker) => {
      startByCalls(linker);
      linker.add(PRINT);
      tableByCalls(linker);
      linker.add(COUNTER);
      linker.export("_start", "start");
    });
    for (const { result, file } of [calls, mixed, other]) {
      expect(result.diagnostics).toEqual([]);
      expect(readFileSync(file).equals(readFileSync(text.file))).toBe(true);
      // The value that three of them refer to is one.
      expect(result.counts.constants).toBe(1);
    }
  });

  it("is linked again with what is added after a flush, by either way", async () => {
    const file = join(directory, "later");
    await using linker = createLinker({ target: "x86_64-linux", file, workers: 1 });
    startByCalls(linker);
    linker.export("_start", "start");
    const incomplete = linker.flush();
    linker.add(TABLE);
    linker.func("print", print);
    const complete = await linker.flush();
    expect(await incomplete).toMatchObject({ ok: false, diagnostics: [{ code: "MF0202" }, { code: "MF0202" }] });
    expect(complete.diagnostics).toEqual([]);
    expect(run(file)).toBe("Hello\nHello\n");
  });

  it("goes together with typed values, which wait for all types", async () => {
    const { result, file } = await link("typed", (linker) => {
      linker.add({ const: "table", type: "Row", init: { text: { nav: "hello" }, print: { nav: "print" } } });
      startByCalls(linker);
      linker.func("print", print);
      linker.data("hello", { text: "Hello\n" });
      linker.add({ type: "Row", is: { struct: { text: { ptr: "u8" }, print: { ptr: "fn" } }, layout: "extern" } });
      linker.export("_start", "start");
    });
    expect(result.diagnostics).toEqual([]);
    expect(run(file)).toBe("Hello\nHello\n");
  });

  it("may be larger than a batch of records", async () => {
    const count = 20_000;
    const { result, file } = await link("large", (linker) => {
      linker.func("start", (f) => {
        f.xor(edi, edi);
        f.call(`f${count - 1}`);
        f.sub(edi, count - 42);
        f.mov(eax, 60);
        f.syscall();
      });
      for (let i = 0; i < count; i++)
        linker.func(`f${i}`, (f) => {
          f.inc(edi);
          f.mov(rax, f.ref({ uav: { data: (d) => d.u64(i).text("so that a batch is full") } }));
          if (i > 0) f.jmp(`f${i - 1}`);
          f.ret();
        });
      linker.export("_start", "start");
    });
    expect(result.diagnostics).toEqual([]);
    expect(result.counts).toMatchObject({ declarations: count + 2, constants: count });
    expect(result.counts.chunks).toBeGreaterThan(1);
    expect(spawnSync(file).status).toBe(42);
  });
});

describe("the documentation", () => {
  it.each([
    ["README.md", "## The library", "Hello\n"],
    ["docs/library.md", "## Building code", "Hello\nHello\nHello\n"],
  ])("shows a program that runs: %s", (page, section, output) => {
    const text = readFileSync(new URL(`../../../../${page}`, import.meta.url), "utf8");
    const code = /```ts\n(.*?)```/s.exec(text.slice(text.indexOf(section)))![1]!;
    const library = JSON.stringify(import.meta.resolve("../../dist/index.js"));
    const script = code.replace('"manifold"', library).replace("await using", "const");
    execFileSync(process.execPath, ["--input-type=module", "-e", `${script}\nawait linker.close();`], {
      cwd: directory,
    });
    expect(run(join(directory, "hello"))).toBe(output);
  });
});

describe("what is wrong with a program by calls", () => {
  it("is told with the declaration that it is in: a name that is declared twice", async () => {
    const { result } = await link("twice", (linker) => {
      linker.func("print", print);
      linker.func("start", start);
      linker.func("print", print);
    });
    expect(result.diagnostics).toMatchObject([
      {
        code: "MF0126",
        place: { file: "unit.zig", symbol: "print" },
        notes: [{ message: "first declared here", place: { file: "unit.zig", symbol: "print" } }],
      },
    ]);
  });

  it("is told with the declaration that it is in: names that are not declared", async () => {
    const { result } = await link("undeclared", (linker) => {
      linker.func("print", print);
      linker.func("start", (f) => f.call("prnt"));
      linker.func("other", (f) => f.call("print"));
      linker.export("_start", "start");
    });
    expect(result.diagnostics).toMatchObject([
      {
        code: "MF0202",
        message: expect.stringContaining("prnt"),
        place: { file: "unit.zig", symbol: "start" },
        suggestion: expect.stringContaining("print"),
      },
    ]);
  });

  it("is told with the declaration that it is in: an export of nothing", async () => {
    const { result } = await link("export", (linker) => {
      linker.func("start", (f) => f.ret());
      linker.export("_start", "start");
      linker.export("missing", "nowhere");
    });
    expect(result.diagnostics).toMatchObject([{ code: "MF0202", place: { file: "unit.zig", symbol: "missing" } }]);
  });

  it("is told with the declaration that it is in: an address that does not fit", async () => {
    const { result } = await link("overflow", (linker) => {
      linker.func("start", (f) => f.ret());
      linker.data("first", { align: 4 }, (d) => d.u32(1));
      linker.data("narrow", (d) => d.relocation("16", "start"));
      linker.data("last", (d) => d.pointer("start"));
      linker.export("_start", "start");
    });
    expect(result.diagnostics).toMatchObject([
      { message: expect.stringContaining("start"), place: { file: "unit.zig", symbol: "narrow" } },
    ]);
  });

  it("is thrown by the call, and the program is linked without that declaration", async () => {
    const { result, file } = await link("thrown", (linker) => {
      expect(() => linker.func("print", (f) => f.op("add", eax, rax))).toThrow(DiagnosticError);
      linker.func("print", print);
      tableByCalls(linker);
      startByCalls(linker);
      linker.export("_start", "start");
    });
    expect(result.diagnostics).toEqual([]);
    expect(run(file)).toBe("Hello\nHello\n");
  });
});
