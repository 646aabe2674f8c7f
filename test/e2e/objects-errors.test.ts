/** What is said of objects that cannot be linked: what is wrong, in which files, and where in them. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tool } from "../support/command.js";
import { compile, named, OTHER_LINKER, type Program, tryLink } from "../support/gcc-link.js";
import { tempDir } from "../support/temp-dir.js";

/** Links what cannot be linked: there is no output, nothing is on standard output, and no stack trace; returns what is said. */
function refusal(inputs: readonly string[], program: Omit<Program, "inputs"> = {}): string {
  const output = join(tempDir(), "program");
  const { code, signal, stdout, stderr } = tryLink("manifold", { ...program, inputs }, output);
  expect({ code, signal, stdout }).toEqual({ code: 1, signal: null, stdout: "" });
  expect(existsSync(output)).toBe(false);
  expect(stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  expect(stderr).not.toContain("undefined:");
  return stderr;
}

/** Both parts of a mistake in errors.c, as first.o and second.o. */
function mistake(number: number, ...flags: readonly string[]): string[] {
  const [first, second] = [0, 1].map((part) => compile("errors.c", `-DCASE=${number}`, `-DPART=${part}`, ...flags));
  return named(tempDir(), { "first.o": first!, "second.o": second! });
}

describe("an undefined symbol", () => {
  const undefinedSymbols = (): string =>
    refusal(named(tempDir(), { "refers.o": compile("undefined.cc") }), { driver: "g++" });

  it("is told with its name, demangled, with the file and function that refer to it", () => {
    const told = undefinedSymbols();
    expect(told).toContain("space::missing_once(int, char const*)");
    expect(told).toContain("space::missing_often(double)");
    expect(told).toContain("refers.o");
    expect(told).toContain("refers_to_once()");
  });

  it("is told with the section of data that refers to it, and all of them are told", () => {
    const told = undefinedSymbols();
    expect(told).toContain("missing_plain");
    expect(told).toContain("missing_in_data");
    expect(told).toMatch(/\.data|data_place/);
    expect(told).toContain("main");
  });

  it("that many places refer to is told with the first of them, and that there are more", () => {
    const told = undefinedSymbols();
    const places = new Set(told.match(/refers_\d+\(\)/g));
    expect(places.size).toBeGreaterThanOrEqual(OTHER_LINKER ? 1 : 3);
    expect(places.size).toBeLessThanOrEqual(OTHER_LINKER ? 5 : 3);
    expect(places).toContain("refers_0()");
    expect(told).toMatch(/\bmore\b|\bothers?\b/);
  });

  it("is told with its mangled name where that is asked for", () => {
    const told = refusal([compile("undefined.cc"), "-Wl,--no-demangle"], { driver: "g++" });
    expect(told).toContain("_ZN5space12missing_onceEiPKc");
  });

  it("that is hidden must be in the program", () => {
    const told = refusal(mistake(2));
    expect(told).toContain("hidden_missing");
    expect(told).toContain("first.o");
    expect(told).toMatch(/hidden/);
  });

  it("is also one where the linker is asked for it: the entry, -u, --defsym", () => {
    const hello = compile("hello.c");
    expect(refusal([hello, "-Wl,--require-defined=no_such_name"])).toContain("no_such_name");
    expect(refusal([hello, "-Wl,--defsym=alias=no_such_name"])).toContain("no_such_name");
  });

  it("in a member of an archive is told with archive and member", () => {
    const directory = tempDir();
    const [member] = named(directory, { "member.o": compile("archive.c", "-DPART=1") });
    tool("ar", ["rcs", "libmine.a", member!], { cwd: directory });
    const told = refusal([compile("archive.c", "-DPART=0"), join(directory, "libmine.a")]);
    expect(told).toMatch(/libmine\.a\W+member\.o/);
    expect(told).toMatch(/\bb\b/);
  });
});

describe("a duplicate definition", () => {
  it("is told with both files, for functions and data", () => {
    const told = refusal(mistake(1));
    expect(told).toContain("defined_twice");
    expect(told).toContain("object_twice");
    expect(told).toContain("first.o");
    expect(told).toContain("second.o");
  });

  it("in C++ is told demangled", () => {
    const directory = tempDir();
    writeFileSync(join(directory, "twice.cc"), "namespace space { int twice(double) { return 1; } }\n");
    for (const name of ["one.o", "two.o"]) tool("g++", ["-c", "twice.cc", "-o", name], { cwd: directory });
    const told = refusal([compile("hello.c"), join(directory, "one.o"), join(directory, "two.o")]);
    expect(told).toContain("space::twice(double)");
    expect(told).toMatch(/one\.o/);
    expect(told).toMatch(/two\.o/);
  });
});

describe("a relocation", () => {
  it("whose value does not fit is told with its type, symbol, file and function", () => {
    const told = refusal(mistake(4, "-fno-pie"));
    expect(told).toContain("R_X86_64_32");
    expect(told).toContain("far_away");
    expect(told).toContain("first.o");
    expect(told).toContain("uses_far");
  });

  it("that a position-independent program cannot have is told, with what to compile with", () => {
    const told = refusal([compile("hello.c", "-fno-pie", "-mcmodel=small", "-O0")], { mode: "-static-pie" });
    expect(told).toMatch(/R_X86_64_32S?\b/);
    expect(told).toMatch(/-fPI[EC]/);
  });

  it("of a thread-local variable that is not thread-local elsewhere is told with name and files", () => {
    for (const number of [3, 6]) {
      const told = refusal(mistake(number));
      expect(told).toContain("mismatched");
      expect(told).toMatch(/TLS|thread-local/i);
      expect(told).toContain("first.o");
      expect(told).toContain("second.o");
    }
  });
});

describe("an input", () => {
  it("for another machine is told by name", () => {
    const directory = tempDir();
    writeFileSync(join(directory, "other.c"), "int other(void) { return 1; }\n");
    tool("gcc", ["-m32", "-c", "other.c", "-o", "narrow.o"], { cwd: directory });
    tool("clang", ["--target=arm-linux-gnueabi", "-c", "other.c", "-o", "arm.o"], { cwd: directory });
    tool("clang", ["--target=aarch64-linux-gnu", "-c", "other.c", "-o", "aarch64.o"], { cwd: directory });
    expect(refusal([compile("hello.c"), join(directory, "narrow.o")])).toMatch(/narrow\.o/);
    // GNU ld takes objects for machines that it does not know, if they refer to nothing.
    if (OTHER_LINKER) return;
    expect(refusal([compile("hello.c"), join(directory, "arm.o")])).toMatch(/arm\.o/);
    expect(refusal([compile("hello.c"), join(directory, "aarch64.o")])).toMatch(/aarch64\.o/);
  });

  it("for another machine in a library of that name is passed over, for the next directory's", () => {
    const directory = tempDir();
    for (const [name, flag] of [
      ["a", "-m32"],
      ["b", "-m64"],
    ] as const) {
      tool("mkdir", [name], { cwd: directory });
      writeFileSync(join(directory, "part.c"), "int a(int n) { return n * 2; }\n");
      tool("gcc", [flag, "-c", "part.c", "-o", "part.o"], { cwd: directory });
      tool("ar", ["rcs", `${name}/libpick.a`, "part.o"], { cwd: directory });
    }
    const output = join(directory, "program");
    const inputs = [compile("archive.c", "-DPART=0"), `-L${directory}/a`, `-L${directory}/b`, "-lpick"];
    expect(tryLink("manifold", { inputs }, output)).toMatchObject({ code: 0 });
  });

  it("that is a library which is nowhere is told by its name", () => {
    expect(refusal([compile("hello.c"), "-lnot_to_be_found"])).toContain("not_to_be_found");
    expect(refusal([compile("hello.c"), "-Wl,-l:not_to_be_found.a"])).toContain("not_to_be_found.a");
  });

  it("that is not there, or no object, is told by its path", () => {
    const directory = tempDir();
    const text = join(directory, "text.o");
    writeFileSync(text, "no object at all\n");
    expect(refusal([compile("hello.c"), text])).toContain(text);
    expect(refusal([compile("hello.c"), "-Wl,/nowhere/at_all.o"])).toContain("/nowhere/at_all.o");
    expect(refusal([compile("hello.c"), `-Wl,${directory}`])).toContain(directory);
  });

  it("that is cut off, or a shared library, is told by its path", () => {
    const directory = tempDir();
    const whole = readFileSync(compile("runtime.c", "-O2"));
    for (const length of [10, 100, 1000, whole.length - 100]) {
      const cut = join(directory, `cut-${length}.o`);
      writeFileSync(cut, whole.subarray(0, length));
      expect(refusal([compile("archive.c", "-DPART=1"), cut])).toContain(cut);
    }
    const library = join(directory, "libshared.so");
    tool("gcc", ["-shared", "-o", library, compile("locals.c", "-DPART=1", "-fPIC")]);
    expect(refusal([compile("hello.c"), library])).toContain("libshared.so");
  });

  it("that is an archive with a member cut off is told by its path", () => {
    const directory = tempDir();
    const library = join(directory, "libcut.a");
    tool("ar", ["rcs", library, compile("archive.c", "-DPART=1"), compile("archive.c", "-DPART=2")]);
    writeFileSync(library, readFileSync(library).subarray(0, -1500));
    expect(refusal([compile("archive.c", "-DPART=0"), library])).toContain("libcut.a");
  });
});

describe("a command line", () => {
  it("with an option that there is not is told, with the option", () => {
    expect(refusal([compile("hello.c"), "-Wl,--no-such-option"])).toContain("--no-such-option");
  });

  it("with a value that makes no sense is told", () => {
    expect(refusal([compile("hello.c"), "-Wl,-Ttext-segment=here"])).toContain("here");
    // GNU ld only warns of this one.
    if (!OTHER_LINKER) expect(refusal([compile("hello.c"), "-Wl,--build-id=0xnonsense"])).toMatch(/build-id|nonsense/);
  });

  it("with nothing to link is told", () => {
    expect(refusal(["-nostdlib", "-Wl,-O1"])).toMatch(/no input|nothing to link/i);
  });

  it.skipIf(OTHER_LINKER)("with an output that cannot be written is told, with its path", () => {
    const { code, stderr } = tryLink("manifold", { inputs: [compile("hello.c")] }, "/nowhere/program");
    expect(code).toBe(1);
    expect(stderr).toContain("/nowhere/program");
  });

  // GNU ld removes it.
  it.skipIf(OTHER_LINKER)("that leads to no output leaves the last one as it was", () => {
    const output = join(tempDir(), "program");
    writeFileSync(output, "the last good output\n", { mode: 0o755 });
    expect(tryLink("manifold", { inputs: mistake(1) }, output).code).toBe(1);
    expect(readFileSync(output, "utf8")).toBe("the last good output\n");
  });

  it("with warnings only leads to an output; --fatal-warnings makes errors of them", () => {
    const output = join(tempDir(), "program");
    const inputs = [compile("unresolved.c"), "-Wl,--warn-unresolved-symbols"];
    const { code, stderr } = tryLink("manifold", { inputs }, output);
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning/i);
    refusal([...inputs, "-Wl,--fatal-warnings"]);
  });
});
