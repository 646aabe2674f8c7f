/**
 * Random edits of generated programs, compiled by gcc and linked again: after every edit the program does what GNU ld's
 * does, and cannot be linked where GNU ld cannot.
 *
 * For more by hand: SEED is the first seed, RUNS how many there are, STEPS the edits of each; COMPILE and LINK replace
 * the options of the build that the seed chooses.
 */

import { describe, it } from "vitest";
import { type Build, runEdits, summary } from "../support/edited-objects.js";
import { randomProject } from "../support/generated-sources/edits.js";

const { SEED = "1", RUNS = "1", STEPS = "8", COMPILE, LINK } = process.env;

const BUILDS: readonly Build[] = [
  { name: "plain", compile: ["-O1"] },
  { name: "sections", compile: ["-O2", "-ffunction-sections", "-fdata-sections"] },
  { name: "debug", compile: ["-O0", "-g"] },
  { name: "absolute", compile: ["-O1", "-fno-pie"], link: ["-no-pie"] },
  { name: "position-independent", compile: ["-O2", "-fPIC", "-ffunction-sections"] },
];

const KINDS = Array.from({ length: Number(RUNS) }, (_, run) => Number(SEED) + run).flatMap((seed) =>
  (["c", "cxx"] as const).map((language) => [language, seed] as const),
);

function buildOf(language: string, seed: number): Build {
  const build = BUILDS[(seed + (language === "c" ? 0 : 1)) % BUILDS.length]!;
  const link = LINK === undefined ? build.link : LINK.split(" ");
  const compile = COMPILE === undefined ? build.compile : COMPILE.split(" ");
  const common = language === "c" ? ["-fcommon"] : [];
  return { name: build.name, compile: [...compile, ...common], ...(link === undefined ? {} : { link }) };
}

describe("generated sources that are edited", { timeout: 3_600_000 }, () => {
  it.each(KINDS)("are linked to what GNU ld makes of them, after every edit (%s, seed %i)", async (language, seed) => {
    const { makeTree, edits } = randomProject(language, seed, Number(STEPS));
    const build = buildOf(language, seed);
    const steps = await runEdits({ name: `${language} ${seed}`, makeTree }, build, edits);
    console.log(`${language}, seed ${seed}, ${build.name}: ${summary(steps)}`);
  });
});
