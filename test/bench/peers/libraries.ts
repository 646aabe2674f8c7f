/**
 * Real libraries, as Debian packs them, in static programs: of LLVM what a program needs that uses most of it, of the others all
 * (`--whole-archive`). A program calls the library, and what it prints is known. The command line is the one that gcc gives
 * to the linker for `-static`. What LLVM refers to and Debian has no archive of is left undefined by all linkers alike.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Library {
  readonly name: string;
  /** What is to be installed for it. */
  readonly debianPackage: string;
  /** What the program prints. */
  readonly printed: string;
  readonly archives: () => readonly string[];
  readonly compilerOptions: readonly string[];
  readonly before: readonly string[];
  readonly behind: readonly string[];
}

const LIB = "/usr/lib/x86_64-linux-gnu";
const LLVM = "/usr/lib/llvm-14";
/** Compiled they are elsewhere than their sources. */
const PROGRAMS = fileURLToPath(new URL("../../../bench/peers/programs", import.meta.url));

const WHOLE = { before: ["--whole-archive"], behind: ["--no-whole-archive"], compilerOptions: [] };

export const LIBRARIES: readonly Library[] = [
  {
    name: "llvm",
    debianPackage: "llvm-14-dev",
    printed: "compiled\n",
    archives: () => listed(`${LLVM}/lib`, /^libLLVM.*\.a$/),
    compilerOptions: [`-I${LLVM}/include`],
    before: ["--start-group"],
    behind: ["-lstdc++", "-lm", "-lz", "-ltinfo", "-lffi", "--end-group", "--unresolved-symbols=ignore-all"],
  },
  {
    name: "crypto",
    debianPackage: "libssl-dev",
    printed: "ba7816bf\n",
    archives: () => listed(LIB, /^libcrypto\.a$/),
    ...WHOLE,
  },
  {
    name: "sqlite",
    debianPackage: "libsqlite3-dev",
    printed: "42\n",
    archives: () => listed(LIB, /^libsqlite3\.a$/),
    ...WHOLE,
    behind: ["--no-whole-archive", "-lm"],
  },
];

/** Compiles the program and writes a response file for linkers in `directory`; or says what is missing. */
export function prepareLibrary(
  library: Library,
  directory: string,
): { readonly arguments: string } | { missing: string } {
  const archives = library.archives();
  if (archives.length === 0) return { missing: `${library.debianPackage} is not installed` };
  mkdirSync(directory, { recursive: true });
  const object = join(directory, "main.o");
  const source = join(PROGRAMS, `${library.name}.c`);
  const compiled = spawnSync("gcc", ["-O1", "-c", ...library.compilerOptions, source, "-o", object], {
    encoding: "utf8",
  });
  if (compiled.status !== 0) return { missing: `gcc cannot compile its program: ${compiled.stderr.split("\n")[0]}` };
  const path = join(directory, "arguments.rsp");
  const compiler = [...new Set([fileOf("libgcc.a"), fileOf("libc.a")].map((file) => `-L${join(file, "..")}`))];
  const args = [
    "-static",
    ...["crt1.o", "crti.o", "crtbeginT.o"].map(fileOf),
    object,
    ...compiler,
    ...library.before,
    ...archives,
    ...library.behind,
    ...["--start-group", "-lgcc", "-lgcc_eh", "-lc", "--end-group"],
    ...["crtend.o", "crtn.o"].map(fileOf),
  ];
  writeFileSync(path, `${args.join("\n")}\n`);
  return { arguments: path };
}

function listed(directory: string, pattern: RegExp): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((file) => pattern.test(file))
    .sort()
    .map((file) => join(directory, file));
}

/** Where gcc finds a file. */
function fileOf(name: string): string {
  return spawnSync("gcc", [`-print-file-name=${name}`], { encoding: "utf8" }).stdout.trim();
}
