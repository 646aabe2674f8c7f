/** `manifold watch` as people use it: a manifest is edited while the command runs. Nothing here depends on how long. */

import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { manifold, run } from "../support/command.js";
import { HEADER, type Line, ndjson } from "../support/manifest.js";
import { tempDir } from "../support/temp-dir.js";
import { WatchCommand } from "../support/watch-command.js";

/** Ends with this exit code. */
function exiting(code: number): Line[] {
  return [
    HEADER,
    { func: "code", code: { asm: `mov edi, ${code}\nret` } },
    { func: "start", code: { asm: "call code\nmov eax, 60\nsyscall" } },
    { export: "_start", of: "start" },
  ];
}

interface Counting {
  /** What `value` returns, and how many instructions that do nothing come before. */
  readonly value: string;
  readonly nops?: number;
  /** The counter at the start. */
  readonly first?: string;
  readonly more?: readonly Line[];
  /** What `value` does besides. */
  readonly asm?: string;
}

/** Prints, again and again, the letter of `value` and what it has counted in its data: a letter that goes from a to p. */
function counting({ value, nops = 0, first = "00", more = [], asm = "" }: Counting): Line[] {
  const code = value.charCodeAt(0);
  return [
    HEADER,
    { func: "value", code: { asm: `${"nop\n".repeat(nops)}${asm}mov eax, ${code}\nret` } },
    { var: "counter", bytes: first },
    { const: "pause", bytes: `${"00".repeat(8)}80841e0000000000`, align: 8 },
    { var: "line", text: "xx\n" },
    {
      func: "start",
      code: {
        asm: `again:
          call value
          mov byte ptr [rip + line], al
          mov al, byte ptr [rip + counter]
          inc byte ptr [rip + counter]
          and al, 15
          add al, 97
          mov byte ptr [rip + line + 1], al
          lea rsi, [rip + line]
          mov edx, 3
          mov edi, 1
          mov eax, 1
          syscall
          lea rdi, [rip + pause]
          xor esi, esi
          mov eax, 35
          syscall
          jmp again`,
      },
    },
    { export: "_start", of: "start" },
    ...more,
  ];
}

function prepared(lines: readonly Line[]): {
  manifest: string;
  output: string;
  write: (lines: readonly Line[]) => void;
} {
  const directory = tempDir();
  const manifest = join(directory, "program.ndjson");
  const write = (next: readonly Line[]): void => writeFileSync(manifest, ndjson(next));
  write(lines);
  return { manifest, output: join(directory, "program"), write };
}

test("an edit of a function changes the output, whether the manifest is written in place or renamed", async () => {
  const { manifest, output, write } = prepared(exiting(1));
  const command = new WatchCommand([manifest, "-o", output]);
  let at = await command.says(/linked .* in .* ms: 3 declarations, \d/);
  expect(run(output, []).code).toBe(1);
  write(exiting(2));
  at = await command.says(/linked .* in .* ms: 1 declaration emitted, 1 placed, .* written\n/, at);
  expect(run(output, []).code).toBe(2);
  writeFileSync(`${manifest}.new`, ndjson(exiting(3)));
  renameSync(`${manifest}.new`, manifest);
  await command.says(/linked .* in .* ms: 1 declaration emitted, 1 placed, .* written\n/, at);
  expect(run(output, []).code).toBe(3);
});

test("a manifest that is touched and not changed writes nothing", async () => {
  const { manifest, output, write } = prepared(exiting(1));
  const command = new WatchCommand([manifest, "-o", output]);
  const at = await command.says(/linked/);
  const before = statSync(output).mtimeMs;
  write(exiting(1));
  await command.says(/nothing changed/, at);
  expect(statSync(output).mtimeMs).toBe(before);
});

