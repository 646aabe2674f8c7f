/** What a command line may name besides plain objects: archives of all sorts, linker scripts, response files. */

import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { expectAgreement, expectRight } from "../support/agreement.js";
import { tool } from "../support/command.js";
import { archive, compile, compileWith, linkWith, named, OTHER_LINKER, parts, tryLink } from "../support/gcc-link.js";
import { tempDir } from "../support/temp-dir.js";

let directory: string;
let objects: string[];

/** Part 0 of archive.c is the program; parts 1 to 3 are its members, and 4 is one that nothing needs. */
beforeEach(() => {
  directory = tempDir();
  const names = parts("archive.c", 5).map((object, part) => [`part${part}.o`, object]);
  objects = named(directory, Object.fromEntries(names) as Record<string, string>);
});

const path = (name: string): string => join(directory, name);
const write = (name: string, text: string): string => {
  writeFileSync(path(name), text);
  return path(name);
};

describe("an archive", () => {
  it("may be thin, its members elsewhere", () => {
    const thin = archive(path("libthin.a"), objects.slice(1), "rcsT");
    expect(readFileSync(thin, "latin1")).toMatch(/^!<thin>\n/);
    expectAgreement({ inputs: [objects[0]!, thin] });
    expectAgreement({ inputs: [objects[0]!, `-L${directory}`, "-lthin"], cwd: "/" });
  });

  it("may be thin, with members of names that are relative to it", () => {
    tool("ar", ["rcsT", "lib.a", ...objects.slice(1).map((object) => basename(object))], { cwd: directory });
    expectAgreement({ inputs: [objects[0]!, path("lib.a")], cwd: "/" });
  });

  it("may be thin, and hold an archive", () => {
    const inner = archive(path("libinner.a"), objects.slice(1));
    const outer = archive(path("libouter.a"), [inner], "rcsT");
    expectAgreement({ inputs: [objects[0]!, outer] });
  });

  it("may be of BSD's format", () => {
    const bsd = write("libbsd.a", "");
    writeFileSync(bsd, bsdArchive(objects.slice(1), ["a", "b", "c"]));
    expectAgreement({ inputs: [objects[0]!, bsd] });
  });

  it("may have members of long names, and of equal ones", () => {
    const long = named(directory, {
      "a-member-of-a-very-long-name-that-does-not-fit.o": objects[1]!,
      "another member with spaces in its long name.o": objects[2]!,
    });
    const library = archive(path("liblong.a"), long);
    writeFileSync(path("twice.o"), readFileSync(objects[3]!));
    tool("ar", ["rcs", library, path("twice.o")]);
    writeFileSync(path("twice.o"), readFileSync(objects[4]!));
    tool("ar", ["q", library, path("twice.o")]);
    expect(tool("ar", ["t", library]).match(/^twice\.o$/gm)).toHaveLength(2);
    expectAgreement({ inputs: [objects[0]!, library] });
    const { stdout } = expectAgreement({
      inputs: [objects[0]!, "-Wl,--whole-archive", library, "-Wl,--no-whole-archive"],
    });
    expect(stdout).toContain("registered 42");
  });

  it("may have nothing in it, and members without symbols", () => {
    const nothing = archive(path("libnothing.a"), []);
    tool("gcc", ["-x", "c", "-c", "/dev/null", "-o", path("empty.o")]);
    const empty = archive(path("libempty.a"), [path("empty.o")]);
    const library = archive(path("liball.a"), objects.slice(1));
    expectAgreement({
      inputs: [objects[0]!, nothing, empty, "-Wl,--whole-archive", empty, nothing, "-Wl,--no-whole-archive", library],
    });
  });

  // GNU ld wants an index. Who has none may be read all the same.
  it.skipIf(OTHER_LINKER)("needs no index", () => {
    const library = archive(path("libplain.a"), objects.slice(1), "rcS");
    expectRight({ inputs: [objects[0]!, library] });
  });
});

describe("a linker script in place of a library", () => {
  beforeEach(() => {
    archive(path("libreal.a"), objects.slice(1, 3));
    archive(path("librest.a"), objects.slice(3));
  });

  it("names inputs", () => {
    write("libscript.a", "/* GNU ld script */\nINPUT ( libreal.a librest.a libreal.a )\n");
    expectAgreement({ inputs: [objects[0]!, `-L${directory}`, "-lscript"] });
  });

  it("names a group, by path, by name and by -l, with AS_NEEDED", () => {
    write("libscript.a", `OUTPUT_FORMAT(elf64-x86-64)\nGROUP ( ${path("libreal.a")} AS_NEEDED ( -lrest ) )\n`);
    expectAgreement({ inputs: [objects[0]!, `-L${directory}`, "-lscript"] });
    write("libquoted.a", `GROUP("libreal.a", "librest.a");`);
    expectAgreement({ inputs: [objects[0]!, `-L${directory}`, "-lquoted"] });
  });

  it("may be named as a file, and name objects", () => {
    const script = write("all.script", `INPUT(${objects[1]} ${objects[2]})\nINPUT(part3.o)\n`);
    expectAgreement({ inputs: [objects[0]!, script], cwd: directory });
  });

  it("adds directories to search", () => {
    const script = write("search.script", `SEARCH_DIR("${directory}")\nGROUP(-lreal -lrest)\n`);
    expectAgreement({ inputs: [objects[0]!, script] });
  });
});

