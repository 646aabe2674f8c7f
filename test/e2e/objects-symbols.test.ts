/** How symbols of several objects and archives meet; each program checks itself, and agrees with GNU ld's build. */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectAgreement, expectRight } from "../support/agreement.js";
import { tool } from "../support/command.js";
import { sections, symbol, symbols } from "../support/elf-view.js";
import { archive, compile, linkWith, MODES, named, OTHER_LINKER, parts, tryLink } from "../support/gcc-link.js";
import { tempDir } from "../support/temp-dir.js";

/** Archives, each of some of the parts of a file. */
function libraries<Name extends string>(file: string, count: number, members: Record<Name, readonly number[]>) {
  const directory = tempDir();
  const names = Array.from({ length: count }, (_, part) => `part${part}.o`);
  const objects = named(
    directory,
    Object.fromEntries(parts(file, count).map((object, part) => [names[part]!, object])),
  );
  const paths = Object.entries<readonly number[]>(members).map(([name, numbers]) => {
    const path = archive(
      join(directory, `lib${name}.a`),
      numbers.map((number) => objects[number]!),
    );
    return [name, path] as const;
  });
  return { directory, objects, ...(Object.fromEntries(paths) as Record<Name, string>) };
}

const defines = (path: string, name: string): boolean =>
  symbols(path).some((found) => found.name === name && found.section !== "UND");

