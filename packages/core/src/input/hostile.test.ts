import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { gcc, inScratch } from "../elf/toolchain.test.helper.js";
import { readArchive } from "./archive.js";
import { readObject } from "./object.js";

const SOURCE = `
extern int printf(const char *, ...);
static int counter; int table[] = { 1, 2, 3 };
int bump(int by) { counter += by; return table[counter % 3]; }
__attribute__((noinline)) int main(void) { return printf("%d", bump(2)); }
`;

/** A few bytes changed, interesting values preferred, and perhaps the tail cut off. */
function damaged(original: Uint8Array, headersAt: number): fc.Arbitrary<Uint8Array> {
  const anywhere = fc.nat(original.length - 1);
  const inHeaders = fc.integer({ min: headersAt, max: original.length - 1 });
  const position = fc.oneof(anywhere, fc.nat(63), inHeaders);
  const value = fc.oneof(fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff), fc.nat(255));
  const edits = fc.array(fc.tuple(position, value), { minLength: 1, maxLength: 6 });
  const length = fc.oneof({ weight: 4, arbitrary: fc.constant(original.length) }, { weight: 1, arbitrary: anywhere });
  return fc.tuple(edits, length).map(([changes, end]) => {
    const bytes = original.slice(0, end);
    for (const [at, byte] of changes) if (at < end) bytes[at] = byte;
    return bytes;
  });
}

/** Whether `read` succeeded; anything thrown but a DiagnosticError with codes of this area fails the test. */
function survives(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (thrown) {
    if (!(thrown instanceof DiagnosticError)) throw thrown;
    for (const diagnostic of thrown.diagnostics) expect(diagnostic.code).toMatch(/^MF04\d\d$/);
    return false;
  }
}

test("a damaged object is read or refused, never more", () => {
  const object = gcc(SOURCE, ["-c", "-g", "-fPIC"]);
  const headers = new DataView(object.buffer).getUint32(40, true);
  const outcomes = new Set<boolean>();
  fc.assert(
    fc.property(damaged(object, headers), (bytes) => {
      outcomes.add(survives(() => readObject(bytes, { file: "a.o" })));
    }),
    { numRuns: 3000 },
  );
  expect(outcomes).toEqual(new Set([true, false]));
});

test("a damaged archive is read or refused, and so are its members", () => {
  const archive = inScratch((cwd) => {
    writeFileSync(join(cwd, "a.c"), SOURCE);
    execFileSync("gcc", ["-c", "a.c", "-o", "a-member-with-a-long-name.o"], { cwd });
    execFileSync("gcc", ["-c", "-O2", "a.c", "-o", "b.o"], { cwd });
    execFileSync("ar", ["rcsD", "lib.a", "a-member-with-a-long-name.o", "b.o"], { cwd });
    return new Uint8Array(readFileSync(join(cwd, "lib.a")));
  });
  const outcomes = new Set<boolean>();
  fc.assert(
    fc.property(damaged(archive, 0), (bytes) => {
      const survived = survives(() => {
        for (const member of readArchive(bytes, { file: "lib.a" })) {
          readObject(member.bytes!, { file: "lib.a", member: member.name });
        }
      });
      outcomes.add(survived);
    }),
    { numRuns: 2000 },
  );
  expect(outcomes).toEqual(new Set([true, false]));
});