test("mistakes are told with their lines as they are now, and leave the output until they are mended", async () => {
  const { manifest, output, write } = prepared(exiting(1));
  const command = new WatchCommand([manifest, "-o", output]);
  let at = await command.says(/linked/);
  const good = readFileSync(output);
  const bad: Line = { func: "bad", code: { asm: "call nobody\nret" } };
  write([...exiting(4), bad]);
  at = await command.says(/program\.ndjson:5:.*MF0202.*1 error; .* is as it was/s, at);
  expect(readFileSync(output).equals(good)).toBe(true);
  // The mistake is where it was handed over before; three lines now stand above it.
  write([HEADER, { var: "a", zero: 4 }, { var: "b", zero: 4 }, { var: "c", zero: 4 }, ...exiting(4).slice(1), bad]);
  at = await command.says(/program\.ndjson:8:.*MF0202.*1 error/s, at);
  writeFileSync(manifest, `${ndjson(exiting(4))}{"func": \n`);
  at = await command.says(/program\.ndjson:5:.*MF0101.*1 error/s, at);
  rmSync(manifest);
  at = await command.says(/MF0301.*1 error/s, at);
  write(exiting(4));
  await command.says(/linked .*: .* emitted/, at);
  expect(run(output, []).code).toBe(4);
});

test("a first link that fails is done again when the manifest changes", async () => {
  const { manifest, output, write } = prepared([HEADER, { func: "start", code: { bytes: "0g" } }]);
  const command = new WatchCommand([manifest, "-o", output]);
  const at = await command.says(/MF0107.*1 error/s);
  expect(existsSync(output)).toBe(false);
  write(exiting(5));
  await command.says(/linked/, at);
  expect(run(output, []).code).toBe(5);
});

test("a header that changes is a reason to link all", async () => {
  const { manifest, output, write } = prepared(exiting(1));
  const command = new WatchCommand([manifest, "-o", output]);
  const at = await command.says(/linked/);
  write([{ ...HEADER, pie: true }, ...exiting(6).slice(1)]);
  await command.says(/all of it because the header changed/, at);
  expect(run(output, []).code).toBe(6);
});

test("the spelling for people is followed as well", async () => {
  const directory = tempDir();
  const manifest = join(directory, "program.json");
  const output = join(directory, "program");
  const write = ([header, ...declarations]: Line[]): void =>
    writeFileSync(manifest, JSON.stringify({ ...header, declarations }, null, 2));
  write(exiting(1));
  const command = new WatchCommand([manifest, "-o", output]);
  const at = await command.says(/linked/);
  write(exiting(7));
  await command.says(/1 declaration emitted/, at);
  expect(run(output, []).code).toBe(7);
});

test("typed values follow their types, those that were not edited included", async () => {
  const typed = (first: string): Line[] => [
    HEADER,
    { type: "Pair", is: { struct: { a: first, b: "u8" }, layout: "extern" } },
    { const: "pair", type: "Pair", init: { a: 1, b: 9 } },
    { func: "start", code: { asm: "movzx edi, byte ptr [rip + pair + 4]\nmov eax, 60\nsyscall" } },
    { export: "_start", of: "start" },
  ];
  const { manifest, output, write } = prepared(typed("u32"));
  const command = new WatchCommand([manifest, "-o", output]);
  let at = await command.says(/linked/);
  expect(run(output, []).code).toBe(9);
  // Lines above it move the value away from where it was read.
  write([HEADER, { var: "above", zero: 8 }, ...typed("u32").slice(1)]);
  at = await command.says(/linked/, at);
  write(typed("u64"));
  at = await command.says(/linked/, at);
  expect(run(output, []).code).toBe(0);
  // A type that is wrong, and one that the value does not fit, both mended without an edit of the value.
  write(typed("nothing"));
  at = await command.says(/MF06.*1 error/s, at);
  write(typed("u32"));
  at = await command.says(/linked/, at);
  expect(run(output, []).code).toBe(9);
  write(typed("bool"));
  at = await command.says(/MF06.*1 error/s, at);
  write(typed("u32"));
  await command.says(/linked/, at);
  expect(run(output, []).code).toBe(9);
});

test("--run starts the program anew after each link that changed it, and tells how it ended", async () => {
  const { manifest, output, write } = prepared(exiting(3));
  const command = new WatchCommand([manifest, "-o", output, "--run"]);
  let at = await command.says(/started .*, process \d+.*ended with exit code 3/s);
  write(counting({ value: "A" }));
  at = await command.says(/started .*, process \d+/, at);
  await command.until(() => command.out.includes("Ac"));
  write(counting({ value: "B" }));
  await command.says(/started .*, process \d+/, at);
  await command.until(() => command.out.includes("Bc"));
  // It began to count anew.
  expect(command.out).toContain("Ba\n");
});