describe.each(MODES)("%s", (mode) => {
  it("a weak symbol gives way to a strong one, is null where nothing defines it, and pulls no member", () => {
    const { objects, w } = libraries("weak.c", 4, { w: [2, 3] });
    const { ours } = expectAgreement({ inputs: [objects[0]!, objects[1]!, w!], mode });
    expect(defines(ours, "pulled_by_other")).toBe(true);
    expect(defines(ours, "kept_helper")).toBe(true);
  });

  it("of weak symbols the first counts, and a strong one wherever it stands", () => {
    const { objects, w } = libraries("weak.c", 4, { w: [2, 3] });
    const outcomes = [
      [objects[1]!, objects[0]!, w!],
      [w!, objects[0]!, objects[1]!, w!],
    ].map((inputs) => expectAgreement({ inputs, mode }, { code: inputs[0] === w ? 0 : 1 }).stdout);
    expect(outcomes[0]).toContain("NO  first_of_two == 1");
    expect(outcomes[1]).not.toContain("NO ");
  });

  it("common symbols have the largest size and alignment, and give way to definitions", () => {
    const directory = tempDir();
    const objects = parts("common.c", 3, "-fcommon");
    const library = archive(`${directory}/libcommon.a`, [objects[2]!]);
    const { ours } = expectAgreement({ inputs: [objects[0]!, objects[1]!, library], mode });
    expect(symbol(ours, "shared")).toMatchObject({ size: 4000, type: "OBJECT", bind: "GLOBAL" });
  });

  it("an archive gives the members that are needed, and those that they need, however they are ordered", () => {
    const { objects, all } = libraries("archive.c", 5, { all: [4, 3, 2, 1] });
    const { ours, stdout } = expectAgreement({ inputs: [objects[0]!, all!], mode });
    expect(stdout).toContain("registered -1");
    expect(defines(ours, "registered")).toBe(false);
  });

  it("archives that need each other work as a group", () => {
    const { objects, a, b, c } = libraries("archive.c", 5, { a: [1], b: [2, 4], c: [3] });
    expectAgreement({ inputs: [objects[0]!, "-Wl,--start-group", c!, b!, a!, "-Wl,--end-group"], mode });
    expectAgreement({ inputs: [objects[0]!, "-Wl,-(", b!, c!, a!, "-Wl,-)"], mode });
  });

  it("archives are searched in order, and may be named again", () => {
    const { directory, objects } = libraries("archive.c", 5, { one: [1], two: [2], three: [3, 4] });
    const main = [objects[0]!, `-L${directory}`];
    expectAgreement({ inputs: [...main, "-lone", "-ltwo", "-lthree"], mode });
    expectAgreement({ inputs: [...main, "-u", "c", "-lthree", "-l:libone.a", "-l", "two", "-lone"], mode });
  });

  it("--whole-archive links all members, and ends where it is told to", () => {
    const { objects, a, b } = libraries("archive.c", 5, { a: [1, 2, 3], b: [4] });
    const whole = ["-Wl,--whole-archive", b!, "-Wl,--no-whole-archive", a!];
    expect(expectAgreement({ inputs: [objects[0]!, ...whole], mode }).stdout).toContain("registered 42");
    expect(expectAgreement({ inputs: [objects[0]!, a!, b!], mode }).stdout).toContain("registered -1");
  });

  it.skipIf(OTHER_LINKER)("objects between --start-lib and --end-lib are linked as an archive's members are", () => {
    const [main, a, b, c, registered] = parts("archive.c", 5);
    const inputs = [main!, "-Wl,--start-lib", c!, registered!, b!, a!, "-Wl,--end-lib"];
    expect(expectRight({ inputs, mode })).toContain("registered -1");
  });

  it("-u pulls a member out of an archive", () => {
    const { objects, all } = libraries("archive.c", 5, { all: [1, 2, 3, 4] });
    for (const flag of ["-Wl,-u,registered", "-Wl,--undefined=registered", "-uregistered"]) {
      expect(expectAgreement({ inputs: [flag, objects[0]!, all!], mode }).stdout).toContain("registered 42");
    }
  });

  it("--defsym defines a symbol as a number, as another, and as another with an offset", () => {
    const flags = ["alias=original", "number=0x12345", "inside=table+8"].map((text) => `-Wl,--defsym=${text}`);
    // Of a sum GNU ld makes an absolute symbol, which stays behind where the program is loaded elsewhere.
    expectAgreement({ inputs: [compile("defsym.c"), ...flags], mode }, { mayDiffer: /^inside$/ });
  });

  it("--wrap redirects references of other files, in code and in data", () => {
    expectAgreement({ inputs: [...parts("wrap.c", 2), "-Wl,--wrap=wrapped,--wrap", "-Wl,atoi"], mode });
  });

  it("-z muldefs and --allow-multiple-definition let the first definition count", () => {
    for (const flag of ["-Wl,-z,muldefs", "-Wl,--allow-multiple-definition"]) {
      expectAgreement({ inputs: [...parts("duplicates.c", 2), flag], mode });
    }
  });

  it("local symbols of equal names are of their own file each", () => {
    expectAgreement({ inputs: parts("locals.c", 3), mode });
  });

  it("hidden and internal symbols are not seen from outside, protected ones are", () => {
    const { ours } = expectAgreement({ inputs: parts("visibility.c", 2), mode });
    for (const name of ["hidden", "internal", "hidden_object", "made_hidden"]) {
      const { bind, visibility } = symbol(ours, name);
      expect(`${name} ${bind} ${visibility}`).toMatch(/LOCAL|HIDDEN|INTERNAL/);
    }
    expect(symbol(ours, "protected")).toMatchObject({ bind: "GLOBAL", visibility: "PROTECTED" });
  });

  it("the linker's own symbols bound sections, segments and arrays", () => {
    expectAgreement({ inputs: parts("boundaries.c", 2), mode });
  });

  it("a program's own end, edata and etext are not the linker's", () => {
    expectAgreement({ inputs: [compile("boundaries.c", "-DPART=2")], mode });
  });

  it("of two groups with one signature all of the first counts; a unique object is one", () => {
    const inputs = [compile("comdat.s"), compile("comdat.s", "-Wa,--defsym,PART1=1"), compile("comdat.c")];
    const { ours } = expectAgreement({ inputs, mode });
    expect(symbol(ours, "unique")).toMatchObject({ bind: "UNIQUE", type: "OBJECT" });
    expect(symbol(ours, "grouped")).toMatchObject({ bind: "WEAK", type: "FUNC", size: 13 });
  });

  it("objects that GNU ld -r made of several are as good as those", () => {
    const directory = tempDir();
    const [first, second, third] = parts("locals.c", 3);
    const groups = [compile("comdat.s"), compile("comdat.c")];
    tool("ld", ["-r", "-o", `${directory}/locals.o`, second!, third!]);
    tool("ld", ["-r", "-o", `${directory}/groups.o`, ...groups]);
    expectAgreement({ inputs: [first!, `${directory}/locals.o`], mode });
    expectAgreement({ inputs: [`${directory}/groups.o`, compile("comdat.s", "-Wa,--defsym,PART1=1")], mode });
  });

  it("indirect functions have one address in all files, and work from code, data and the GOT", () => {
    expectAgreement({ inputs: parts("ifunc.c", 2, "-fPIC"), mode });
    expectAgreement({ inputs: parts("ifunc.c", 2, "-fPIC", "-fno-plt", "-O2"), mode });
  });

  // GNU ld and mold give two addresses here: that of the entry in the PLT, and what it resolves to.
  it.skipIf(OTHER_LINKER)("an indirect function has one address also where one file's code takes it directly", () => {
    expectRight({ inputs: parts("ifunc.c", 2), mode });
    expectRight({ inputs: parts("ifunc.c", 2, "-fPIC", "-O0"), mode });
  });

  it("constructors and destructors run in the order of their priorities", () => {
    const { stdout } = expectAgreement({ inputs: parts("init-order.c", 3), mode });
    expect(stdout).toMatch(/^0:plain_a\n0:init\n0:array.200\n/);
  });

  it("the order of files is that of the command line", () => {
    const [first, second, third] = parts("init-order.c", 3);
    const { stdout } = expectAgreement({ inputs: [third!, second!, first!], mode });
    expect(stdout.indexOf("2:300")).toBeLessThan(stdout.indexOf("0:300"));
  });
});

