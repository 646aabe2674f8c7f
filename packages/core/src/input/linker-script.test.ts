import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { parseLinkerScript } from "./linker-script.js";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const parse = (text: string) => parseLinkerScript(bytes(text), "libx.so");

/** The names of the files by statement, a library with `-l` in front. */
function names(text: string): readonly (readonly string[])[] {
  return parse(text).inputs.map(({ isGroup, files }) => [
    isGroup ? "GROUP" : "INPUT",
    ...files.map(({ kind, name }) => (kind === "library" ? `-l${name}` : name)),
  ]);
}

function failure(text: string) {
  try {
    parse(text);
  } catch (thrown) {
    if (thrown instanceof DiagnosticError) return thrown.diagnostics[0]!;
    throw thrown;
  }
  throw new Error("nothing was wrong");
}

describe("a linker script that stands for a library", () => {
  test("is read as glibc writes it", () => {
    const script = `/* GNU ld script
   Use the shared library, but some functions are only in
   the static library, so try that secondarily.  */
OUTPUT_FORMAT(elf64-x86-64)
GROUP ( /lib/x86_64-linux-gnu/libc.so.6 /usr/lib/libc_nonshared.a  AS_NEEDED ( /lib64/ld-linux-x86-64.so.2 ) )
`;
    expect(names(script)).toEqual([
      ["GROUP", "/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/libc_nonshared.a", "/lib64/ld-linux-x86-64.so.2"],
    ]);
  });

  test("may have several statements, libraries, commas, quotes, semicolons and comments of both kinds", () => {
    const script = `# as lld has them
      INPUT(-lfoo,"with space.o" , b.o,);GROUP(-l:libbar.a)/**/INPUT()
      INPUT(=/usr/x.o "$SYSROOT/y.o")`;
    expect(names(script)).toEqual([
      ["INPUT", "-lfoo", "with space.o", "b.o"],
      ["GROUP", "-l:libbar.a"],
      ["INPUT"],
      ["INPUT", "=/usr/x.o", "$SYSROOT/y.o"],
    ]);
  });

  test("says where to search and which target it is for", () => {
    const script = 'SEARCH_DIR("=/opt/lib"); SEARCH_DIR(/lib) OUTPUT_ARCH(i386:x86-64)';
    expect(parse(script).searchDirs).toEqual(["=/opt/lib", "/lib"]);
    expect(parse('OUTPUT_FORMAT("elf64-x86-64", "elf64-x86-64", "elf64-x86-64")').inputs).toEqual([]);
  });

  test("may be empty, a comment, or begin with a byte order mark", () => {
    for (const text of ["", "  \n", "/* nothing */", ";;", "\ufeffINPUT(a.o)"]) expect(() => parse(text)).not.toThrow();
  });

  test("may name files in any script, and tells their columns in bytes", () => {
    const script = parse("INPUT(là.o\n  日本.a x.o)");
    const files = script.inputs[0]!.files;
    expect(files.map(({ name }) => name)).toEqual(["là.o", "日本.a", "x.o"]);
    expect(files[2]!.place()).toMatchObject({ file: "libx.so", line: 2, column: 12, length: 3, lineTextColumn: 8 });
  });
});

describe("what a linker script cannot do here is refused", () => {
  test.each([
    ["SECTIONS { .text : { *(.text) } }", "SECTIONS", 1, 1],
    ["INPUT(a.o)\n  SECTIONS{}", "SECTIONS", 2, 3],
    ["ENTRY(_start)", "ENTRY", 1, 1],
    ["VERSION { V1 { f; }; }", "VERSION", 1, 1],
    ["INCLUDE other.ld", "INCLUDE", 1, 1],
    ["foo = 0x10;", "an assignment", 1, 1],
    ["foo=1;", "an assignment", 1, 1],
    ["PROVIDE(foo = 1);", "PROVIDE", 1, 1],
  ])("%j is %s, at %i:%i", (text, command, line, column) => {
    const { code, message, place } = failure(text);
    expect([code, message]).toEqual(["MF0485", `a linker script with ${command} is not supported`]);
    expect(place).toMatchObject({ file: "libx.so", line, column });
  });

  test("a script for another target is told as such", () => {
    expect(failure("OUTPUT_FORMAT(elf32-i386) GROUP(a.a)")).toMatchObject({
      code: "MF0487",
      message: "the linker script is for another target: OUTPUT_FORMAT(elf32-i386)",
      place: { line: 1, column: 15 },
    });
    expect(failure("OUTPUT_ARCH(aarch64)").code).toBe("MF0487");
  });
});

describe("what is no linker script is told with its place", () => {
  test.each([
    ["hello, world", 'a command is expected, and "hello" is there', 1],
    ["INPUT", '"(" behind INPUT is expected, and the end of the file is there', 6],
    ["INPUT(a.o", 'a file name or ")" to end INPUT is expected, and the end of the file is there', 10],
    ["INPUT(a.o (b.o))", 'a file name or ")" to end INPUT is expected, and "(" is there', 11],
    ["GROUP(-l)", 'the name of a library behind -l is expected, and "-l" is there', 7],
    ["SEARCH_DIR()", 'a name in SEARCH_DIR is expected, and ")" is there', 12],
    ['INPUT("a.o)', "a quotation mark is not closed", 7],
    ["INPUT(a.o) /* b", "a comment is not closed", 12],
    [")", 'a command is expected, and ")" is there', 1],
  ])("%j: %s", (text, message, column) => {
    expect(failure(text)).toMatchObject({
      code: "MF0486",
      message: `the linker script cannot be read: ${message}`,
      place: { line: 1, column },
    });
  });

  test("any text is a script or is told what is wrong with it", () => {
    const words = fc.constantFrom(
      "INPUT",
      "GROUP",
      "AS_NEEDED",
      "(",
      ")",
      ",",
      ";",
      '"',
      "/*",
      "*/",
      "-l",
      "\0",
      "\n",
      "é",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string())), (parts) => {
        try {
          for (const { files } of parse(parts.join(" ")).inputs) for (const file of files) file.place();
        } catch (thrown) {
          if (!(thrown instanceof DiagnosticError)) throw thrown;
          expect(thrown.diagnostics[0]!.place!.line).toBeGreaterThan(0);
        }
      }),
    );
  });

  test("nesting without end is not followed", () => {
    expect(failure(`INPUT(${"AS_NEEDED(".repeat(100_000)}`).code).toBe("MF0486");
  });

  test("a megabyte in one line takes no time, and is not quoted in full", () => {
    const { place, message } = failure("x".repeat(1 << 20));
    expect(place!.lineText!.length).toBeLessThan(200);
    expect(message.length).toBeLessThan(200);
    expect(names(`INPUT(${"a.o ".repeat(1 << 18)})`)[0]).toHaveLength((1 << 18) + 1);
  });
});
