import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { hasTool, inScratch } from "../elf/toolchain.test.helper.js";
import { readArchive } from "./archive.js";
import { ArchiveIndex, type ArchiveMemberPlace } from "./archive-index.js";

/** The symbols of each member. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  "a.o": ["alpha", "another_name_that_is_longer"],
  "a-name-of-more-than-fifteen-bytes.o": ["beta"],
  "none.o": [],
  "c.o": ["gamma", "delta", "epsilon"],
};
const NAMES = Object.keys(MEMBERS);
const SYMBOLS = NAMES.flatMap((name) => MEMBERS[name]!.map((symbol) => `${symbol} in ${name}`)).sort();

function assemble(cwd: string): void {
  for (const [name, symbols] of Object.entries(MEMBERS)) {
    const source = symbols.map((symbol) => `.globl ${symbol}\n${symbol}: .quad 1\n`).join("");
    execFileSync("as", ["-o", name, "-"], { cwd, input: source });
  }
}

/** Makes `lib.a` of MEMBERS in a fresh directory, and gives `use` its path and the directory. */
function withArchive<T>(command: readonly string[], use: (path: string, cwd: string) => T, env = {}): T {
  return inScratch((cwd) => {
    assemble(cwd);
    const [tool, ...flags] = command;
    execFileSync(tool!, [...flags, "lib.a", ...NAMES], { cwd, env: { ...process.env, ...env } });
    return use(join(cwd, "lib.a"), cwd);
  });
}

function opened<T>(path: string, use: (archive: ArchiveIndex) => T): T {
  const archive = ArchiveIndex.open(path);
  try {
    return use(archive);
  } finally {
    archive.close();
  }
}

function symbolsOf(archive: ArchiveIndex): string[] {
  return Array.from({ length: archive.symbolCount }, (_, i) => {
    const name = Buffer.from(archive.names.subarray(archive.nameStart[i]!, archive.nameEnd[i]!)).toString();
    return `${name} in ${archive.member(archive.memberOf[i]!).name.replace(/^.*\//, "")}`;
  }).sort();
}

function contents(archive: ArchiveIndex, place: ArchiveMemberPlace): Buffer {
  const target = Buffer.alloc(place.size);
  archive.readMember(place, target);
  return target;
}

const AR = ["ar", "rcsD"];
const THIN = ["ar", "rcsDT"];
const BSD = ["llvm-ar", "rcsD", "--format=bsd"];
const DARWIN = ["llvm-ar", "rcsD", "--format=darwin"];
/** From this size on, llvm-ar writes indices of 64-bit words. */
const WIDE = { SYM64_THRESHOLD: "1" };

describe.each([
  ["GNU", AR, {}, "/ "],
  ["GNU, 64-bit", ["llvm-ar", "rcsD", "--format=gnu"], WIDE, "/SYM64/"],
  ["thin", THIN, {}, "/ "],
  ["BSD", BSD, {}, "__.SYMDEF\0"],
  ["Darwin", DARWIN, {}, "__.SYMDEF\0"],
])("an archive of the kind %s", (_, command, env, index) => {
  test.runIf(hasTool(command[0]!))("gives symbols, the members that define them, and their bytes", () => {
    withArchive(
      command,
      (path, cwd) =>
        opened(path, (archive) => {
          expect(readFileSync(path, "latin1").slice(0, 100)).toContain(index);
          expect(archive.hasIndex).toBe(true);
          expect(symbolsOf(archive)).toEqual(SYMBOLS);
          const places = archive.members();
          expect(places.map((place) => place.name)).toEqual(NAMES);
          for (const place of places) {
            expect(archive.member(place.headerOffset)).toEqual(place);
            const file = readFileSync(join(cwd, place.name));
            const bytes = contents(archive, place);
            // Darwin pads members to eight bytes with newlines.
            expect(bytes.subarray(0, file.length)).toEqual(file);
            expect(bytes.subarray(file.length).toString().trim()).toBe("");
          }
        }),
      env,
    );
  });
});

test("members are those that reading the whole archive gives", () => {
  withArchive(AR, (path) =>
    opened(path, (archive) => {
      const members = readArchive(readFileSync(path), { file: path });
      expect(archive.members().map(({ name, headerOffset }) => ({ name, offset: headerOffset }))).toEqual(
        members.map(({ name, offset }) => ({ name, offset })),
      );
    }),
  );
});

test("an archive without index has members and no symbols", () => {
  withArchive(["ar", "rcSD"], (path) =>
    opened(path, (archive) => {
      expect(archive.hasIndex).toBe(false);
      expect(archive.symbolCount).toBe(0);
      expect(archive.members().map((place) => place.name)).toEqual(NAMES);
    }),
  );
});