test("--hot replaces code while the program goes on with its data", async () => {
  const { manifest, output, write } = prepared(counting({ value: "A" }));
  const command = new WatchCommand([manifest, "-o", output, "--run", "--hot"]);
  let at = await command.says(/started/);
  await command.until(() => command.out.includes("Ac\n"));
  write(counting({ value: "B" }));
  at = await command.says(/replaced \d+ bytes? of code in process \d+, which goes on/, at);
  await command.until(() => command.out.includes("B"));
  // Larger, and therefore elsewhere: its callers are changed as well.
  write(counting({ value: "C", nops: 300 }));
  at = await command.says(/replaced \d+ bytes of code in process \d+/, at);
  await command.until(() => command.out.includes("C"));
  // With a constant that there was not before.
  const more: Line[] = [{ const: "letter", text: "D" }];
  write(counting({ value: "C", nops: 300, asm: "movzx eax, byte ptr [rip + letter]\nret\n", more }));
  await command.says(/replaced \d+ bytes of code in process \d+/, at);
  await command.until(() => command.out.includes("D"));
  expect(command.err.match(/started/g)).toHaveLength(1);
  const letters = command.out
    .split("\n")
    .slice(0, -1)
    .map((line) => line.charCodeAt(1) - 97);
  expect(letters).toEqual(letters.map((_, index) => index % 16));
});

test("--hot starts the program anew where data changed, and says what", async () => {
  const { manifest, output, write } = prepared(counting({ value: "A" }));
  const command = new WatchCommand([manifest, "-o", output, "--run", "--hot"]);
  let at = await command.says(/started/);
  await command.until(() => command.out.includes("Ac\n"));
  write(counting({ value: "B", first: "05" }));
  at = await command.says(/starting anew, because counter in \.data changed\n.*started/, at);
  await command.until(() => command.out.includes("Bf\n"));
  write(counting({ value: "C", first: "05", more: [{ var: "more", zero: 4 }] }));
  at = await command.says(/starting anew, because more in \.bss is new\n.*started/, at);
  await command.until(() => command.out.includes("Cf\n"));
  write([{ ...HEADER, stackSize: 4096 }, ...counting({ value: "D", first: "05" }).slice(1)]);
  await command.says(/starting anew, because the header changed\n.*started/, at);
  await command.until(() => command.out.includes("Df\n"));
});

test("--json prints an object a line, and leaves standard output to them", async () => {
  const { manifest, output, write } = prepared(counting({ value: "A" }));
  const command = new WatchCommand([manifest, "-o", output, "--run", "--json"]);
  const events = (): Record<string, unknown>[] =>
    command.out
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await command.until(() => events().length === 2 && command.err.includes("Ac\n"));
  expect(events()).toMatchObject([
    { event: "linked", ok: true, output, full: true, diagnostics: [] },
    { event: "started", pid: expect.any(Number) },
  ]);
  write([HEADER, { bad: 1 }]);
  await command.until(() => events().length === 3);
  expect(events()[2]).toMatchObject({ event: "linked", ok: false, diagnostics: [{ code: "MF0103" }] });
});

test.each(["SIGINT", "SIGTERM"] as const)("%s ends the program and the command", async (signal) => {
  const { manifest, output } = prepared(counting({ value: "A" }));
  const command = new WatchCommand([manifest, "-o", output, "--run"]);
  await command.says(/started/);
  const pid = Number(/process (\d+)/.exec(command.err)![1]);
  expect(await command.signal(signal)).toBe(signal === "SIGINT" ? 130 : 143);
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("a call that cannot be meant is refused", () => {
  expect(manifold(["watch", "-o", "program"])).toMatchObject({ code: 2, stderr: expect.stringMatching(/no manifest/) });
  expect(manifold(["watch", "a.ndjson"])).toMatchObject({ code: 2, stderr: expect.stringMatching(/-o FILE/) });
  expect(manifold(["watch", "a.ndjson", "-o", "b", "--hot"])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--run/),
  });
  expect(manifold(["watch", "a.ndjson", "-o", "b", "--", "c"])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--run/),
  });
});
