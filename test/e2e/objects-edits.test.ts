/**
 * Two projects of more than 20 files are edited, compiled by gcc and linked again: after every edit the program does
 * what GNU ld's does. See ../support/edited-objects.ts for MANIFOLD_TEST_LD, EDIT_VERIFY and KEEP.
 */

import { describe, expect, it } from "vitest";
import { type Build, INCREMENTAL, runEdits, summary } from "../support/edited-objects.js";
import { C_PROJECT } from "../support/projects/c-project.js";
import { CXX_PROJECT } from "../support/projects/cxx-project.js";
import type { Project } from "../support/projects/project.js";

const BUILDS: readonly Build[] = [
  { name: "plain", compile: ["-O1"] },
  {
    name: "with a section for each function and debug information",
    compile: ["-O1", "-ffunction-sections", "-g"],
    verifyEvery: 4,
  },
];

/** Each project in one way; EDIT_BUILDS=all has both in both, which takes twice as long. */
const KINDS: readonly (readonly [string, string, Project, Build])[] = [C_PROJECT, CXX_PROJECT].flatMap((project, i) =>
  BUILDS.filter((_, j) => process.env["EDIT_BUILDS"] === "all" || i === j).map(
    (build) => [project.name, build.name, project, build] as const,
  ),
);

describe("objects of gcc that are edited", { timeout: 900_000 }, () => {
  it.each(KINDS)(
    "are linked to what GNU ld makes of them, after every edit (%s, %s)",
    async (_, __, project, build) => {
      const tree = project.makeTree();
      expect(tree.sources().length).toBeGreaterThanOrEqual(20);
      expect(project.edits.length).toBeGreaterThanOrEqual(30);
      const steps = await runEdits(project, build, project.edits);
      console.log(`${project.name}, ${build.name}: ${summary(steps)}`);
      if (!INCREMENTAL) return;
      const linked = steps.slice(1).filter(({ how }) => how !== "failed");
      expect(linked.filter(({ how }) => how === "updated").length).toBeGreaterThanOrEqual(linked.length / 2);
    },
  );
});
