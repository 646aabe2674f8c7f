/** What becomes of sections: merged strings, unused ones, empty ones, orphans, notes, tables, segments. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectAgreement } from "../support/agreement.js";
import { run, tool } from "../support/command.js";
import { sections, segments, symbol, symbols } from "../support/elf-view.js";
import { compile, compileWith, linkWith, MODES, parts } from "../support/gcc-link.js";
import { tempDir } from "../support/temp-dir.js";

const COPIES = ["", "-Wa,--defsym,PART1=1"];
const copies = (file: string): string[] => COPIES.map((flag) => compile(file, ...(flag === "" ? [] : [flag])));

/** GNU ld adds unwind entries for the PLT of position-independent programs, unless it is told not to. */
const NO_MORE = "-Wl,--no-ld-generated-unwind-info";

/** How many functions the unwinder's tables know. */
function unwindEntries(path: string): number {
  return tool("readelf", ["-wf", path]).match(/ FDE /g)?.length ?? 0;
}

describe.each(MODES)("%s", (mode) => {
  it("strings and constants of two files keep their contents, whatever is merged", () => {
    expectAgreement({ inputs: parts("strings.c", 2, "-O2"), mode });
    expectAgreement({ inputs: parts("strings.c", 2, "-O0", "-fPIC"), mode });
  });

  it("references into merged sections mean what they meant: by symbol, by section, from code and data", () => {
    expectAgreement({ inputs: [...copies("merge.s"), compile("merge.c")], mode });
  });

  it("equal strings are kept once", () => {
    const directory = tempDir();
    const text = `.globl text#\n.section .rodata.str1.1,"aMS",@progbits,1\ntext#: .string "${"once".repeat(500)}"\n`;
    const objects = Array.from({ length: 40 }, (_, index) => {
      writeFileSync(join(directory, `${index}.s`), text.replaceAll("#", `${index}`));
      tool("as", ["-o", join(directory, `${index}.o`), join(directory, `${index}.s`)]);
      return join(directory, `${index}.o`);
    });
    const { gnu, ours } = expectAgreement({ inputs: [compile("hello.c"), ...objects, "-Wl,-z,noexecstack"], mode });
    const size = (path: string): number => sections(path).find(({ name }) => name === ".rodata")!.size;
    expect(size(ours)).toBeLessThan(size(gnu) + 2000);
  });

  it("--gc-sections leaves out what nothing reaches, and keeps what is a root", () => {
    const objects = parts("gc.c", 2, "-ffunction-sections", "-fdata-sections");
    const { ours, stdout } = expectAgreement({ inputs: [...objects, "-Wl,--gc-sections"], mode });
    expect(stdout).toContain("destructed\n");
    const names = symbols(ours).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("dead_"))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(["plugin_a", "plugin_b", "retained", "live_thread"]));
    expect(readFileSync(ours).includes("dead text that")).toBe(false);
  });

  it("without --gc-sections all of a linked object stays", () => {
    const objects = parts("gc.c", 2, "-ffunction-sections", "-fdata-sections");
    const { ours } = expectAgreement({ inputs: objects, mode });
    expect(symbols(ours).filter(({ name }) => name.startsWith("dead_"))).toHaveLength(9);
  });

  it("--gc-sections keeps what -u names, and sections that belong to others go with them", () => {
    const flags = ["-O0", "-ffunction-sections", "-fdata-sections", "-fpatchable-function-entry=2"];
    const objects = [0, 1].map((part) => compileWith("clang", "gc.c", "-fPIE", `-DPART=${part}`, ...flags));
    const inputs = [...objects, "-Wl,--gc-sections,-u,dead_cycle_a"];
    const { ours } = expectAgreement({ inputs, mode });
    expect(symbol(ours, "dead_cycle_b").type).toBe("FUNC");
    expect(symbols(ours).some(({ name }) => name === "dead_in_part1")).toBe(false);
  });

  it("exceptions pass through functions whose other copies went, and no unwind entry of those stays", () => {
    const inputs = [...parts("unwind.cc", 2), NO_MORE];
    const { gnu, ours } = expectAgreement({ inputs, mode, driver: "g++" });
    expect(unwindEntries(ours)).toBe(unwindEntries(gnu));
  });

  it("exceptions still work after --gc-sections, whose victims leave no unwind entry", () => {
    const inputs = [...parts("unwind.cc", 2, "-ffunction-sections"), "-Wl,--gc-sections", NO_MORE];
    const { gnu, ours } = expectAgreement({ inputs, mode, driver: "g++" });
    expect(unwindEntries(ours)).toBe(unwindEntries(gnu));
  });

  it("--eh-frame-hdr makes a table, sorted, of all unwind entries", () => {
    const inputs = [...parts("unwind.cc", 2), "-Wl,--eh-frame-hdr"];
    const { ours } = expectAgreement({ inputs, mode, driver: "g++" });
    const { stdout } = run("eu-readelf", ["-w", ours], { timeout: 60_000 });
    const header = /'\.eh_frame_hdr'[\s\S]*?table_enc[\s\S]*?(?=\n\n|\nCall frame)/.exec(stdout)?.[0] ?? stdout;
    const rows = [...header.matchAll(/^\s+0x[0-9a-f]+ \(offset:\s+0x([0-9a-f]+)\)\s+->/gm)];
    const starts = rows.map(([, offset]) => Number.parseInt(offset!, 16));
    expect(starts.length).toBe(unwindEntries(ours));
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  it("zeros that the file does not have, between data that it has", () => {
    expectAgreement({ inputs: [compile("zeros-between.s"), "-nostdlib"], mode });
  });

  it("empty sections, large alignments, and sections that no script knows", () => {
    const inputs = [compile("sections.c"), compile("sections.s"), compile("orphan.s")];
    const { gnu, ours } = expectAgreement({ inputs, mode });
    const orphans = (path: string): unknown[] =>
      sections(path)
        .filter(({ name }) => /orphan|with_end/.test(name))
        .map(({ name, type, flags, size }) => ({ name, type, flags, size }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(orphans(ours)).toEqual(orphans(gnu));
    const text = readFileSync(ours).subarray(sections(ours).find(({ name }) => name === ".orphan.text.like")!.offset);
    expect(text.toString("latin1")).toMatch(/^not in memory, from part 0;and from another file;/);
  });

  it("an object of more than 65,280 sections", () => {
    expectAgreement({ inputs: [compile("many-sections.c"), compile("many-sections.s")], mode });
  });

  it("notes of all files, in memory and not", () => {
    const { gnu, ours } = expectAgreement({ inputs: [compile("hello.c"), ...copies("notes.s")], mode });
    const notes = (path: string): string[] =>
      tool("readelf", ["-nW", path])
        .split("\n\n")
        .filter((block) => !block.includes("build-id"))
        .sort();
    expect(notes(ours)).toEqual(notes(gnu));
    expect(notes(ours).join()).toMatch(/note\.manifold\.test[\s\S]*22 22 22 22[\s\S]*11 11 11 11/);
  });

  it("properties of code that all files must have are the program's only then", () => {
    const properties = (path: string): string[] => tool("readelf", ["-nW", path]).match(/^ +Properties:.*$/gm) ?? [];
    const { gnu, ours } = expectAgreement({ inputs: [compile("bare.s"), "-nostdlib"], mode });
    expect(properties(ours)).toEqual(properties(gnu));
    const guarded = expectAgreement({ inputs: [compile("hello.c", "-fcf-protection=full")], mode });
    expect(properties(guarded.ours)).toEqual(properties(guarded.gnu));
  });

  it("the stack is executable where a file asks for that, and where a file does not say", () => {
    const flags = (path: string): string => segments(path).find(({ type }) => type === "GNU_STACK")!.flags;
    const nested = expectAgreement({ inputs: [compile("nested.c")], mode });
    expect(flags(nested.ours)).toBe("RWE");
    const silent = [compile("hello.c"), compile("notes.s", "-Wa,--defsym,NO_STACK_NOTE=1")];
    expect(flags(expectAgreement({ inputs: silent, mode }).ours)).toBe("RWE");
    expect(flags(expectAgreement({ inputs: [...silent, "-Wl,-z,noexecstack"], mode }).ours)).toBe("RW");
    expect(flags(linkWith("manifold", { inputs: [compile("hello.c"), "-Wl,-z,execstack"], mode }))).toBe("RWE");
  });

  it("what is constant after relocation cannot be written", () => {
    expectAgreement({ inputs: [compile("relro.c")], mode });
    const { ours } = expectAgreement({ inputs: [compile("hello.c"), "-Wl,-z,norelro"], mode });
    expect(segments(ours).some(({ type }) => type === "GNU_RELRO")).toBe(false);
  });

  it("pages of other sizes, and code that shares its pages with data", () => {
    for (const size of [65536, 2097152]) {
      const inputs = [compile("relro.c"), `-Wl,-z,max-page-size=${size},-z,common-page-size=4096`];
      const { ours } = expectAgreement({ inputs, mode });
      const loads = segments(ours).filter(({ type }) => type === "LOAD");
      expect(loads.every(({ align, address, offset }) => align === size && (address - offset) % size === 0)).toBe(true);
    }
    expectAgreement({ inputs: [compile("relro.c"), "-Wl,-z,noseparate-code"], mode });
  });

  it("a gigabyte of zeros takes no room in the file", () => {
    const directory = tempDir();
    writeFileSync(join(directory, "zeros.c"), "char zeros[1 << 30];");
    tool("gcc", ["-c", "-o", join(directory, "zeros.o"), join(directory, "zeros.c")]);
    const { ours } = expectAgreement({ inputs: [compile("hello.c"), join(directory, "zeros.o")], mode });
    expect(Number(tool("stat", ["-c", "%s", ours]))).toBeLessThan(2 << 20);
  });
});

describe("the output", () => {
  const notesOf = (path: string): string => tool("readelf", ["-nW", path]);
  const buildId = (flag: string, file = "hello.c"): string | undefined => {
    const path = linkWith("manifold", { inputs: [compile(file), flag] });
    return /Build ID: ([0-9a-f]+)/.exec(notesOf(path))?.[1];
  };

  it("has a build-id of the style that is asked for", () => {
    expect(buildId("-Wl,--build-id")).toMatch(/^[0-9a-f]{40}$/);
    expect(buildId("-Wl,--build-id=sha1")).toMatch(/^[0-9a-f]{40}$/);
    expect(buildId("-Wl,--build-id=md5")).toMatch(/^[0-9a-f]{32}$/);
    expect(buildId("-Wl,--build-id=uuid")).toMatch(/^[0-9a-f]{32}$/);
    expect(buildId("-Wl,--build-id=0x1234abcd")).toBe("1234abcd");
    expect(buildId("-Wl,--build-id=none")).toBe(undefined);
  });

  it("has a build-id that tells programs apart, and is the same for the same", () => {
    expect(buildId("-Wl,--build-id")).toBe(buildId("-Wl,--build-id"));
    expect(buildId("-Wl,--build-id")).not.toBe(buildId("-Wl,--build-id", "nested.c"));
  });

  it("has the same bytes each time, wherever it is made", () => {
    const program = { inputs: [...parts("unwind.cc", 2), "-g"], driver: "g++" } as const;
    const [first, second] = [tempDir(), tempDir()].map((cwd) =>
      readFileSync(linkWith("manifold", { ...program, cwd }, join(cwd, "program"))),
    );
    expect(first!.equals(second!)).toBe(true);
  });

  it("begins at the address that is asked for", () => {
    const inputs = [compile("relro.c"), "-Wl,-Ttext-segment=0x10000000"];
    const { ours } = expectAgreement({ inputs });
    expect(segments(ours).find(({ type }) => type === "LOAD")!.address).toBe(0x10000000);
  });

  it("asks for the stack that -z stack-size names", () => {
    const { ours } = expectAgreement({ inputs: [compile("hello.c"), "-Wl,-z,stack-size=0x200000"] });
    expect(segments(ours).find(({ type }) => type === "GNU_STACK")!.memorySize).toBe(0x200000);
  });

  it("has no symbols with -s, no debug sections with -S, fewer local ones with -x", () => {
    const object = compile("hello.c", "-g");
    const names = (path: string): string[] => sections(path).map(({ name }) => name);
    const bare = linkWith("manifold", { inputs: [object, "-s"] });
    expect(names(bare).filter((name) => /^\.(symtab|strtab|debug.*)$/.test(name))).toEqual([]);
    expect(run(bare, []).stdout).toBe("Hello from an object\n");
    const { ours } = expectAgreement({ inputs: [object, "-Wl,-S"] });
    expect(names(ours).filter((name) => name.startsWith(".debug"))).toEqual([]);
    expectAgreement({ inputs: [...parts("locals.c", 3), "-Wl,-x"] });
    expectAgreement({ inputs: [...parts("locals.c", 3), "-Wl,-X"] });
  });

  it("takes the place of a program that runs, which goes on", async () => {
    const path = join(tempDir(), "program");
    copyFileSync("/bin/sleep", path);
    const sleeper = spawn(path, ["60"]);
    await once(sleeper, "spawn");
    try {
      linkWith("manifold", { inputs: [compile("hello.c")] }, path);
      expect(run(path, []).stdout).toBe("Hello from an object\n");
      expect(sleeper.exitCode).toBe(null);
    } finally {
      sleeper.kill();
    }
  });

  it("can be executed by whom the umask lets", () => {
    const path = linkWith("manifold", { inputs: [compile("hello.c")] });
    const expected = (0o777 & ~process.umask()).toString(8);
    expect(tool("stat", ["-c", "%a", path]).trim()).toBe(expected);
  });

  it("embeds a file that GNU ld -r -b binary made an object of", () => {
    const directory = tempDir();
    writeFileSync(join(directory, "data.txt"), "embedded text\n");
    tool("ld", ["-r", "-b", "binary", "-z", "noexecstack", "-o", "data.o", "data.txt"], { cwd: directory });
    writeFileSync(join(directory, "main.c"), BINARY_MAIN);
    tool("gcc", ["-O1", "-c", "main.c"], { cwd: directory });
    const inputs = [join(directory, "main.o"), join(directory, "data.o")];
    expect(expectAgreement({ inputs }).stdout).toBe("14 embedded text\n");
  });
});

const BINARY_MAIN = `#include <stdio.h>
extern char _binary_data_txt_start[], _binary_data_txt_end[], _binary_data_txt_size[];
int main(void) {
  printf("%ld %.*s", (long)_binary_data_txt_size, (int)(_binary_data_txt_end - _binary_data_txt_start), _binary_data_txt_start);
}
`;
