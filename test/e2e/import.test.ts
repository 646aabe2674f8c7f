/**
 * `manifold import` proved by running: programs are compiled and linked by gcc; then their objects are imported, the
 * manifest is turned back into assembly with every nav placed on its own, and linked again. Both must print the same.
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../../packages/cli/src/commands/import.js";
import { manifestToGas } from "../support/manifest-to-gas.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-e2e-import-"));
afterAll(() => rmSync(directory, { recursive: true }));

const gcc = (...args: string[]) => execFileSync("gcc", args, { cwd: directory });
const output = (program: string) => execFileSync(join(directory, program), { encoding: "utf8" });

/** Compiles the sources, and compares the program with what becomes of it through a manifest. */
async function roundTrip(sources: readonly string[], flags: readonly string[], libraries: readonly string[] = []) {
  const objects = sources.map((source, i) => {
    writeFileSync(join(directory, `${i}.c`), source);
    gcc("-w", "-c", ...flags, `${i}.c`, "-o", `${i}.o`);
    return `${i}.o`;
  });
  const link = flags.includes("-fno-pic") ? ["-no-pie"] : ["-pie"];
  gcc(...link, ...objects, ...libraries, "-o", "before");
  const inputs = [...objects.map((object) => join(directory, object)), ...libraries];
  expect(await run([...inputs, "-o", join(directory, "manifest.ndjson"), "--no-warnings"])).toBe(0);
  const lines = readFileSync(join(directory, "manifest.ndjson"), "utf8").split("\n");
  writeFileSync(join(directory, "after.s"), manifestToGas(lines));
  gcc(...link, "after.s", "-o", "after");
  const before = output("before");
  expect(output("after")).toBe(before);
  return { before, lines };
}

const MAIN = String.raw`
#include <stdio.h>
#include <string.h>
extern int shared, block[64]; extern __thread int perThread; extern const char *const names[];
int overridden(int) __attribute__((weak)); extern int absent(int) __attribute__((weak));
int other(int); int dispatch(int, int); int hidden(int) __attribute__((visibility("hidden")));
static int counter, table[10] = {1,2,3,4,5,6,7,8,9,10}, after = 77; int global = 88;
static __thread int local = 5; static __thread int zeros[3]; __thread int exported = 9;
static const char *const words[] = {"alpha","beta","gamma","delta","epsilon"};
static const double weights[] = {0.5,1.25,2.125};
static int bump(int by) { counter += by; counter++; after -= 1; return counter; }
static int sum(void) { int s = 0; for (int i = 0; i < 10; i++) s += table[i]; return s; }
static int backwards(void) { int s = 0; for (int *p = table + 10; p-- > table;) s = s * 3 + *p; return s; }
__attribute__((noinline)) static int biased(int i) { return table[i - 100]; }
int first(int x) {
  switch (x) {
    case 0: return bump(3); case 1: return 17 * x + sum(); case 2: return other(x); case 3: return -4;
    case 4: return local++; case 5: zeros[1] += x; return zeros[1]; case 6: return shared; case 7: return perThread += 2;
    case 9: return hidden(x); case 12: return 1000; default: return x;
  }
}
__attribute__((noinline)) int second(int x, int y) {
  switch (x) {
    case 10: return y; case 11: return y * 2; case 12: return y ^ 3; case 13: return first(y & 7);
    case 14: return y - 9; case 15: return y << 2;
    case 16: switch (y & 7) { case 0: return 5; case 1: return counter; case 2: return after; case 3: return 8;
      case 4: return backwards(); case 5: return 10; case 6: return exported++; case 7: return 12; }
    default: return 0;
  }
}
static int add(int a, int b) { return a + b; } static int sub(int a, int b) { return a - b; }
static int (*const ops[])(int, int) = { add, sub }; static int (*changing[])(int, int) = { sub, add };
__attribute__((cold, noinline)) static int unlikely(int x) { printf("cold %d\n", x); return x + 1; }
int interpret(const unsigned char *p) {
  static void *labels[] = { &&inc, &&dec, &&dbl, &&halt }; int acc = 1; goto *labels[*p++];
  inc: acc++; goto *labels[*p++]; dec: acc--; goto *labels[*p++]; dbl: acc *= 2; goto *labels[*p++]; halt: return acc;
}
struct record { int a[20]; char s[13]; }; static struct record records[3] = {{{1,2,3},"one"},{{4,5,6},"two"},{{7,8,9},"three"}};
static long long state = 0x123456789abcdefLL; static short shorts[3] = {1,2,3}; static unsigned char byte;
static int *const end = table + 10; static int *inner = &table[3];
int main(int argc, char **argv) {
  for (int i = 0; i < 14; i++) printf("%d ", first(i));
  for (int i = 9; i < 18; i++) for (int j = 0; j < 8; j++) printf("%d ", second(i, j));
  for (unsigned i = 0; i < 6; i++) printf("%s ", words[i % 5]);
  for (int i = 0; i < 2; i++) { printf("%d %d ", ops[i](7, 3), changing[i](7, 3)); changing[i] = add; }
  unsigned char program[] = {0,0,2,1,2,3};
  printf("%d %d %d\n", biased(102), backwards(), interpret(program));
  if (__builtin_expect(argc == 1, 0)) printf("%d\n", unlikely(argc));
  block[3] = 7; printf("%d %d %d\n", dispatch(2, block[3]), dispatch(1, 2), overridden(1));
  printf("%s %s %d\n", names[0], names[2], absent ? absent(1) : -1);
  printf("%f %f\n", weights[argc] * 2.5, weights[argc - 1] + 0.1);
  int total = 0; for (int i = 0; i < 3; i++) total += records[i].a[2] * (i + 1) + (int)strlen(records[i].s);
  state += 0x7fffffff; shorts[1] += 5; byte = 200; byte += 100; state ^= byte;
  printf("%d %llx %d %d\n", total, state, shorts[0] + shorts[1] + shorts[2], byte);
  counter = 1000; after = 0x12345678;
  printf("%d %d %d %d %x %d\n", (int)(end - inner), *inner, end[-1], bump(1), after, global);
  return 0;
}`;

