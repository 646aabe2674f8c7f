import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inScratch } from "../elf/toolchain.test.helper.js";
import { type GatheredInputs, gatherInputs, type InputSpec } from "./gather-inputs.js";
import type { SearchOptions } from "./library-search.js";

/** Enough of an ELF header to say what the file is: `type` 1 for an object, 3 for a shared one. */
function elf(type: number, machine = 62, elfClass = 2): Buffer {
  const header = Buffer.alloc(64);
  header.write("\x7fELF", "latin1");
  header.set([elfClass, 1, 1], 4);
  header.writeUInt16LE(type, 16);
  header.writeUInt16LE(machine, 18);
  return header;
}

/** An archive with an empty symbol index and one member. */
function archive(member: Uint8Array): Buffer {
  const header = (name: string, size: number) => `${name.padEnd(48)}${String(size).padEnd(10)}\`\n`;
  return Buffer.concat([Buffer.from(`!<arch>\n${header("/", 0)}${header("a.o/", member.length)}`), member]);
}

const OBJECT = elf(1);
const SHARED = elf(3);
const ARCHIVE = archive(OBJECT);

interface Case {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly specs: readonly (string | Partial<InputSpec>)[];
  readonly search?: Partial<SearchOptions>;
}

/** Gathers in a directory that holds `files`; `DIR` in scripts and paths stands for it, in what comes out, too. */
function gather({ files, specs, search = {} }: Case): GatheredInputs {
  return inScratch((directory) => {
    const expand = (text: string) => text.replace(/\bDIR\b/g, directory);
    for (const [name, contents] of Object.entries(files)) {
      mkdirSync(join(directory, name, ".."), { recursive: true });
      writeFileSync(join(directory, name), typeof contents === "string" ? expand(contents) : contents);
    }
    const gathered = gatherInputs(
      specs.map((spec) => specOf(spec, expand)),
      {
        paths: (search.paths ?? ["DIR"]).map(expand),
        sysroot: expand(search.sysroot ?? ""),
        isStatic: search.isStatic ?? true,
      },
    );
    return JSON.parse(JSON.stringify(gathered).replaceAll(directory, "DIR")) as GatheredInputs;
  });
}

function specOf(spec: string | Partial<InputSpec>, expand: (text: string) => string): InputSpec {
  const given = typeof spec === "string" ? { name: spec } : spec;
  const isLibrary = given.name!.startsWith("-l");
  return {
    whole: false,
    lazy: false,
    archivesOnly: false,
    group: 0,
    place: undefined,
    ...given,
    kind: isLibrary ? "library" : "file",
    name: isLibrary ? given.name!.slice(2) : expand(given.name!),
  };
}

const paths = ({ inputs }: GatheredInputs) => inputs.map(({ path }) => path);
const codes = ({ diagnostics }: GatheredInputs) => diagnostics.map(({ code }) => code);

describe("files and libraries", () => {
  test("keep their order and the state of the options before them", () => {
    const { inputs, diagnostics, files } = gather({
      files: { "a.o": OBJECT, "b.o": OBJECT, "libc.a": ARCHIVE, "libd.a": "!<thin>\n" },
      specs: [
        "DIR/a.o",
        { name: "-lc", whole: true, group: 2 },
        { name: "DIR/b.o", lazy: true },
        { name: "DIR/libd.a", lazy: true },
      ],
    });
    expect(diagnostics).toEqual([]);
    expect(inputs).toEqual([
      { path: "DIR/a.o", kind: "object", whole: false, lazy: false, group: 0 },
      { path: "DIR/libc.a", kind: "archive", whole: true, lazy: false, group: 2 },
      { path: "DIR/b.o", kind: "object", whole: false, lazy: true, group: 0 },
      { path: "DIR/libd.a", kind: "archive", whole: false, lazy: false, group: 0 },
    ]);
    expect(files).toEqual(["DIR/a.o", "DIR/libc.a", "DIR/b.o", "DIR/libd.a"]);
  });

  test("are what their bytes are, whatever their names", () => {
    const { inputs } = gather({ files: { "x.a": OBJECT, "y.o": ARCHIVE }, specs: ["DIR/x.a", "DIR/y.o"] });
    expect(inputs.map(({ kind }) => kind)).toEqual(["object", "archive"]);
  });

  test("made by gcc and ar are recognized", () => {
    inScratch((cwd) => {
      writeFileSync(join(cwd, "a.s"), ".globl f\nf: ret\n");
      execFileSync("as", ["a.s", "-o", "a.o"], { cwd });
      execFileSync("ar", ["rcs", "liba.a", "a.o"], { cwd });
      const specs = [specOf(join(cwd, "a.o"), String), specOf("-la", String)];
      const { inputs, diagnostics } = gatherInputs(specs, { paths: [cwd], sysroot: "", isStatic: true });
      expect(diagnostics).toEqual([]);
      expect(inputs.map(({ kind }) => kind)).toEqual(["object", "archive"]);
    });
  });
});

