import { describe, expect, it } from "vitest";
import { linesOf } from "./explode.js";
import { Rejected } from "./rejected.js";

function text(value: string): Extract<Parameters<typeof linesOf>[0], { kind: "text" }> {
  const buffer = new SharedArrayBuffer(Buffer.byteLength(value));
  Buffer.from(buffer).write(value);
  return { kind: "text", label: "text", buffer, spelling: "lines", scope: 0 };
}

describe("linesOf", () => {
  it("finds the lines that begin in a part of a text, blank ones aside", () => {
    const source = text("\n{a}\n\n  \n{bb}\n{c}");
    const shown = (start: number, end: number): string[] =>
      linesOf(source, start, end).map((line) =>
        Buffer.from(source.buffer, line.start, line.end - line.start).toString(),
      );
    expect(shown(1, source.buffer.byteLength)).toEqual(["{a}\n", "{bb}\n", "{c}"]);
    expect(shown(1, 2)).toEqual(["{a}\n"]);
    expect(shown(2, 5)).toEqual([]);
    expect(shown(2, 10)).toEqual(["{bb}\n"]);
  });
});

describe("Rejected", () => {
  const key = { class: "nav", hash0: 1, hash1: 2, hash2: 3 } as const;
  const blamed = [
    { diagnostic: { code: "MF0101", severity: "error", message: "" }, source: 0, offset: 0, length: 1 },
  ] as const;

  it("keeps what is wrong with a declaration until it is declared anew or removed", () => {
    const rejected = new Rejected();
    rejected.add(5, 0, key, blamed);
    rejected.settle(0, { ...key, hash0: 9 });
    rejected.settle(1, key);
    rejected.settle(0, { ...key, class: "export" });
    expect(rejected.blamed).toHaveLength(1);
    rejected.settle(0, key);
    expect(rejected.blamed).toEqual([]);
  });

  it("is not settled by an earlier declaration, and of several tries keeps the last", () => {
    const rejected = new Rejected();
    rejected.add(5, 0, key, blamed);
    rejected.settle(0, key, 4);
    expect(rejected.blamed).toHaveLength(1);
    rejected.add(7, 0, key, []);
    expect(rejected.blamed).toEqual([]);
  });

  it("forgets what has no name when it has been told of", () => {
    const rejected = new Rejected();
    rejected.add(5, 0, undefined, blamed);
    rejected.add(6, 0, key, blamed);
    rejected.forgetUnknown();
    expect(rejected.blamed).toHaveLength(1);
  });
});