const OTHER = String.raw`
#include <stdio.h>
int shared = 41, block[32]; __thread int perThread = 3; static __thread long longs[2] = {11,12};
const char *const names[] = {"x-ray","yankee","zulu"}; static const char format[] = "other %d\n";
__attribute__((weak)) int overridden(int x) { return x + 100; }
__attribute__((visibility("hidden"))) int hidden(int x) { return x * 11 + (int)++longs[1]; }
static int state[2] = {1,2}, *where = &state[1];
int other(int x) { static int calls; calls++; *where += x; printf(format, x); return calls + state[1]; }
int dispatch(int a, int b) { static const int lut[] = {9,8,7,6}; return lut[a & 3] * b + block[3]; }`;

const OVERRIDE = "int overridden(int x) { return x + 200; }";

describe("a program of switches, statics, thread-local and position-dependent data prints the same, compiled with", () => {
  const positions = [["-fPIC"], ["-fPIE"], ["-fno-pic"], ["-fPIC", "-fno-plt"]];
  const levels = ["-O0", "-O1", "-O2", "-O3", "-Os"];
  const sections = [[], ["-ffunction-sections"], ["-fdata-sections"], ["-ffunction-sections", "-fdata-sections"]];
  // Every pair of position and level, with the sections in turn.
  const combinations = positions.flatMap((position, p) =>
    levels.map((level, l) => [...position, level, ...sections[(p + l) % sections.length]!, "-fcommon"]),
  );
  test.each(combinations.map((flags) => [flags.join(" "), flags] as const))("%s", async (_, flags) => {
    const { before } = await roundTrip([MAIN, OTHER, OVERRIDE], flags);
    expect(before).toContain("x-ray zulu -1");
  });
});

test("functions and data of their own sections become declarations of their own", async () => {
  const { lines } = await roundTrip(
    [MAIN, OTHER, OVERRIDE],
    ["-O2", "-fPIC", "-ffunction-sections", "-fdata-sections"],
  );
  const names = lines.flatMap((line) => /^\{"(?:func|const|var)":"([^"]+)"/.exec(line)?.[1] ?? []);
  expect(names).toEqual(expect.arrayContaining(["main", "first", "second", "table", "after", "records", "global"]));
  // A static of the second object has the name of one in the first.
  expect(names).toEqual(expect.arrayContaining(["0.o:state", "1.o:state"]));
});

const ZLIB = "/usr/lib/x86_64-linux-gnu/libz.a";

const COMPRESS = String.raw`
#include <stdio.h>
#include <string.h>
#include <zlib.h>
int main(void) {
  static unsigned char in[100000], out[120000], back[100000]; unsigned seed = 1;
  for (int i = 0; i < 100000; i++) { seed = seed * 1103515245 + 12345; in[i] = i % 7 < 4 ? (seed >> 24) & 15 : i / 100; }
  printf("%s %lx %lx\n", zlibVersion(), crc32(0, in, sizeof in), adler32(1, in, sizeof in));
  for (int level = 0; level <= 9; level += 3) for (int strategy = 0; strategy <= 4; strategy++) {
    z_stream s = {0}, t = {0}; deflateInit2(&s, level, Z_DEFLATED, 15, 8, strategy);
    s.next_in = in; s.avail_in = sizeof in; s.next_out = out; s.avail_out = sizeof out;
    int r = deflate(&s, Z_FINISH); unsigned long n = s.total_out; deflateEnd(&s);
    inflateInit(&t); t.next_in = out; t.avail_in = n; t.next_out = back; t.avail_out = sizeof back;
    int q = inflate(&t, Z_FINISH); inflateEnd(&t);
    printf("%d %d: %d %lu %d %d\n", level, strategy, r, n, q, memcmp(in, back, sizeof in));
  }
  z_stream t = {0}; out[50] ^= 1; inflateInit(&t); t.next_in = out; t.avail_in = 1000; t.next_out = back; t.avail_out = 9999;
  int q = inflate(&t, Z_FINISH); printf("%d %s %s\n", q, t.msg ? t.msg : "-", zError(-3)); inflateEnd(&t);
  return 0;
}`;

const hasZlib = existsSync(ZLIB) && existsSync("/usr/include/zlib.h");

test.runIf(hasZlib)("zlib, as the distribution compiled it, compresses and expands the same", async () => {
  const { before, lines } = await roundTrip([COMPRESS], ["-O2"], [ZLIB]);
  expect(before.match(/: 1 \d+ 1 0$/gm)).toHaveLength(20);
  const names = lines.flatMap((line) => /^\{"func":"([^"]+)"/.exec(line)?.[1] ?? []);
  expect(names).toEqual(expect.arrayContaining(["inflate", "inflate_table", "inflate_fast", "adler32_z", "crc32_z"]));
});