describe("the library search", () => {
  const files = { "one/libx.a": ARCHIVE, "two/libx.a": ARCHIVE, "two/libx.so": SHARED, "two/odd.name": ARCHIVE };

  test("takes the first directory, an archive in a static link, and -l: to the letter", () => {
    const search = { paths: ["DIR/none", "DIR/two", "DIR/one"] };
    expect(paths(gather({ files, specs: ["-lx", "-l:odd.name"], search }))).toEqual([
      "DIR/two/libx.a",
      "DIR/two/odd.name",
    ]);
  });

  test("takes archives alone behind -Bstatic, and shared libraries before them elsewhere", () => {
    const search = { paths: ["DIR/two"], isStatic: false };
    expect(paths(gather({ files, specs: [{ name: "-lx", archivesOnly: true }], search }))).toEqual(["DIR/two/libx.a"]);
    expect(gather({ files, specs: ["-lx"], search }).diagnostics).toMatchObject([
      { code: "MF0482", place: { file: "DIR/two/libx.so" }, suggestion: "Link with -static, or with -static-pie." },
    ]);
  });

  test("looks in the sysroot for =dir and $SYSROOT/dir", () => {
    for (const path of ["=/one", "$SYSROOT/one"])
      expect(paths(gather({ files, specs: ["-lx"], search: { paths: [path], sysroot: "DIR" } }))).toEqual([
        "DIR/one/libx.a",
      ]);
  });

  test("goes past libraries for other targets, and says so where nothing else is there", () => {
    const others = { "32/libx.a": archive(elf(1, 3, 1)), "s/libx.so": "OUTPUT_FORMAT(elf32-i386)\nGROUP(a)" };
    const search = { paths: ["DIR/32", "DIR/s", "DIR/one"], isStatic: false };
    expect(paths(gather({ files: { ...files, ...others }, specs: ["-lx"], search }))).toEqual(["DIR/one/libx.a"]);
    const { diagnostics } = gather({ files: others, specs: ["-lx"], search });
    expect(diagnostics[0]!.notes!.map(({ message }) => message)).toEqual([
      "searched DIR/32, DIR/s, DIR/one (does not exist)",
      "DIR/32/libx.a is for 386, 32-bit, little endian",
      "DIR/s/libx.so is a linker script for elf32-i386",
    ]);
  });
});

