/**
 * The seed's own incremental cases (seed lines 6656-6690), as sequences of updates through the library and as manifests
 * that are edited: exports, the panic handler, a struct, a type that is no longer there at run time.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLinker, type Declaration } from "manifold";
import { describe, expect, it } from "vitest";
import { manifold, run, tool } from "../support/command.js";
import { HEADER, type Line, ndjson } from "../support/manifest.js";
import { tempDir } from "../support/temp-dir.js";

/** Declarations of a step; what the program prints then, or the code of what is wrong; which names it exports. */
interface Step {
  readonly lines: readonly Line[];
  readonly prints: string;
  readonly exports?: readonly string[];
  /** Names, or parts of them, that are in .symtab no more. */
  readonly gone?: readonly string[];
}

const RUNTIME: readonly Line[] = [
  // print(rsi, edx)
  { func: "print", code: { asm: "mov eax, 1\nmov edi, 1\nsyscall\nret" } },
  { func: "exit", code: { asm: "mov eax, 60\nxor edi, edi\nsyscall" } },
  { export: "_start", of: "start" },
];

function say(name: string, text: string, then = "ret"): Line {
  const asm = `lea rsi, [rip + text]\nmov edx, ${text.length}\ncall print\n${then}`;
  return { func: name, code: { asm }, refs: { text: { uav: { text } } } };
}

const CASES: readonly (readonly [name: string, steps: readonly Step[]])[] = [
  [
    "exports that are added, renamed, made weak and deleted (change_exports)",
    [
      {
        lines: [say("foo", "foo\n"), start("call foo"), { export: "foo", of: "foo" }],
        prints: "foo\n",
        exports: ["foo"],
      },
      {
        lines: [say("foo", "foo\n"), start("call bar"), { export: "bar", of: "foo" }],
        prints: "foo\n",
        exports: ["bar"],
        gone: [" GLOBAL DEFAULT .* foo$"],
      },
      {
        lines: [
          say("foo", "foo\n"),
          say("baz", "baz\n"),
          start("call bar\ncall foo"),
          { export: "bar", of: "baz", linkage: "weak" },
          { export: "foo", of: "foo" },
        ],
        prints: "baz\nfoo\n",
        exports: ["bar", "foo"],
      },
      { lines: [say("foo", "foo\n"), start("call foo")], prints: "foo\n", exports: [], gone: [" bar$", " baz$"] },
    ],
  ],
  [
    "the panic handler, which something else refers to (change_panic_handler)",
    [
      {
        lines: [say("panic", "panic message: integer overflow\n", "jmp exit"), start("call panic")],
        prints: "panic message: integer overflow\n",
      },
      {
        lines: [say("panic", "new panic message: overflow\n", "jmp exit"), start("call panic")],
        prints: "new panic message: overflow\n",
      },
      { lines: [say("panic", "newest\n", "jmp exit"), start("call panic")], prints: "newest\n" },
    ],
  ],
  [
    "the panic handler by way of an export that is pointed elsewhere (change_panic_handler_explicit)",
    [
      {
        lines: [say("handler", "first\n", "jmp exit"), { export: "panic", of: "handler" }, start("call panic")],
        prints: "first\n",
      },
      {
        lines: [
          say("handler", "first\n", "jmp exit"),
          say("other", "second\n", "jmp exit"),
          { export: "panic", of: "other" },
          start("call panic"),
        ],
        prints: "second\n",
      },
      {
        lines: [
          say("other", "third and longer than both before it\n", "jmp exit"),
          { export: "panic", of: "other" },
          start("call panic"),
        ],
        prints: "third and longer than both before it\n",
        gone: [" handler$"],
      },
    ],
  ],
  [
    "a struct that is declared anew with the same fields, in another layout and back (change_struct_same_fields)",
    [
      struct({ x: "u32", y: "u64" }, "extern", 8),
      struct({ x: "u32", y: "u64" }, "extern", 8),
      struct({ y: "u64", x: "u32" }, "extern", 0),
      struct({ x: "u32", y: "u64" }, "extern", 8),
    ],
  ],
  [
    "a type that becomes known at compile time only, so that its symbols go (type_becomes_comptime_only)",
    [
      {
        lines: [
          { type: "Color", is: { enum: ["red", "green"] } },
          {
            func: "start",
            code: {
              asm: "lea rsi, [rip + names]\nmov edx, 3\ncall print\nmov edi, 1\ncall tag\nmov rsi, rax\ncall print\ncall exit",
            },
            refs: { names: { lazy: "data", type: "Color" }, tag: { lazy: "code", type: "Color" } },
          },
        ],
        prints: "redgreen",
      },
      {
        lines: [{ type: "Color", is: { enum: ["red", "green"] } }, say("start", "none\n", "call exit")],
        prints: "none\n",
      },
      { lines: [say("start", "none\n", "call exit")], prints: "none\n" },
    ],
  ],
];

