/** The examples do what their descriptions say. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { link, ROOT, run } from "../support/command.js";
import { symbol } from "../support/elf-view.js";
import { tempDir } from "../support/temp-dir.js";

const HELLO_PRINTS = `Hello from Manifold, which links
  functions, in machine code
  constants that point at others
  variables, shared or one for each thread
  and the answer, which is 42
Goodbye
`;

const example = (name: string): string => join(ROOT, "examples", name);

describe("the hello example", () => {
  it("prints its greeting and exits with 0", () => {
    const hello = link([example("hello.ndjson")], join(tempDir(), "hello"));
    expect(run(hello, [])).toMatchObject({ code: 0, stdout: HELLO_PRINTS, stderr: "" });
  });

  it("links to the same bytes from both spellings", () => {
    const directory = tempDir();
    const lines = link([example("hello.ndjson")], join(directory, "lines"));
    const people = link([example("hello.json")], join(directory, "people"));
    expect(readFileSync(people).equals(readFileSync(lines))).toBe(true);
  });

  it("says the same in both spellings", () => {
    const lines = readFileSync(example("hello.ndjson"), "utf8").trimEnd().split("\n");
    const [header, ...declarations] = lines.map((line) => JSON.parse(line) as object);
    const people = JSON.parse(readFileSync(example("hello.json"), "utf8")) as Record<string, unknown>;
    expect(people).toEqual({ $schema: expect.any(String), ...header, declarations });
  });

  it("honours the alignment that a function asks for", () => {
    const hello = link([example("hello.ndjson")], join(tempDir(), "hello"));
    expect(symbol(hello, "start").value % 32).toBe(0);
  });

  it("is explained in the README with the bytes that it has", () => {
    const functions = readFileSync(example("hello.ndjson"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { func?: string; code?: { bytes: string; relocs?: [number][] } })
      .filter(({ func }) => func !== undefined);
    expect(listings()).toEqual(
      functions.map(({ func, code }) => {
        let bytes = code!.bytes;
        for (const [offset] of code!.relocs ?? []) {
          bytes = `${bytes.slice(0, 2 * offset)}........${bytes.slice(2 * offset + 8)}`;
        }
        return [func, bytes];
      }),
    );
  });
});

/** The listings in examples/README.md: name of the function, and its bytes with dots where relocations go. */
function listings(): [string, string][] {
  const sections = readFileSync(example("README.md"), "utf8").split("\n### `").slice(1);
  return sections.map((section) => {
    const [, listing] = section.split("```");
    const bytes = listing!.match(/^ {4}[0-9a-f.]+/gm)!.map((match) => match.trim());
    return [section.slice(0, section.indexOf("`")), bytes.join("")];
  });
}
