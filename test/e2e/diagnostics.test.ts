/** The codes of diagnostics are stable, and each means one thing. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/command.js";
import { CODES } from "../support/diagnostic-codes.js";

/** Name and code of every factory in the files of `directory`, in the order of the codes. */
function factories(directory: string): [name: string, code: string][] {
  return readdirSync(join(ROOT, directory))
    .filter((name) => /^(?!.*\.test\.)(?!diagnostic\.ts$).*\.ts$/.test(name))
    .flatMap((name) =>
      readFileSync(join(ROOT, directory, name), "utf8")
        .split(/^export function /m)
        .slice(1),
    )
    .flatMap((text) => {
      const match = /^(\w+)\([\s\S]*?\b(?:error|warning)\(\s*"(MF\d{4})"/.exec(text);
      return match === null ? [] : [[match[1]!, match[2]!] as [string, string]];
    })
    .sort(([, a], [, b]) => a.localeCompare(b));
}

describe("the codes of diagnostics", () => {
  it("are those that they have been", () => {
    const sorted = Object.entries(CODES).sort(([, a], [, b]) => a.localeCompare(b));
    expect(factories("packages/core/src/diagnostics")).toEqual(sorted);
  });

  it("belong to one factory each", () => {
    const all = ["packages/core/src/diagnostics", "packages/cli/src/import"].flatMap(factories);
    expect(all.length).toBeGreaterThan(Object.keys(CODES).length);
    expect(new Set(all.map(([, code]) => code)).size).toBe(all.length);
  });
});