test("the empty archive has nothing", () => {
  inScratch((cwd) => {
    writeFileSync(join(cwd, "lib.a"), "!<arch>\n");
    opened(join(cwd, "lib.a"), (archive) => {
      expect(archive.hasIndex).toBe(false);
      expect(archive.members()).toEqual([]);
    });
  });
});

describe("a thin archive", () => {
  test("gives the size that a file has now, not when it was added", () => {
    withArchive(THIN, (path, cwd) => {
      writeFileSync(join(cwd, "c.o"), "shorter");
      opened(path, (archive) => {
        const place = archive.members().find(({ name }) => name === "c.o")!;
        expect(place).toMatchObject({ path: join(cwd, "c.o"), offset: 0, size: 7 });
        expect(contents(archive, place).toString()).toBe("shorter");
      });
    });
  });

  test("refers to files from its own directory, through symbolic links as the system does", () => {
    inScratch((cwd) => {
      mkdirSync(join(cwd, "far/away/lib"), { recursive: true });
      assemble(join(cwd, "far/away"));
      execFileSync("ar", ["rcsDT", "lib.a", "../a.o"], { cwd: join(cwd, "far/away/lib") });
      symlinkSync("far/away/lib", join(cwd, "near"));
      opened(join(cwd, "near/lib.a"), (archive) => {
        const [place] = archive.members();
        expect(contents(archive, place!)).toEqual(readFileSync(join(cwd, "far/away/a.o")));
      });
    });
  });

  test("finds members of a regular archive inside it", () => {
    withArchive(AR, (_, cwd) => {
      mkdirSync(join(cwd, "thin"));
      execFileSync("ar", ["rcsDT", "thin/outer.a", "lib.a"], { cwd });
      opened(join(cwd, "thin/outer.a"), (archive) => {
        expect(archive.thin).toBe(true);
        expect(symbolsOf(archive)).toEqual(SYMBOLS);
        const places = archive.members();
        expect(places.map((place) => place.name)).toEqual(NAMES);
        for (const place of places) {
          expect(place.path).toBe(`${cwd}/thin/../lib.a`);
          expect(archive.member(place.headerOffset)).toEqual(place);
          expect(contents(archive, place)).toEqual(readFileSync(join(cwd, place.name)));
        }
      });
    });
  });

  test("that leads to another thin archive, or to itself, is refused with MF0408", () => {
    withArchive(AR, (path, cwd) => {
      execFileSync("ar", ["rcsDT", "outer.a", "lib.a"], { cwd });
      copyFileSync(join(cwd, "outer.a"), path);
      for (const file of ["outer.a", "lib.a"]) {
        opened(join(cwd, file), (archive) => expect(() => archive.members()).toThrow(/^MF0408/));
      }
    });
  });

  test("whose file is missing is told with MF0403 and the path of the file", () => {
    withArchive(THIN, (path, cwd) => {
      unlinkSync(join(cwd, "c.o"));
      opened(path, (archive) => {
        const read = () => archive.members();
        expect(read).toThrow(/^MF0403/);
        expect(diagnosticsOf(read)).toMatchObject([{ place: { file: join(cwd, "c.o") } }]);
      });
    });
  });
});

describe("what is not a readable archive is refused:", () => {
  test.each([
    ["a missing file", (cwd: string) => join(cwd, "missing.a"), /^MF0403/],
    ["a directory", (cwd: string) => cwd, /^MF0403/],
    ["a file of another kind", (cwd: string) => join(cwd, "text"), /^MF0408/],
    ["an empty file", (cwd: string) => join(cwd, "empty"), /^MF0408/],
  ])("%s", (_, path, code) => {
    inScratch((cwd) => {
      writeFileSync(join(cwd, "text"), "not an archive");
      writeFileSync(join(cwd, "empty"), "");
      expect(() => ArchiveIndex.open(path(cwd))).toThrow(code);
    });
  });
});

test("a file that becomes shorter while it is open is told with MF0403", () => {
  withArchive(AR, (path) =>
    opened(path, (archive) => {
      const place = archive.members().at(-1)!;
      writeFileSync(path, "!<arch>\n");
      expect(() => contents(archive, place)).toThrow(/^MF0403/);
    }),
  );
});

/** An archive whose first member is the index `bytes` under `name`, and one more member without contents. */
function indexed(name: string, bytes: Uint8Array): Uint8Array {
  const header = (field: string, size: number) => `${field.padEnd(48)}${String(size).padEnd(10)}\`\n`;
  const head = `!<arch>\n${header(name, bytes.length)}`;
  return Buffer.concat([
    Buffer.from(head),
    bytes,
    Buffer.from(bytes.length % 2 ? "\n" : ""),
    Buffer.from(header("a.o/", 0)),
  ]);
}

function words(littleEndian: boolean, ...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) {
    if (littleEndian) bytes.writeUInt32LE(value, 4 * i);
    else bytes.writeUInt32BE(value, 4 * i);
  }
  return bytes;
}

