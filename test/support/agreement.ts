/**
 * Whether a program is the same through Manifold as through GNU ld: it prints the same, and the tools that read it find
 * the same symbols and nothing new to complain of.
 */

import { join } from "node:path";
import { expect } from "vitest";
import { run, tool } from "./command.js";
import { type SectionView, sections, segments, symbols } from "./elf-view.js";
import { linkWith, OTHER_LINKER, type Program, tryLink } from "./gcc-link.js";
import { tempDir } from "./temp-dir.js";

export interface Expectation {
  readonly args?: readonly string[];
  /** Exit code of the program; 0 where not given. */
  readonly code?: number;
  /** What the link warns of, however it words that. Where not given, it need not warn, and may only where GNU ld does. */
  readonly warns?: RegExp;
  /** Names of symbols, besides those that linkers make, that may differ. */
  readonly mayDiffer?: RegExp;
}

export interface Agreement {
  /** Paths of the outputs. */
  readonly gnu: string;
  readonly ours: string;
  readonly stdout: string;
}

/**
 * Names that linkers make, of which each linker may have others; and __TMC_LIST__, which is local in a section that is
 * empty in every program: GNU ld leaves that section out, with its local symbols.
 */
const LINKER_MADE = new RegExp(
  `^(${[
    "_GLOBAL_OFFSET_TABLE_|_DYNAMIC|_TLS_MODULE_BASE_|__GNU_EH_FRAME_HDR|__rela_iplt_(start|end)",
    "__(preinit|init|fini)_array_(start|end)|__(start|stop)_.+",
    "_?end|_?edata|_{0,2}etext|__bss_start|__ehdr_start|__executable_start",
    "__TMC_LIST__",
    // Undefined still, where sections went that called it: no call of it is left.
    "__tls_get_addr",
  ].join("|")})$`,
);

/** Links with both, runs both, and compares all that can be compared. */
export function expectAgreement(program: Program, expectation: Expectation = {}): Agreement {
  const directory = tempDir();
  const gnu = join(directory, "gnu");
  const ours = join(directory, "ours");
  const reference = tryLink("gnu", program, gnu);
  const outcome = tryLink("manifold", program, ours);
  const stderr = expectation.warns ?? (reference.stderr === "" ? /^$/ : /^/);
  expect(reference).toMatchObject({ code: 0, stdout: "" });
  expect(outcome).toMatchObject({ code: 0, stdout: "", stderr: expect.stringMatching(stderr) });
  const printed = run(gnu, expectation.args ?? [], { timeout: 20_000 });
  expect(printed).toMatchObject({ code: expectation.code ?? 0 });
  expect(run(ours, expectation.args ?? [], { timeout: 20_000 })).toEqual(printed);
  expectToolsAgree(gnu, ours, expectation.mayDiffer);
  return { gnu, ours, stdout: printed.stdout };
}

/** Links with Manifold only, where no other linker shall be the measure, and runs: the program judges itself. */
export function expectRight(program: Program, expectation: Expectation = {}): string {
  const ours = linkWith("manifold", program);
  const { code, stdout } = run(ours, expectation.args ?? [], { timeout: 20_000 });
  expect(stdout).not.toMatch(/^NO /m);
  expect(code).toBe(expectation.code ?? 0);
  return stdout;
}

/**
 * The tools that read programs find in ours what they find in GNU ld's: eu-elflint has nothing to complain of that it
 * does not complain of there (__ehdr_start, notes of stapsdt, large sections), readelf warns of nothing more, symbols
 * have the same names, types, bindings and sizes, segments are of the same kinds, and .comment names Manifold as well.
 */
export function expectToolsAgree(gnu: string, ours: string, mayDiffer?: RegExp): void {
  const [expected, found] = [gnu, ours].map((path) => namesAndTypes(path, mayDiffer)) as [string[], string[]];
  const differences = {
    complaints: without(complaints(ours), complaints(gnu)),
    readelf: readelfWarnings(ours),
    symbolsMissing: without(expected, found),
    symbolsAdded: without(found, expected),
    segments: kindsOfSegments(ours),
    comments: comments(ours),
  };
  expect(differences).toEqual({
    complaints: [],
    readelf: readelfWarnings(gnu),
    symbolsMissing: [],
    symbolsAdded: [],
    segments: kindsOfSegments(gnu),
    comments: OTHER_LINKER ? expect.anything() : expect.arrayContaining([...comments(gnu), OUR_COMMENT]),
  });
}

const OUR_COMMENT: unknown = expect.stringMatching(/^Manifold \d+\.\d+/);

/** The strings of .comment, sorted. */
export function comments(path: string): string[] {
  const rows = tool("readelf", ["-p", ".comment", path]).matchAll(/^ {2}\[\s*[0-9a-f]+\] {2}(.*)$/gm);
  return [...rows].map(([, text]) => text!).sort();
}

function complaints(path: string): string[] {
  const { stdout, stderr } = run("eu-elflint", ["--gnu-ld", path]);
  const lines = `${stdout}${stderr}`.split("\n").filter((line) => line !== "" && line !== "No errors");
  return lines.map((line) =>
    line
      .replace(/\[ *\d+\]/g, "[]")
      .replace(/(symbol|offset|relocation|entry) \d+/g, "$1 #")
      .replaceAll(path, "FILE"),
  );
}

function readelfWarnings(path: string): string {
  const { code, stderr } = run("readelf", ["-aW", path]);
  return `${code} ${stderr.replaceAll(path, "FILE")}`;
}

function kindsOfSegments(path: string): string[] {
  const kinds = segments(path).map(({ type, flags }) => (type === "GNU_STACK" ? `${type} ${flags}` : type));
  return [...new Set(kinds)].filter((kind) => kind !== "PHDR").sort();
}

/**
 * What identifies a symbol but its address. Hidden symbols count as local: the specification has linkers make them so,
 * which GNU ld does for some. Weak symbols that nothing defines are left out: GNU ld drops them, lld and gold do not.
 */
function namesAndTypes(path: string, mayDiffer: RegExp | undefined): string[] {
  const kinds = sections(path).map(kindOfSection);
  return symbols(path)
    .filter(({ type, name }) => type !== "FILE" && type !== "SECTION" && name !== "")
    .filter(({ bind, section }) => bind !== "WEAK" || section !== "UND")
    .filter(({ name }) => !LINKER_MADE.test(name) && mayDiffer?.test(name) !== true)
    .map(({ name, type, bind, visibility, section, size }) => {
      const local = visibility === "HIDDEN" || visibility === "INTERNAL" ? section !== "UND" : bind === "LOCAL";
      return `${name} ${type} ${local ? "LOCAL" : bind} ${kinds[Number(section)] ?? section} ${size}`;
    })
    .sort();
}

function kindOfSection({ type, flags }: SectionView): string {
  if (!flags.includes("A")) return "unloaded";
  if (flags.includes("X")) return "code";
  if (flags.includes("T")) return "thread-local";
  if (!flags.includes("W")) return "read-only";
  return type === "NOBITS" ? "zeros" : "data";
}

/** What of `all` is not in `some`, each as often as it is missing there. */
function without(all: readonly string[], some: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of some) counts.set(text, (counts.get(text) ?? 0) + 1);
  return all.filter((text) => {
    const count = counts.get(text) ?? 0;
    counts.set(text, count - 1);
    return count <= 0;
  });
}
