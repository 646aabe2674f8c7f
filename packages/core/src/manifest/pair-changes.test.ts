import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DeclarationKey, declarationKey } from "./declaration-key.js";
import { diffLines } from "./manifest-diff.js";
import { pairChanges } from "./pair-changes.js";
import { scanManifest } from "./scan-manifest.js";

/** What was done from one text to the other, in words, and what was malformed. */
function changesOf(before: readonly string[], after: readonly string[]): string[] {
  const [old, next] = [versionOf(before), versionOf(after)];
  const { changes, malformed } = pairChanges(diffLines(old.lines, next.lines), old.key, next.key);
  return [
    ...changes.map((change) => {
      const at = "after" in change ? change.after : "";
      const from = "before" in change ? change.before : "";
      return `${change.kind} ${change.key.class} ${change.key.name} ${from}>${at}`;
    }),
    ...malformed.map((line) => `malformed ${line}`),
  ];
}

function versionOf(lines: readonly string[]): {
  lines: ReturnType<typeof scanManifest>;
  key: (line: number) => DeclarationKey | undefined;
} {
  const bytes = Buffer.from(lines.join("\n"));
  const header = {
    target: "",
    output: "exe",
    pie: false,
    entry: "",
    imageBase: 0,
    stackSize: 0,
    functionAlignLog2: 0,
  } as const;
  const scanned = scanManifest(bytes, { path: "", header, spelling: "lines", start: 0, end: bytes.length });
  const { start, length } = scanned;
  return { lines: scanned, key: (line) => declarationKey(bytes, start[line]!, start[line]! + length[line]!) };
}

const declare = (kind: string, name: string, value = 0): string => JSON.stringify({ [kind]: name, value });

describe("pairChanges", () => {
  it("tells changed, added and removed declarations apart", () => {
    expect(
      changesOf(
        [declare("func", "a"), declare("func", "b"), declare("func", "c")],
        [declare("func", "d"), declare("func", "b", 1), declare("func", "a")],
      ),
    ).toEqual(["added nav d >0", "changed nav b 1>1", "removed nav c 2>"]);
  });

  it("takes a declaration that became another of its class for changed, and one of another class for another", () => {
    expect(changesOf([declare("extern", "x")], [declare("func", "x")])).toEqual(["changed nav x 0>0"]);
    expect(changesOf([declare("func", "x")], [declare("export", "x")])).toEqual([
      "added export x >0",
      "removed nav x 0>",
    ]);
  });

  it("finds no change in blank lines, another order or another way to end lines", () => {
    const lines = ["a", "b", "c"].map((name) => declare("var", name));
    expect(changesOf(lines, ["", `${lines[2]}\r`, " ", lines[0]!, `${lines[1]}\r`, "\r"])).toEqual([]);
  });

  it("pairs declarations of the same name in their order", () => {
    const weak = (value: number): string => declare("export", "w", value);
    expect(changesOf([weak(0), weak(1), weak(2)], [weak(3), weak(4)])).toEqual([
      "changed export w 0>0",
      "changed export w 1>1",
      "removed export w 2>",
    ]);
  });

  it("hands out malformed lines to be emitted, and forgets those that were", () => {
    expect(changesOf(['{"func":', declare("var", "a")], [declare("var", "a"), "nonsense"])).toEqual(["malformed 1"]);
  });

  it("gives what turns the declarations of one version into those of the other", () => {
    const version = fc.uniqueArray(fc.tuple(fc.constantFrom("func", "var", "export"), fc.nat(9), fc.nat(2)), {
      selector: ([kind, name]) => `${kind === "export"} ${name}`,
      maxLength: 20,
    });
    fc.assert(
      fc.property(version, version, (before, after) => {
        const spell = (list: readonly (readonly [string, number, number])[]): string[] =>
          list.map(([kind, name, value]) => declare(kind, String(name), value));
        const [old, next] = [versionOf(spell(before)), versionOf(spell(after))];
        const byName = (lines: readonly string[], { key }: ReturnType<typeof versionOf>): Map<string, string> =>
          new Map(lines.map((line, i) => [`${key(i)!.class} ${key(i)!.name}`, line]));
        const held = byName(spell(before), old);
        for (const change of pairChanges(diffLines(old.lines, next.lines), old.key, next.key).changes) {
          const name = `${change.key.class} ${change.key.name}`;
          expect(held.has(name)).toBe(change.kind !== "added");
          if (change.kind === "removed") held.delete(name);
          else held.set(name, spell(after)[change.after]!);
        }
        expect(held).toEqual(byName(spell(after), next));
      }),
    );
  });
});
