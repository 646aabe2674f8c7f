/** Real programs, linked by gcc and musl-gcc through Manifold: they print what GNU ld's build prints. */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectAgreement } from "../support/agreement.js";
import { tool } from "../support/command.js";
import { compile, compileWith, FIXTURES, MODES, type Program } from "../support/gcc-link.js";

const SCRIPT = join(FIXTURES, "program.lua");
const LIBRARIES = "/usr/lib/x86_64-linux-gnu";
/** After musl's own headers, those of the libraries, which are glibc's neighbours. */
const MUSL_HEADERS = ["-idirafter", "/usr/include", "-idirafter", "/usr/include/x86_64-linux-gnu"];

describe.each(MODES)("with gcc %s", (mode) => {
  const agree = (inputs: readonly string[], more: Partial<Program> & { args?: string[]; code?: number } = {}) => {
    const { args = [], code = 0, ...rest } = more;
    return expectAgreement({ inputs, mode, ...rest }, { args, code }).stdout;
  };

  it("hello", () => {
    expect(agree([compile("hello.c")])).toBe("Hello from an object\n");
  });

  it("a program without a C library", () => {
    expect(agree([compile("bare.s"), "-nostdlib"])).toBe("no library\n");
  });

  it("threads, thread-local variables, constructors, atexit, sorting, floating point, locale, files, signals", () => {
    const stdout = agree([compile("runtime.c", "-O2"), "-lm", "-pthread"], { args: ["one"], code: 3 });
    expect(stdout).toContain("turns: first second late plain \n");
    expect(stdout).toMatch(/atexit b\natexit a\ndestructor\ndestructor 2000\ndestructor 101\n$/);
  });

  it("the same by clang", () => {
    const object = compileWith("clang", "runtime.c", "-O2", "-ffunction-sections", "-fdata-sections");
    agree([object, "-lm", "-pthread"], { args: ["one"], code: 3 });
  });

  describe("C++ in two files", () => {
    const files = ["cxx-main.cc", "cxx-part.cc"];
    const last = (stdout: string): string => stdout.trimEnd().split("\n").at(-1)!;

    it("has exceptions, RTTI, iostreams, static locals, templates and thread-local objects", () => {
      const objects = files.map((file) => compile(file));
      expect(last(agree(objects, { driver: "g++" }))).toBe("destructed after main");
    });

    it("ends where an exception may not leave", () => {
      const objects = files.map((file) => compile(file));
      expect(last(agree(objects, { driver: "g++", args: ["close"], code: 7 }))).toBe("terminated");
    });

    it("is the same by clang, not optimized, with debug information and without unused sections", () => {
      const flags = ["-O0", "-g", "-ffunction-sections", "-fdata-sections"];
      const objects = files.map((file) => compileWith("clang++", file, ...flags));
      expect(last(agree([...objects, "-Wl,--gc-sections"], { driver: "g++" }))).toBe("destructed after main");
    });
  });

  it("Lua runs a script", () => {
    const main = compile("lua-main.c", "-O2", "-I/usr/include/lua5.4");
    expect(agree([main, "-llua5.4", "-lm"], { args: [SCRIPT, "argument"], code: 5 })).toContain("2262 primes\n");
  });

  it("SQLite runs some thousand statements", () => {
    const stdout = agree([compile("sqlite-main.c", "-O2"), "-lsqlite3", "-lm"]);
    expect(stdout).toContain("3000|153162.74|0.01|106.19\n");
  });

  it("libcrypto hashes a file", () => {
    const stdout = agree([compile("crypto-main.c", "-O2"), "-lcrypto"], { args: [SCRIPT] });
    const sum = tool("sha256sum", [SCRIPT]).split(" ")[0]!;
    expect(stdout).toContain(`SHA256       ${sum}\n`);
  });
});

describe("with musl-gcc -static", () => {
  const musl = (file: string, ...flags: readonly string[]): string => compileWith("musl-gcc", file, ...flags);
  const agree = (inputs: readonly string[], args: readonly string[] = [], code = 0): string =>
    expectAgreement({ inputs, driver: "musl-gcc" }, { args, code }).stdout;
  const library = (name: string): string[] => [`${LIBRARIES}/lib${name}.a`, musl("musl-shims.c")];

  it("hello", () => {
    expect(agree([musl("hello.c")])).toBe("Hello from an object\n");
  });

  it("threads, thread-local variables, constructors, atexit, sorting, floating point, locale, files, signals", () => {
    expect(agree([musl("runtime.c", "-O2")], ["one"], 3)).toContain("turns: first second late plain \n");
  });

  it("C++ with exceptions and RTTI", () => {
    const libraries = [musl("musl-shims.c"), tool("gcc", ["-print-file-name=libstdc++.a"]).trim()];
    expect(agree([compile("cxx-core.cc"), ...libraries, "-Wl,--eh-frame-hdr"])).toContain("caught ground as");
  });

  it("Lua runs a script", () => {
    const main = musl("lua-main.c", "-O2", "-I/usr/include/lua5.4", ...MUSL_HEADERS);
    expect(agree([main, ...library("lua5.4")], [SCRIPT, "argument"], 5)).toContain("2262 primes\n");
  });

  it("SQLite runs some thousand statements", () => {
    const main = musl("sqlite-main.c", "-O2", ...MUSL_HEADERS);
    expect(agree([main, ...library("sqlite3")])).toContain("3000|153162.74|0.01|106.19\n");
  });

  it("libcrypto hashes a file", () => {
    const main = musl("crypto-main.c", "-O2", ...MUSL_HEADERS);
    expect(agree([main, ...library("crypto")], [SCRIPT])).toContain("verified 1, forged 0\n");
  });

  it("a program that moves itself, by musl's rcrt1.o", () => {
    const start = ["rcrt1.o", "crti.o"].map((name) => `/usr/lib/x86_64-linux-musl/${name}`);
    const pie = ["-nostartfiles", "-Wl,-pie,--no-dynamic-linker", ...start];
    expect(agree([...pie, musl("runtime.c", "-O2"), "/usr/lib/x86_64-linux-musl/crtn.o"], ["one"], 3)).toContain(
      "turns: first second late plain \n",
    );
  });
});