describe("at a fixed address", () => {
  it("indirect functions have one address, which code may hold as a number", () => {
    for (const level of ["-O0", "-O2"]) {
      expectAgreement({ inputs: parts("ifunc.c", 2, "-fno-pie", level) });
    }
  });

  it("--unresolved-symbols=ignore-all makes null of what nothing defines", () => {
    const object = compile("unresolved.c");
    const mayDiffer = /^no_such_/;
    expectAgreement({ inputs: [object, "-Wl,--unresolved-symbols=ignore-all"] }, { mayDiffer });
    const warns = /no_such_object[\s\S]*no_such_function/;
    expectAgreement({ inputs: [object, "-Wl,--warn-unresolved-symbols"] }, { mayDiffer, warns });
  });

  it("what an object warns of is told where it is used, and is not in the output", () => {
    const inputs = [compile("warned.c"), compile("warning.s")];
    const { ours } = expectAgreement({ inputs }, { warns: /warned[\s\S]*better use something else/ });
    expect(sections(ours).some(({ name }) => name.startsWith(".gnu.warning"))).toBe(false);
    const { stderr } = tryLink("manifold", { inputs }, join(tempDir(), "out"));
    expect(stderr).not.toContain("nobody is to see this");
  });

  it("-e chooses where the program begins", () => {
    const object = compile("bare.s", "-Wa,--defsym,OTHER=1");
    const ours = linkWith("manifold", { inputs: [object, "-nostdlib", "-Wl,-e,other_start"] });
    const [, entry] = /Entry point address:\s+0x([0-9a-f]+)/.exec(tool("readelf", ["-hW", ours]))!;
    expect(Number.parseInt(entry!, 16)).toBe(symbol(ours, "other_start").value);
    expect(tool(ours, [])).toBe("another start\n");
  });
});
