/**
 * Projects that gcc compiles and `manifold ld --incremental` links again after every edit. GNU ld links the same
 * objects beside, from nothing; both programs must do the same and have the same names.
 *
 * MANIFOLD_TEST_LD names another ld to take the place of ours, without its options: to test these tests, or another
 * linker. KEEP names a directory in which everything stays after the run, with what the linker had before its last link
 * and a script that links again.
 */

import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MANIFOLD, type Outcome, run, tool } from "./command.js";
import { behaviour, firstDifference, sourceLines, symbolDifferences } from "./projects/compare-programs.js";
import { CompiledProject, compilerOf } from "./projects/compiled-project.js";
import type { Edit, Effect, Project } from "./projects/project.js";
import type { SourceTree } from "./projects/source-tree.js";
import { tempDir } from "./temp-dir.js";

const { MANIFOLD_TEST_LD, KEEP, EDIT_VERIFY } = process.env;

/** After so many steps source lines are compared: to read debug information takes longer than a link. */
const LINES_EVERY = 6;

/** Whether ours is the linker, with all it promises; another one is only held to linking. */
export const INCREMENTAL: boolean = MANIFOLD_TEST_LD === undefined;

export interface Build {
  readonly name: string;
  readonly compile: readonly string[];
  readonly link?: readonly string[];
  /** After so many steps `--verify` is asked for; after each where not given. EDIT_VERIFY says it for all builds. */
  readonly verifyEvery?: number;
}

/** How one link went. */
export interface Step {
  readonly title: string;
  readonly how: "updated" | "linked in full" | "failed" | "linked";
  /** Why it was linked in full, or what was updated. */
  readonly reason: string;
}

/** A project in a directory of its own, and the two programs made of it. */
class EditedObjects {
  readonly #tree: SourceTree;
  readonly #build: Build;
  readonly #directory: string;
  readonly #compiled: CompiledProject;
  readonly #gnu: string;
  readonly #own: string;
  /** What the program did after the last step that could be linked. */
  #behaviour = "";
  #steps = -1;

