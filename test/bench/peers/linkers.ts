/** The other linkers that are installed: GNU ld, gold, the newest lld, and mold as it comes and without its fork. */

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";

export interface Linker {
  readonly name: string;
  readonly version: string;
  readonly program: string;
  /** Options that belong to it in every call. */
  readonly options: readonly string[];
  /** The command ends while a child of it still gives back memory: mold, unless told otherwise. */
  readonly leavesChildren: boolean;
}

interface Candidate {
  readonly name: string;
  readonly programs: readonly string[];
  readonly options?: readonly string[];
  readonly leavesChildren?: boolean;
}

/** Names of linkers as the options of the suites have them, with what is run for each. */
const CANDIDATES: Readonly<Record<string, readonly Candidate[]>> = {
  ld: [{ name: "GNU ld", programs: ["ld.bfd", "ld"] }],
  gold: [
    {
      name: "gold",
      programs: ["ld.gold", "gold"],
      options: ["--threads", "--thread-count", String(availableParallelism())],
    },
  ],
  lld: [{ name: "lld", programs: [...numberedLlds(), "ld.lld"] }],
  mold: [
    { name: "mold", programs: ["mold", "ld.mold"], leavesChildren: true },
    { name: "mold --no-fork", programs: ["mold", "ld.mold"], options: ["--no-fork"] },
  ],
};

export const LINKER_NAMES: readonly string[] = Object.keys(CANDIDATES);

/** Those of `names` that are installed; `tell` hears of the others. */
export function findLinkers(names: readonly string[], tell: (line: string) => void): Linker[] {
  return names.flatMap((name) =>
    (CANDIDATES[name] ?? []).flatMap((candidate) => {
      const linker = find(candidate);
      if (linker === undefined) tell(`${candidate.name} is not installed: left out`);
      return linker ?? [];
    }),
  );
}

function find({ name, programs, options = [], leavesChildren = false }: Candidate): Linker | undefined {
  for (const program of programs) {
    const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
    if (status === 0) return { name, version: stdout.split("\n")[0]!.trim(), program, options, leavesChildren };
  }
  return undefined;
}

/** `ld.lld-19` and the like in the search path, newest first. */
function numberedLlds(): string[] {
  const versions = (process.env["PATH"] ?? "").split(":").flatMap((directory) => {
    try {
      return readdirSync(directory).map((file) => Number(/^ld\.lld-(\d+)$/.exec(file)?.[1] ?? 0));
    } catch {
      return [];
    }
  });
  const numbers = [...new Set(versions)].filter((version) => version > 0).sort((a, b) => b - a);
  return numbers.map((version) => `ld.lld-${version}`);
}
