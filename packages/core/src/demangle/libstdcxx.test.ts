import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { hasTool } from "../elf/toolchain.test.helper.js";
import { demangle } from "./index.js";

const run = (command: string, args: readonly string[], input = "") =>
  execFileSync(command, args, { encoding: "utf8", input, maxBuffer: 1 << 28, stdio: ["pipe", "pipe", "ignore"] });

test.runIf(hasTool("c++filt"))("the symbols of libstdc++ are called as c++filt calls them", () => {
  const library = run("gcc", ["-print-file-name=libstdc++.a"]).trim();
  const names = [...new Set(run("nm", ["-j", library]).match(/^_Z\S+$/gm))];
  expect(names.length).toBeGreaterThan(5000);
  const expected = run("c++filt", [], names.join("\n")).split("\n");
  const wrong = names.flatMap((name, index) => {
    const text = demangle(name) ?? name;
    return text === expected[index] ? [] : [{ name, text, expected: expected[index] }];
  });
  // Versions of c++filt differ a little.
  expect(wrong.slice(0, Math.max(0, wrong.length - names.length / 1000))).toEqual([]);
});