describe("a response file", () => {
  it("holds arguments, quoted and escaped, and names of further response files", () => {
    const [spaced] = named(directory, { "with space.o": objects[1]! });
    const inner = write("inner", `"${objects[2]}"\n'${objects[3]}'\n`);
    const outer = write("outer", `${spaced!.replace(" ", "\\ ")}\t--defsym="unused"=1\n@${inner}`);
    expectAgreement({ inputs: [objects[0]!, `-Wl,@${outer}`] });
  });

  it("may be empty", () => {
    expectAgreement({ inputs: [...objects.slice(0, 4), `-Wl,@${write("empty", "\n")}`] });
  });
});

describe("options", () => {
  it("that compilers and build systems pass are taken", () => {
    const flags = ["-O1", "--sort-common", "--as-needed", "--no-as-needed", "-z,now", "-z,relro", "-z,defs"];
    const more = ["--hash-style=gnu", "--no-undefined", "-EL", "-m,elf_x86_64", "-Bstatic", "--fatal-warnings"];
    const rest = ["--warn-common", "--no-ld-generated-unwind-info", "-rpath,/nowhere", "--enable-new-dtags", "-g"];
    const inputs = [...objects.slice(0, 4), ...[...flags, ...more, ...rest].map((flag) => `-Wl,${flag}`)];
    expectAgreement({ inputs });
  });

  it("may be abbreviated by a dash, and have their value apart or attached", () => {
    const library = archive(path("libmembers.a"), objects.slice(1));
    for (const flags of ["-Wl,-L,DIR,-l,members", "-Wl,--library-path=DIR,--library=members", "-Wl,-LDIR,-lmembers"]) {
      expectAgreement({ inputs: [objects[0]!, flags.replace("DIR", directory)] });
    }
    expectAgreement({
      inputs: [objects[0]!, "-Wl,-whole-archive", library, "-Wl,-no-whole-archive", "-Wl,-build-id=none"],
    });
  });

  it("-y tells which files define and use a symbol", () => {
    const { code, stdout, stderr } = tryLink("manifold", { inputs: [...objects.slice(0, 4), "-Wl,-y,b"] }, path("out"));
    expect(code).toBe(0);
    expect(`${stdout}${stderr}`).toMatch(/part1\.o.*\bb\b/);
    expect(`${stdout}${stderr}`).toMatch(/part2\.o.*\bb\b/);
  });

  it.skipIf(OTHER_LINKER)("--version and -v name Manifold, in words that configure scripts look for", () => {
    const { code, stdout } = tryLink("manifold", { inputs: ["-Wl,--version"] }, path("out"));
    expect(code).toBe(0);
    expect(stdout).toMatch(/Manifold \d+\.\d+/);
    expect(stdout).toContain("GNU ld");
    const { stdout: short } = tryLink(
      "manifold",
      { inputs: [objects[0]!, ...objects.slice(1, 4), "-Wl,-v"] },
      path("out"),
    );
    expect(short).toContain("Manifold");
  });
});

it("objects of gcc and clang, old and new, small and fast, link with each other", () => {
  const flags = [["-O0"], ["-O3", "-mavx2"], ["-Os", "-fno-asynchronous-unwind-tables"], ["-Og", "-g", "-fno-plt"]];
  const mixed = flags.flatMap((options) => [
    [compile("archive.c", "-DPART=0"), compileWith("clang", "archive.c", "-DPART=1", "-fPIE", ...options)],
    [compileWith("clang", "archive.c", "-DPART=0", "-fPIE", ...options), compile("archive.c", "-DPART=1", ...options)],
  ]);
  for (const pair of mixed) expectAgreement({ inputs: [...pair, ...parts("archive.c", 4).slice(2)] });
});

it("an object linked twice by two names is a duplicate, but an archive may be named often", () => {
  const library = archive(path("liball.a"), objects.slice(1));
  expectAgreement({ inputs: [objects[0]!, library, library, library] });
  expect(() => linkWith("manifold", { inputs: [objects[0]!, objects[1]!, objects[1]!, library] })).toThrow(/\ba\b/);
});

/** An archive as BSD's ar writes it: names longer than 16 characters before the contents, an index of the given symbols. */
function bsdArchive(files: readonly string[], indexed: readonly string[]): Buffer {
  const header = (name: string, size: number): Buffer => {
    const fields = [
      name.padEnd(16),
      "0".padEnd(12),
      "0".padEnd(6),
      "0".padEnd(6),
      "100644".padEnd(8),
      `${size}`.padEnd(10),
    ];
    return Buffer.from(`${fields.join("")}\`\n`);
  };
  const padded = (parts: Buffer[]): Buffer => {
    const all = Buffer.concat(parts);
    return all.length % 2 === 0 ? all : Buffer.concat([all, Buffer.from("\n")]);
  };
  const members = files.map((file) => {
    const name = Buffer.alloc(24);
    name.write(basename(file));
    const contents = readFileSync(file);
    return padded([header("#1/24", 24 + contents.length), name, contents]);
  });
  const strings = Buffer.from(indexed.map((name) => `${name}\0`).join(""));
  const text = Buffer.concat([strings, Buffer.alloc(-strings.length & 7)]);
  const index = Buffer.alloc(4 + 8 * indexed.length + 4);
  const before = 8 + 60 + index.length + text.length;
  index.writeUInt32LE(8 * indexed.length, 0);
  for (const [number, name] of indexed.entries()) {
    const at = members.slice(0, number).reduce((sum, member) => sum + member.length, before);
    index.writeUInt32LE(strings.indexOf(`${name}\0`), 4 + 8 * number);
    index.writeUInt32LE(at, 8 + 8 * number);
  }
  index.writeUInt32LE(text.length, 4 + 8 * indexed.length);
  const armap = [header("__.SYMDEF", index.length + text.length), index, text];
  return Buffer.concat([Buffer.from("!<arch>\n"), ...armap, ...members]);
}