describe("a library that is not there", () => {
  const missing = (files: Case["files"], name: string, search?: Case["search"]) =>
    gather({ files, specs: [name], ...(search && { search }) }).diagnostics[0]!;

  test("is told with the directories that were searched", () => {
    expect(missing({}, "-lx", { paths: ["DIR", "DIR/gone"] })).toEqual({
      code: "MF0480",
      severity: "error",
      message: "cannot find -lx",
      notes: [{ message: "searched DIR, DIR/gone (does not exist)" }],
      suggestion: "Give its directory with -L, or install the library's development package.",
    });
    expect(missing({}, "-lx", { paths: [] }).notes).toEqual([{ message: "no directory is searched: -L gives none" }]);
  });

  test.each(["libx.so", "libx.so.6"])("may be there as %s alone, which a static link has no use for", (name) => {
    const { notes, suggestion } = missing({ [name]: SHARED }, "-lx");
    expect(notes![1]!.message).toBe(`DIR/${name} is there, but a static link takes archives alone`);
    expect(suggestion).toBe("Install or build the static library, libx.a.");
  });

  test.each([
    ["-lfreetpye", "Did you mean -lfreetype?"],
    ["-llibfreetype.a", "Did you mean -lfreetype?"],
    ["-lfreetype.a", "Did you mean -lfreetype?"],
    ["-ldir/libfreetype", "Did you mean -lfreetype?"],
    ["-l:libfreetyp.a", "Did you mean -l:libfreetype.a?"],
  ])("%s may be misspelled", (name, suggestion) => {
    expect(missing({ "libfreetype.a": ARCHIVE }, name).suggestion).toBe(suggestion);
  });

  test("is looked for once in a directory of several names", () => {
    const { notes } = missing({ "lib/x": "" }, "-lx", { paths: ["DIR/lib", "DIR/lib/", "DIR/lib/../lib", "DIR/none"] });
    expect(notes).toEqual([{ message: "searched DIR/lib, DIR/none (does not exist)" }]);
  });

  test("is told for each, and hides nothing behind it", () => {
    const gathered = gather({ files: { "a.o": OBJECT }, specs: ["-lx", "DIR/none.o", "-ly", "DIR/a.o"] });
    expect(codes(gathered)).toEqual(["MF0480", "MF0490", "MF0480"]);
    expect(paths(gathered)).toEqual(["DIR/a.o"]);
  });
});

