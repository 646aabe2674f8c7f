/**
 * What `manifold ld` says about itself. Build systems read these texts: libtool, meson and autoconf look for "GNU" in the
 * version, libtool for `no-whole-archive` and `: supported targets:.* elf` in the help.
 */

import { VERSION } from "@manifold/core";

export const EMULATION = "elf_x86_64";
export const TARGET = "elf64-x86-64";

/** As mold and lld put it, so that nobody takes this for GNU ld and everybody knows what it understands. */
export const VERSION_LINE: string = `Manifold ${VERSION} (compatible with GNU ld)`;

export const VERSION_TEXT: string = `${VERSION_LINE}\n`;

const OPTIONS: readonly (readonly [title: string, rows: readonly (readonly [flag: string, help: string])[]])[] = [
  [
    "Inputs",
    [
      ["FILE", "an object, an archive, or a linker script that stands for a library"],
      ["-l NAME, -l :FILE", "the library libNAME.a, or FILE, from the library path"],
      ["-L DIR", "add a directory to the library path; =DIR is in the sysroot"],
      ["--sysroot=DIR", "where =DIR and scripts look"],
      ["-nostdlib", "look in the directories of -L alone"],
      ["--whole-archive", "link all members of archives behind it"],
      ["--no-whole-archive", "link the members that are needed"],
      ["--start-group, -(", "search the archives up to --end-group, -), until nothing new comes"],
      ["--start-lib", "link the objects up to --end-lib only if they are needed"],
      ["--push-state", "keep --whole-archive and -Bstatic for --pop-state"],
      ["-Bstatic, -Bdynamic", "look for archives alone, or for shared libraries as well"],
      ["@FILE", "read options from FILE"],
    ],
  ],
  [
    "Output",
    [
      ["-o FILE", "where to write (a.out)"],
      ["-static", "a static program"],
      ["-static -pie", "a static program that is position-independent"],
      ["--image-base=ADDRESS", "the program's first address; also -Ttext-segment"],
      ["--gc-sections", "leave out sections that nothing refers to"],
      ["-s, -S", "leave out all symbols; leave out debug sections"],
      ["-x, -X", "leave out local symbols; leave out those that begin with .L"],
      ["--build-id[=STYLE]", "add a build ID: sha1, md5, uuid, 0xBYTES, none"],
      ["--eh-frame-hdr", "add a table to find unwind information by"],
      ["-z KEYWORD", "relro, execstack, stack-size=N, max-page-size=N, muldefs, separate-code, ..."],
      ["--incremental", "keep a session beside the output; the next such link costs what changed"],
      ["--verify", "with --incremental: link in full as well, in memory, and compare"],
      ["--explain", "with --incremental: say what was found to have changed, and what it cost"],
    ],
  ],
  [
    "Symbols",
    [
      ["-e SYMBOL", "where the program starts (_start)"],
      ["-u SYMBOL", "link what defines SYMBOL; --require-defined=SYMBOL fails without"],
      ["--defsym=NAME=SUM", "define NAME as a number, or as a symbol plus a number"],
      ["--wrap=SYMBOL", "SYMBOL is __wrap_SYMBOL, and __real_SYMBOL is SYMBOL"],
      ["--allow-multiple-definition", "the first of several definitions counts"],
      ["--unresolved-symbols=METHOD", "report-all, ignore-all; also --warn-unresolved-symbols"],
    ],
  ],
  [
    "Reports",
    [
      ["-t", "print every file that is linked"],
      ["-y SYMBOL", "print the files that define SYMBOL or refer to it"],
      ["-M, -Map=FILE", "print a map of the output, or write it to FILE"],
      ["--print-gc-sections", "print what --gc-sections left out"],
      ["--dependency-file=FILE", "write a makefile rule with the files that were read"],
      ["--stats", "print phases, their threads, what more processors would give"],
      ["--time-trace=FILE", "write the phases as a trace that Perfetto opens"],
      ["--threads=N", "threads that link; by default one where inputs are small"],
      ["--fatal-warnings", "warnings are errors"],
      ["-w", "no warnings"],
      ["-v, -V, --version", "print the version"],
    ],
  ],
  ["Setting up", [["--make-dir DIR", "make DIR/ld, for gcc -B DIR and clang --ld-path=DIR/ld"]]],
];

/** The answer to `--help`. */
export function helpText(): string {
  const width = Math.max(...OPTIONS.flatMap(([, rows]) => rows.map(([flag]) => flag.length))) + 2;
  const sections = OPTIONS.map(
    ([title, rows]) => `${title}:\n${rows.map(([flag, help]) => `  ${flag.padEnd(width)}${help}\n`).join("")}`,
  );
  return [
    "Usage: manifold ld [OPTION ...] FILE ... [-o OUTPUT]\n",
    "Links objects and archives into a static program, with the options of GNU ld; it stands in for ld where gcc, g++,\n" +
      "clang and rustc link with -static or -static-pie. Options of GNU ld that make no difference there are accepted.\n",
    ...sections,
    `manifold: supported targets: ${TARGET}\nmanifold: supported emulations: ${EMULATION}\n`,
  ].join("\n");
}