test.each(["__.SYMDEF_64", "__.SYMDEF_64 SORTED"])("the index %s has pairs of 64-bit words", (name) => {
  const names = Buffer.from("second\0first\0\0\0");
  const pairs = [7, 8, 0, 8].flatMap((value) => [value, 0]);
  const index = Buffer.concat([words(true, 32, 0, ...pairs, names.length, 0), names]);
  const member = `#1/${name.length}`;
  inScratch((cwd) => {
    writeFileSync(join(cwd, "lib.a"), indexed(member, Buffer.concat([Buffer.from(name), index])));
    opened(join(cwd, "lib.a"), ({ symbolCount, names, nameStart, nameEnd, memberOf }) => {
      expect([...memberOf]).toEqual([8, 8]);
      expect([0, 1].map((i) => Buffer.from(names.subarray(nameStart[i], nameEnd[i])).toString())).toEqual([
        "first",
        "second",
      ]);
      expect(symbolCount).toBe(2);
    });
  });
});

describe("a hostile index is refused with MF0408:", () => {
  const big = (...values: number[]) => words(false, ...values);
  const little = (...values: number[]) => words(true, ...values);
  const name = Buffer.from("f\0");
  test.each([
    ["/", "more symbols than bytes", big(0x40000000, 8)],
    ["/", "a member outside", Buffer.concat([big(1, 0x7fffffff), name])],
    ["/", "a name without end", Buffer.concat([big(1, 8), Buffer.from("f")])],
    ["/", "fewer names than symbols", Buffer.concat([big(2, 8, 8), name])],
    ["/SYM64/", "a count beyond 2^53", Buffer.concat([big(0xffffffff, 0xffffffff, 0, 8), name])],
    ["/SYM64/", "a member beyond 2^53", Buffer.concat([big(0, 1, 0xffffffff, 0xffffffff), name])],
    ["__.SYMDEF", "a size that is no number of pairs", Buffer.concat([little(7, 0, 8, 2), name])],
    ["__.SYMDEF", "more pairs than bytes", Buffer.concat([little(0x7ffffff8, 0, 8, 2), name])],
    ["__.SYMDEF", "more names than bytes", Buffer.concat([little(8, 0, 8, 0xffffffff), name])],
    ["__.SYMDEF", "a name outside", Buffer.concat([little(8, 2, 8, 2), name])],
    ["__.SYMDEF", "a name without end", Buffer.concat([little(8, 0, 8, 1), name])],
    ["__.SYMDEF", "a member outside", Buffer.concat([little(8, 0, 0x7fffffff, 2), name])],
    [
      "__.SYMDEF",
      "thousands of symbols that share one enormous name",
      Buffer.concat([
        little(80_000, ...new Array(20_000).fill(0), 100_000),
        Buffer.alloc(99_999, 0x66),
        Buffer.alloc(1),
      ]),
    ],
  ])("%s: %s", (member, _, index) => {
    inScratch((cwd) => {
      writeFileSync(join(cwd, "lib.a"), indexed(member, index));
      expect(() => ArchiveIndex.open(join(cwd, "lib.a"))).toThrow(/^MF0408/);
    });
  });
});

function diagnosticsOf(read: () => void): unknown {
  try {
    read();
  } catch (thrown) {
    if (!(thrown instanceof DiagnosticError)) throw thrown;
    return thrown.diagnostics;
  }
  return [];
}

test.runIf(hasTool("llvm-ar"))("a damaged archive is read or refused, never more", () => {
  for (const command of [AR, THIN, BSD]) {
    withArchive(command, (path) => {
      const original = readFileSync(path);
      // Behind the tables and the first header, damage is mostly to members.
      const position = fc.oneof(fc.nat(Math.min(original.length - 1, 500)), fc.nat(original.length - 1));
      const value = fc.oneof(fc.constantFrom(0x00, 0x2f, 0x30, 0x39, 0xff), fc.nat(255));
      const edits = fc.array(fc.tuple(position, value), { minLength: 1, maxLength: 6 });
      const end = fc.oneof({ weight: 4, arbitrary: fc.constant(original.length) }, fc.nat(original.length));
      fc.assert(
        fc.property(edits, end, (changes, length) => {
          const bytes = Buffer.from(original.subarray(0, length));
          for (const [at, byte] of changes) if (at < length) bytes[at] = byte;
          writeFileSync(path, bytes);
          const diagnostics = diagnosticsOf(() =>
            opened(path, (archive) => {
              symbolsOf(archive);
              for (const place of archive.members()) contents(archive, place);
            }),
          );
          for (const { code } of diagnostics as { code: string }[]) expect(code).toMatch(/^MF040[38]$/);
        }),
        { numRuns: 1000 },
      );
    });
  }
});