describe("files that cannot be linked", () => {
  test.each<[what: string, name: string, contents: Uint8Array | string, code: string, message: RegExp]>([
    ["bitcode", "a.o", Buffer.from("4243c0de35140000", "hex"), "MF0483", /LLVM bitcode/],
    ["wrapped bitcode", "a.o", Buffer.from("dec0170b00000000", "hex"), "MF0483", /LLVM bitcode/],
    ["an object for another machine", "a.o", elf(1, 183), "MF0407", /for AARCH64, 64-bit, little endian/],
    ["a 32-bit object", "a.o", elf(1, 62, 1), "MF0407", /for X86_64, 32-bit, little endian/],
    ["a program", "a.out", elf(2), "MF0484", /a program that is linked already/],
    ["a core file", "core", elf(4), "MF0484", /of type CORE/],
    ["a cut off header", "a.o", OBJECT.subarray(0, 10), "MF0484", /ends within its header/],
    ["Mach-O", "a.o", Buffer.from("cffaedfe07000001", "hex"), "MF0484", /Mach-O/],
    ["COFF", "a.obj", Buffer.from("64860300", "hex"), "MF0484", /COFF/],
    ["gzip", "a.o.gz", Buffer.from("1f8b0800", "hex"), "MF0484", /compressed with gzip/],
    ["bytes", "a.o", Buffer.from("0001020304050607", "hex"), "MF0484", /neither ELF nor an archive/],
    ["C", "a.c", "int main(void) { return 0; }\n", "MF0484", /source text/],
    ["a manifest", "a.ndjson", '{"manifold": 1, "target": "x86_64-linux"}\n', "MF0484", /manifest/],
    ["prose", "notes.txt", "to do: write the program\n", "MF0486", /a command is expected, and "to" is there/],
    ["a script that lays out", "link.ld", "SECTIONS { }\n", "MF0485", /with SECTIONS is not supported/],
    ["too much text", "log.txt", "INPUT(a.o)\n".repeat(1 << 17), "MF0484", /too long for a linker script/],
  ])("%s is told as what it is", (_, name, contents, code, message) => {
    const { diagnostics, inputs } = gather({ files: { [name]: contents }, specs: [`DIR/${name}`] });
    expect(diagnostics).toMatchObject([{ code, severity: "error", place: { file: `DIR/${name}` } }]);
    expect(diagnostics[0]!.message).toMatch(message);
    expect(diagnostics[0]!.suggestion).toBeDefined();
    expect(inputs).toEqual([]);
  });

  test("any bytes are one kind of file or another", () => {
    const starts = ["", "!<arch>\n", "!<arch>\n/               ", "\x7fELF", "\x7fELF\x02\x01\x01", "INPUT(", "BC"];
    const contents = fc.tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(contents, ([start, rest]) => {
        const file = Buffer.concat([Buffer.from(start, "latin1"), rest]);
        const { inputs, diagnostics } = gather({ files: { "libx.a": file }, specs: ["-lx", "DIR/libx.a"] });
        expect(inputs.length + diagnostics.length).toBeGreaterThan(0);
      }),
    );
  });

  test("an empty file is a warning, as GNU ld takes it", () => {
    const { diagnostics } = gather({ files: { "a.o": "" }, specs: ["DIR/a.o"] });
    expect(diagnostics).toMatchObject([{ code: "MF0489", severity: "warning" }]);
  });

  test("directories and devices are no files", () => {
    const { diagnostics } = gather({ files: { "d/a.o": OBJECT }, specs: ["DIR/d", "/dev/null"] });
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ["MF0403", "cannot read the input: it is a directory"],
      ["MF0403", "cannot read the input: it is not a regular file"],
    ]);
  });

  test("a file that is not there is told with one that is spelled alike", () => {
    const { diagnostics } = gather({
      files: { "main.o": OBJECT },
      specs: ["DIR/mian.o", "DIR/main.o/x", "DIR/gone/y.o"],
    });
    expect(diagnostics.map(({ message, suggestion }) => [message, suggestion])).toEqual([
      ["cannot find DIR/mian.o", "Did you mean DIR/main.o?"],
      ["cannot find DIR/main.o/x", "Check the path, and that the file was built."],
      ["cannot find DIR/gone/y.o", "Check the path, and that the file was built."],
    ]);
  });

  test("shared objects are one error, however many there are", () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${i}.so`, SHARED]));
    const { diagnostics } = gather({ files, specs: Object.keys(files).map((name) => `DIR/${name}`) });
    expect(diagnostics).toMatchObject([{ code: "MF0482", place: { file: "DIR/0.so" } }]);
    expect(diagnostics[0]!.notes).toHaveLength(9);
    expect(diagnostics[0]!.notes!.at(-1)!.message).toBe("and so are 3 more");
  });

  test.each([
    ["negative", "-60"],
    ["not a number", "abc"],
    ["beyond the end", "9999999999"],
    ["nothing", ""],
  ])("an archive whose first size is %s is left to whoever reads it", (_, size) => {
    const header = `${"/".padEnd(48)}${size.padEnd(10)}\`\n`;
    const { inputs } = gather({ files: { "libx.a": `!<arch>\n${header.repeat(9)}` }, specs: ["-lx"] });
    expect(inputs).toMatchObject([{ kind: "archive" }]);
  });
});

