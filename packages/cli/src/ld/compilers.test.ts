import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gatherInputs } from "@manifold/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasTool } from "../../../core/src/elf/toolchain.test.helper.js";
import { parseLd } from "./options.js";

let directory = "";
const tool = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: directory, stdio: "pipe" });

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "manifold-ld-"));
  // In the linker's place: keeps the arguments, and links nothing.
  writeFileSync(join(directory, "ld"), `#!/bin/sh\nprintf '%s\\0' "$@" > '${directory}/args'\n`);
  chmodSync(join(directory, "ld"), 0o755);
  writeFileSync(join(directory, "hello.c"), 'int puts(const char *);\nint main(void) { return puts("hi") < 0; }\n');
  writeFileSync(join(directory, "hello.rs"), 'fn main() { println!("hi"); }\n');
  tool("gcc", "-c", "hello.c");
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What the compiler gives the linker, as it is understood. */
function linked(compiler: string, ...args: string[]) {
  const where = compiler.startsWith("clang") ? `--ld-path=${directory}/ld` : `-B${directory}`;
  tool(compiler, where, "hello.o", "-o", "hello", "-lm", ...args);
  const words = readFileSync(join(directory, "args"), "utf8").split("\0").slice(0, -1);
  const { request, diagnostics } = parseLd(words);
  expect(diagnostics).toEqual([]);
  // The compiler ran in the directory of the object.
  const specs = request.inputs.map((spec) =>
    spec.name === "hello.o" ? { ...spec, name: `${directory}/hello.o` } : spec,
  );
  return { request, gathered: gatherInputs(specs, request.search) };
}

describe.each(["gcc", "g++", "clang", "clang++", "musl-gcc"])("%s of this machine", (compiler) => {
  test.runIf(hasTool(compiler)).each([
    ["-static", "executable"],
    ["-static-pie", "static-pie"],
  ])("with %s asks for what is understood, and its libraries are found", (flag, output) => {
    // musl-gcc's specs know nothing of -static-pie.
    if (compiler === "musl-gcc" && flag === "-static-pie") return;
    const { request, gathered } = linked(compiler, flag);
    expect([request.output, request.options.output]).toEqual(["hello", output]);
    expect(gathered.diagnostics).toEqual([]);
    const names = gathered.inputs.map(({ path }) => path.replace(/^.*\//, ""));
    expect(names).toEqual(expect.arrayContaining(["hello.o", "libc.a", "libgcc.a"]));
    expect(names.indexOf("hello.o")).toBeLessThan(names.indexOf("libc.a"));
  });
});

describe("gcc without -static", () => {
  test("is told of the shared libraries in one diagnostic", () => {
    const { gathered } = linked("gcc", "-no-pie");
    expect(gathered.diagnostics).toMatchObject([
      { code: "MF0482", suggestion: "Link with -static, or with -static-pie." },
    ]);
  });
});