function start(body: string): Line {
  return { func: "start", code: { asm: `${body}\ncall exit` } };
}

/** A constant of the struct, whose `y` is printed as text from its place. */
function struct(fields: Readonly<Record<string, string>>, layout: string, y: number): Step {
  const asm = `lea rsi, [rip + value + ${y}]\nmov edx, 3\ncall print\ncall exit`;
  return {
    lines: [
      { type: "S", is: { struct: fields, layout } },
      { const: "value", type: "S", init: { x: 1, y: 0x0a6968 } },
      { func: "start", code: { asm } },
    ],
    prints: "hi\n",
  };
}

function keyOf(line: Line): string {
  const [kind, name] = Object.entries(line)[0]!;
  return `${kind === "export" || kind === "type" ? kind : "nav"} ${String(name)}`;
}

function check(step: Step, file: string): void {
  expect(run(file, [])).toMatchObject({ code: 0, stdout: step.prints });
  const symbols = tool("readelf", ["-sW", file]);
  for (const name of step.exports ?? []) expect(symbols).toMatch(new RegExp(`(GLOBAL|WEAK) .* ${name}$`, "m"));
  for (const pattern of step.gone ?? []) expect(symbols).not.toMatch(new RegExp(pattern, "m"));
}

describe("the seed's incremental cases", () => {
  it.each(CASES)("%s, by calls", async (_name, steps) => {
    const file = join(tempDir(), "program");
    await using linker = createLinker({ target: "x86_64-linux", file, workers: 1 });
    let before: readonly Line[] = [];
    for (const [index, step] of steps.entries()) {
      const lines = [...RUNTIME, ...step.lines];
      const keys = new Set(lines.map(keyOf));
      for (const line of before) {
        const [kind, name] = Object.entries(line)[0] as [string, string];
        if (keys.has(keyOf(line))) continue;
        linker.remove(kind === "export" ? { export: name } : kind === "type" ? { type: name } : name);
      }
      const same = new Set(before.map((line) => JSON.stringify(line)));
      const changed = lines.filter((line) => !same.has(JSON.stringify(line)));
      linker.update(...(changed as readonly object[] as readonly Declaration[]));
      const result = await linker.flush();
      expect(result.diagnostics).toEqual([]);
      if (index > 0) expect(result.reason).toBeUndefined();
      check(step, file);
      expect(await linker.verify()).toEqual([]);
      before = lines;
    }
  });

  it.each(CASES)("%s, as a manifest", (_name, steps) => {
    const directory = tempDir();
    const manifest = join(directory, "program.ndjson");
    const file = join(directory, "program");
    for (const [index, step] of steps.entries()) {
      writeFileSync(manifest, ndjson([HEADER, ...RUNTIME, ...step.lines]));
      const { code, stderr } = manifold(["link", "--incremental", "--verify", manifest, "-o", file]);
      expect({ code, stderr: index === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      check(step, file);
    }
    expect(readFileSync(file).length).toBeGreaterThan(0);
  });
});
