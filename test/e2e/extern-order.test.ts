/** How a name is wanted that nothing defines, where manifests differ. */

import { join } from "node:path";
import { makeControl, makeHeader, Session } from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { expect, it } from "vitest";
import { tool } from "../support/command.js";
import { sharedText } from "../support/declarations.js";
import { EXIT_0, type Line, ndjson } from "../support/manifest.js";
import { tempDir } from "../support/temp-dir.js";

/** A manifest that refers to `wanted`. */
function user(func: string, is: string, weak: boolean): Line[] {
  const code = { bytes: "488b0500000000c3", relocs: [[3, "GOTPCREL", "wanted", -4]] };
  return [
    { func, code },
    { extern: "wanted", is, ...(weak ? { weak } : {}) },
  ];
}

function sessionOf(file: string, manifests: readonly (readonly [scope: number, lines: readonly Line[]])[]): Session {
  const header = makeHeader({ target: "x86_64-linux", output: "obj" });
  const session = new Session({
    header,
    output: file,
    pool: new InlinePool(),
    control: makeControl(),
    incremental: true,
  });
  for (const [scope, lines] of manifests) session.addText(`manifest ${scope}`, sharedText(ndjson(lines)), scope);
  return session;
}

it.each([
  ["the first of those that want it weakly", true, true, "FUNC", "WEAK"],
  ["the last of those that want it strongly", false, false, "OBJECT", "GLOBAL"],
  ["the one that wants it strongly", false, true, "FUNC", "GLOBAL"],
] as const)("is what %s says, whichever came first", async (_, weak0, weak1, type, binding) => {
  const directory = tempDir();
  const manifests = [
    [0, [...EXIT_0, ...user("one", "func", weak0)]],
    [1, user("other", "object", weak1)],
  ] as const;
  const file = join(directory, "edited.o");
  const session = sessionOf(file, manifests.toReversed());
  expect((await session.flush()).ok).toBe(true);
  expect(await session.verify(() => sessionOf(join(directory, "fresh.o"), manifests))).toEqual([]);
  const symbols = tool("readelf", ["-sW", file]).split("\n");
  expect(symbols.find((line) => line.endsWith(" wanted"))).toMatch(new RegExp(` ${type} +${binding} +DEFAULT +UND`));
});
