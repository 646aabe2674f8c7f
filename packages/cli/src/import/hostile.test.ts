import { DiagnosticError, readObject } from "@manifold/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gcc } from "../../../core/src/elf/toolchain.test.helper.js";
import { importObjects } from "./import.js";

const SOURCE = `
extern int puts(const char *); extern int far; static __thread int mine = 4; __thread int ours;
static int table[] = { 1, 2, 3 }; static int (*const calls[])(const char *) = { puts, puts };
__attribute__((weak)) int pick(int i) { switch (i) { case 0: return table[2]; case 1: return far; case 2: return mine++;
  case 3: return 7; case 4: return calls[i & 1]("x"); case 5: return ours; default: return i; } }
`;

/** Changes bytes of symbols, relocations, headers and code, so that reading still succeeds often. */
function damaged(original: Uint8Array): fc.Arbitrary<Uint8Array> {
  const value = fc.oneof(fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff), fc.nat(255));
  const edit = fc.tuple(fc.integer({ min: 64, max: original.length - 1 }), value);
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    const bytes = original.slice();
    for (const [at, byte] of edits) bytes[at] = byte;
    return bytes;
  });
}

test.each([
  ["position-independent", ["-O2", "-fPIC"]],
  ["static", ["-O1", "-fno-pic"]],
])("a damaged %s object is imported or refused, never more", async (_, flags) => {
  const outcomes = { imported: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(damaged(gcc(SOURCE, ["-c", ...flags])), async (bytes) => {
      try {
        const { lines } = await importObjects([readObject(bytes, { file: "a.o" })], { target: "x86_64-linux" });
        for (const line of lines) JSON.parse(line);
        outcomes.imported++;
      } catch (thrown) {
        if (!(thrown instanceof DiagnosticError)) throw thrown;
        for (const diagnostic of thrown.diagnostics) expect(diagnostic.code).toMatch(/^MF04\d\d$/);
        outcomes.refused++;
      }
    }),
    { numRuns: 1500 },
  );
  expect(Math.min(outcomes.imported, outcomes.refused)).toBeGreaterThan(50);
});
