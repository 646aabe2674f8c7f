import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { instructionTypes } from "./instruction-types.test.helper.js";

it("has a type for the operands of every instruction of the table", async () => {
  const file = new URL("instructions.ts", import.meta.url).pathname.replace("/dist/", "/src/");
  const header = readFileSync(file, "utf8").replace(/(?<=by their operands\. \*\/\n).*$/s, "");
  await expect(instructionTypes(header)).toMatchFileSnapshot(file);
});
