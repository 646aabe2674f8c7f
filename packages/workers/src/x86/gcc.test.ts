import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Assembler } from "./assembler.js";
import { randomC } from "./c-generator.test.helper.js";
import { seeded } from "./form-samples.test.helper.js";
import { compile, functionsOf, gnuFunctions } from "./gcc-output.test.helper.js";
import { renderOurs } from "./gnu-as.test.helper.js";

const assembler = new Assembler();

/** Assembles every function of gcc's output on both sides; returns how many lines of assembly that were. */
function expectSame(source: string, options: readonly string[]): number {
  const functions = functionsOf(compile(source, options));
  const theirs = gnuFunctions(functions);
  const wrong = functions.flatMap((f, i) => {
    const ours = renderOurs(assembler, f.text, "self");
    return ours === theirs[i] ? [] : [`${f.name}\n  ours   ${ours}\n  theirs ${theirs[i]}`];
  });
  expect(wrong).toEqual([]);
  return functions.reduce((sum, f) => sum + f.text.split("\n").length, 0);
}

const OPTIONS = [
  ["-O0"],
  ["-O1"],
  ["-O2"],
  ["-Os"],
  ["-O3", "-msse4.2"],
  ["-O2", "-fPIC"],
  ["-O2", "-fPIC", "-fno-plt"],
  ["-O2", "-fno-pie", "-mcmodel=medium"],
  ["-O2", "-mbmi", "-mbmi2", "-mpopcnt", "-mlzcnt", "-mmovbe"],
  ["-O1", "-mfpmath=387"],
  ["-O2", "-fcf-protection=full", "-fstack-protector-all"],
  ["-O2", "-g"],
] as const;

describe("gcc's output, function by function", () => {
  const mixed = readFileSync(new URL("./fixtures/mixed.c", import.meta.url), "utf8");

  it.each(OPTIONS.map((options) => [options.join(" "), options] as const))(
    "has the same bytes and relocations as from GNU as, for a C file of many corners with %s",
    (_, options) => {
      expect(expectSame(mixed, options)).toBeGreaterThan(1000);
    },
  );

  it.each([["-O0"], ["-O2"], ["-O3"], ["-Os"]])("has them for random C with %s", (option) => {
    const lines = expectSame(randomC(seeded(31337), 25), [option]);
    expect(lines).toBeGreaterThan(1500);
  });

  // Sources that a system has only where development packages brought them.
  const found = ["gun.c", "enough.c", "gznorm.c", "gzlog.c", "infcover.c", "zran.c", "fitblk.c", "zpipe.c"]
    .map((name) => `/usr/share/doc/zlib1g-dev/examples/${name}`)
    .filter((file) => existsSync(file));

  it.skipIf(found.length === 0)("has them for zlib's examples at -O2", () => {
    for (const file of found) {
      const source = readFileSync(file, "utf8");
      if (/#include "(?!zlib\.h)/.test(source)) continue;
      expect(expectSame(source, ["-O2"])).toBeGreaterThan(50);
    }
  });
});