describe("linker scripts", () => {
  test("stand for their files, found as given, beside the script, and in the library path", () => {
    const gathered = gather({
      files: {
        "s/libx.a": "GROUP(beside.a DIR/there.o found.a) INPUT(-ly)",
        "s/beside.a": ARCHIVE,
        "there.o": OBJECT,
        "path/found.a": ARCHIVE,
        "path/liby.a": ARCHIVE,
        "path/beside.a": ARCHIVE,
      },
      specs: [
        { name: "-lx", group: 0 },
        { name: "DIR/there.o", group: 4 },
      ],
      search: { paths: ["DIR/s", "DIR/path"] },
    });
    expect(gathered.diagnostics).toEqual([]);
    expect(gathered.inputs.map(({ path, group }) => [path, group])).toEqual([
      ["DIR/s/beside.a", 5],
      ["DIR/there.o", 5],
      ["DIR/path/found.a", 5],
      ["DIR/path/liby.a", 0],
      ["DIR/there.o", 4],
    ]);
    expect(gathered.files[0]).toBe("DIR/s/libx.a");
  });

  test("carry the state of the options before them", () => {
    const { inputs } = gather({
      files: { "x.a": "GROUP(DIR/a.a) INPUT(DIR/o.o)", "a.a": ARCHIVE, "o.o": OBJECT },
      specs: [{ name: "DIR/x.a", whole: true, lazy: true, group: 1 }],
    });
    expect(inputs).toEqual([
      { path: "DIR/a.a", kind: "archive", whole: true, lazy: false, group: 1 },
      { path: "DIR/o.o", kind: "object", whole: false, lazy: true, group: 1 },
    ]);
  });

  test("look in the sysroot where they ask for it, and with absolute paths where they stand in it", () => {
    const files = {
      "root/lib/a.a": ARCHIVE,
      "root/x.a": "INPUT(/lib/a.a =/lib/a.a)",
      "y.a": "INPUT($SYSROOT/lib/a.a)",
    };
    const specs = ["DIR/root/x.a", "DIR/y.a"];
    expect(paths(gather({ files, specs, search: { sysroot: "DIR/root" } }))).toEqual(Array(3).fill("DIR/root/lib/a.a"));
  });

  test("may add directories to the search", () => {
    const files = { "x.a": "SEARCH_DIR(DIR/more) INPUT(-lm)", "more/libm.a": ARCHIVE };
    expect(paths(gather({ files, specs: ["DIR/x.a"] }))).toEqual(["DIR/more/libm.a"]);
  });

  test("point at what they name that is not there", () => {
    const { diagnostics } = gather({ files: { "x.a": "GROUP(\n  gone.a -lnone )" }, specs: ["DIR/x.a"] });
    expect(diagnostics).toMatchObject([
      { code: "MF0481", message: "cannot find gone.a", place: { file: "DIR/x.a", line: 2, column: 3, length: 6 } },
      { code: "MF0480", message: "cannot find -lnone", place: { file: "DIR/x.a", line: 2, column: 10, length: 6 } },
    ]);
    expect(diagnostics[0]!.notes!.map(({ message }) => message)).toEqual([
      "gone.a does not exist",
      "DIR/gone.a does not exist",
    ]);
  });

  test("that are missing much are not told in full", () => {
    const script = `INPUT(${Array.from({ length: 1000 }, (_, i) => `gone${i}.a`).join(" ")})`;
    expect(gather({ files: { "x.a": script }, specs: ["DIR/x.a"] }).diagnostics).toHaveLength(20);
  });

  test("that lead to themselves are followed once", () => {
    const files = { "x.a": "INPUT(DIR/y.a DIR/o.o)", "y.a": "INPUT(DIR/x.a)", "o.o": OBJECT };
    const gathered = gather({ files, specs: ["DIR/x.a"] });
    expect(gathered.diagnostics).toMatchObject([
      { code: "MF0488", message: "the linker script is not followed: it leads to itself, by way of DIR/y.a" },
    ]);
    expect(paths(gathered)).toEqual(["DIR/o.o"]);
  });

  test("that lead to themselves by another name are found out", () => {
    inScratch((cwd) => {
      writeFileSync(join(cwd, "x.a"), `INPUT(${cwd}/link.a)`);
      symlinkSync("x.a", join(cwd, "link.a"));
      const { diagnostics } = gatherInputs([specOf(join(cwd, "x.a"), String)], {
        paths: [],
        sysroot: "",
        isStatic: true,
      });
      expect(diagnostics.map(({ code }) => code)).toEqual(["MF0488"]);
    });
  });

  test("that double with each level come to an end", () => {
    const level = (i: number) => [`${i}.a`, `INPUT(DIR/${i + 1}.a DIR/${i + 1}.a)`] as const;
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => level(i)));
    const { diagnostics } = gather({ files, specs: ["DIR/0.a"] });
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(["MF0488"]));
  });
});