  constructor(tree: SourceTree, build: Build, name: string) {
    this.#tree = tree;
    this.#build = build;
    this.#directory = KEEP === undefined ? tempDir() : join(KEEP, name.replaceAll(/\W+/g, "-"));
    rmSync(this.#directory, { recursive: true, force: true });
    for (const part of ["gnu", "own", "ld"]) mkdirSync(join(this.#directory, part), { recursive: true });
    this.#compiled = new CompiledProject(this.#directory, build.compile);
    installLinker(join(this.#directory, "ld"));
    this.#gnu = join(this.#directory, "gnu/program");
    this.#own = join(this.#directory, "own/program");
  }

  /** Compiles what an edit changed, links it both ways and compares. Throws where anything is not as it shall be. */
  async step(title: string, effect: Effect): Promise<Step> {
    this.#steps++;
    const unchanged = effect === "unchanged" && this.#tree.touched.size === 0;
    await this.#compiled.update(this.#tree);
    if (KEEP !== undefined) this.#keep();
    const before = this.#written(unchanged);
    const gnu = this.#link("gnu/program", []);
    const own = this.#link("own/program", this.#ownOptions());
    const broken = typeof effect === "object" || (effect === "any" && gnu.code !== 0);
    if (broken) {
      if (gnu.code === 0) throw new Error("GNU ld links what shall not be linked");
      this.#checkFailure(own, typeof effect === "object" ? effect.broken : "", before);
      return { title, how: "failed", reason: "" };
    }
    for (const { code, stderr } of [gnu, own]) if (code !== 0) throw new Error(`a link ended with ${code}:\n${stderr}`);
    this.#checkBehaviour(effect);
    this.#checkContents();
    if (effect === "unchanged" && INCREMENTAL) expectSame(before, this.#written(unchanged));
    return { title, ...explanation(own.stderr) };
  }

  #checkFailure({ code, stderr }: Outcome, symbol: string, before: ReadonlyMap<string, string>): void {
    if (code === 0) throw new Error("the link ended well, GNU ld's did not");
    if (!stderr.includes(symbol)) throw new Error(`what is said does not name ${symbol}:\n${stderr}`);
    if (!INCREMENTAL) return;
    if (!existsSync(this.#own)) throw new Error("the last good output is gone");
    expectSame(before, this.#written(false));
  }

  #checkBehaviour(effect: Effect): void {
    const expected = behaviour(this.#gnu);
    const actual = behaviour(this.#own);
    if (actual !== expected) throw new Error(`the program does something else: ${firstDifference(expected, actual)}`);
    if (effect !== "any" && (expected === this.#behaviour) !== (effect !== "differs"))
      throw new Error(`the edit is not what it says: "${effect}" (${firstDifference(this.#behaviour, expected)})`);
    this.#behaviour = expected;
  }

  #checkContents(): void {
    const differences = symbolDifferences(this.#gnu, this.#own);
    if (differences.length > 0)
      throw new Error(`${differences.length} symbols differ:\n${differences.slice(0, 20).join("\n")}`);
    if (this.#build.compile.includes("-g") && this.#steps % LINES_EVERY === 0) {
      const expected = sourceLines(this.#gnu).join("\n");
      const actual = sourceLines(this.#own).join("\n");
      if (!expected.includes("main ")) throw new Error("no source line of main is known");
      if (actual !== expected) throw new Error(`source lines differ: ${firstDifference(expected, actual)}`);
    }
    const { stderr } = run("readelf", ["-aW", this.#own]);
    if (stderr !== "") throw new Error(`readelf warns:\n${stderr}`);
  }

  /** The files the linker wrote, with what tells whether they were written again; just the program, unless `all`. */
  #written(all: boolean): Map<string, string> {
    const names = readdirSync(join(this.#directory, "own")).filter((name) => all || name === "program");
    return new Map(
      names.map((name) => {
        const { ino, size, mtimeNs } = statSync(join(this.#directory, "own", name), { bigint: true });
        return [name, `inode ${ino}, ${size} bytes, written at ${mtimeNs}`];
      }),
    );
  }

  #link(output: string, options: readonly string[]): Outcome {
    return run(compilerOf(this.#tree), this.#linkArguments(output, options), {
      cwd: this.#directory,
      timeout: 300_000,
    });
  }

  /** What makes gcc run our linker in this step. */
  #ownOptions(): string[] {
    const options = [`-B${join(this.#directory, "ld")}/`];
    if (!INCREMENTAL) return options;
    const every = Number(EDIT_VERIFY ?? this.#build.verifyEvery ?? 1);
    return [...options, `-Wl,--incremental,--explain${this.#steps % every === 0 ? ",--verify" : ""}`];
  }

  #linkArguments(output: string, options: readonly string[]): string[] {
    const inputs = this.#compiled.inputs(this.#tree);
    return ["-static", ...options, ...(this.#build.link ?? []), ...inputs, "-lm", "-o", output];
  }

  /** Keeps what the linker has before a link, and a script that links from there. */
  #keep(): void {
    const before = join(this.#directory, "before");
    rmSync(before, { recursive: true, force: true });
    cpSync(join(this.#directory, "own"), before, { recursive: true, preserveTimestamps: true });
    const command = [compilerOf(this.#tree), ...this.#linkArguments("own/program", this.#ownOptions())].join(" ");
    const script = `cd ${this.#directory}\nrm -rf own\ncp -a before own\n${command} "$@"\n`;
    writeFileSync(join(this.#directory, "link.sh"), script);
  }
}

/** Makes the edits of a project, one after the other; says how each was linked. */
export async function runEdits(
  project: Pick<Project, "name" | "makeTree">,
  build: Build,
  edits: Iterable<Edit>,
): Promise<Step[]> {
  const tree = project.makeTree();
  const objects = new EditedObjects(tree, build, `${project.name}, ${build.name}`);
  const steps = [await objects.step("the first link", "any")];
  for (const { title, effect = "differs", apply } of edits) {
    try {
      apply(tree);
      steps.push(await objects.step(title, effect));
    } catch (error) {
      throw new Error(`step ${steps.length}, ${title}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }
  return steps;
}

/** How many steps after the first were linked how, with the reasons for links in full, as text. */
export function summary([, ...steps]: readonly Step[]): string {
  const count = (how: Step["how"]): number => steps.filter((step) => step.how === how).length;
  const full = steps.flatMap(({ title, how, reason }) => (how === "linked in full" ? [`  ${title}: ${reason}`] : []));
  const counts = `${count("updated") + count("linked")} updated, ${full.length} linked in full, ${count("failed")} failed`;
  return [counts, ...full].join("\n");
}

/** Puts a program called `ld` into a directory. */
function installLinker(directory: string): void {
  if (MANIFOLD_TEST_LD === undefined) tool(process.execPath, [MANIFOLD, "ld", "--make-dir", directory]);
  else symlinkSync(MANIFOLD_TEST_LD, join(directory, "ld"));
}

/** What `--explain` says. */
function explanation(stderr: string): Pick<Step, "how" | "reason"> {
  if (!INCREMENTAL) return { how: "linked", reason: "" };
  const [, how, reason = ""] = /^(?:manifold: )?(updated|linked in full)\b:?\s*(.*)$/m.exec(stderr) ?? [];
  if (how !== "updated" && how !== "linked in full") throw new Error(`--explain says neither:\n${stderr}`);
  if (how === "linked in full" && reason === "") throw new Error(`--explain gives no reason:\n${stderr}`);
  return { how, reason };
}

function expectSame(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void {
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(name), after.get(name)];
    if (was !== is) throw new Error(`${name} was written, for nothing: it was ${was}, and is ${is}`);
  }
}
