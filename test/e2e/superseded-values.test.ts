/** Typed values that were replaced before an update took them: their types may change without them. */

import { join } from "node:path";
import { makeControl, makeHeader, Session } from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { expect, it } from "vitest";
import { run } from "../support/command.js";
import { sharedText } from "../support/declarations.js";
import { EXIT_0, type Line, ndjson } from "../support/manifest.js";
import { tempDir } from "../support/temp-dir.js";

const FIELDS = ["a", "b", "c"];

/** A struct with so many fields, and a value of it. */
function valueWith(count: number): Line[] {
  const names = FIELDS.slice(0, count);
  return [
    { type: "T", is: { struct: names.map((name) => ({ name, type: "u32" })) } },
    { var: "value", type: "T", init: Object.fromEntries(names.map((name, index) => [name, index])) },
  ];
}

it("a value that was replaced while the program was wrong does not hinder a full link after its type changed", async () => {
  const file = join(tempDir(), "program");
  const header = makeHeader({ target: "x86_64-linux" });
  const session = new Session({ header, output: file, pool: new InlinePool(), control: makeControl() });
  const update = async (...lines: readonly Line[]): Promise<boolean> => {
    session.updateText("declarations", sharedText(ndjson(lines)), 0);
    return (await session.flush()).ok;
  };
  expect(await update(...EXIT_0, ...valueWith(1))).toBe(true);
  expect(await update({ func: "start", code: { asm: "mov eax, [" } }, ...valueWith(2))).toBe(false);
  expect(await update(...valueWith(3))).toBe(false);
  expect(await update(EXIT_0[0]!)).toBe(true);
  // Without another session to compare with, all is linked again.
  expect(await session.verify()).toEqual([]);
  expect(run(file, []).code).toBe(0);
});
