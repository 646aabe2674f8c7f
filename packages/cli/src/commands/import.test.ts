import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Diagnostic } from "@manifold/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorsOf } from "../import/import.test.helper.js";
import { run } from "./import.js";
import { runCaptured } from "./run-captured.test.helper.js";

let directory = "";
const at = (name: string) => join(directory, name);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "manifold-import-"));
  const compile = (name: string, source: string) => {
    writeFileSync(at("source.c"), source);
    execFileSync("gcc", ["-c", "-O1", "-fno-pic", "-fdata-sections", "source.c", "-o", name], { cwd: directory });
  };
  mkdirSync(at("other"));
  compile("one.o", "static int n = 1; int *one(void) { return &n; }");
  compile("two.o", "static int n = 2; int *two(void) { return &n; }");
  compile("other/one.o", "static int n = 3; int *three(void) { return &n; }");
  execFileSync("ar", ["rcD", "lib.a", "one.o", "two.o"], { cwd: directory });
  execFileSync("ar", ["rcDT", "thin.a", "other/one.o", "two.o"], { cwd: directory });
});

afterAll(() => rmSync(directory, { recursive: true }));

const command = (...args: string[]) => runCaptured(() => run(args));

const navs = (manifest: string) =>
  manifest
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { func?: string; var?: string })
    .map((each) => each.func ?? each.var)
    .filter((name) => name !== undefined);

test("an archive stands for all its members, thin or not", async () => {
  const { code, out } = await command(at("lib.a"));
  expect([code, navs(out)]).toEqual([0, ["one", "one.o:n", "two", "two.o:n"]]);
  expect(navs((await command(at("thin.a"))).out)).toEqual(["three", "one.o:n", "two", "two.o:n"]);
});

test("a member of an archive can be named alone", async () => {
  expect(navs((await command(`${at("lib.a")}:two.o`)).out)).toEqual(["two", "n"]);
});

test("objects of one name are told apart", async () => {
  const { out } = await command(at("one.o"), at("other/one.o"));
  expect(navs(out)).toEqual(["one", "one.o:n", "three", "one.o#2:n"]);
});

test("the manifest goes to the file that -o names, with the header that the options ask for", async () => {
  const options = ["--target", "x86_64-freestanding", "--output", "obj", "--pie", "--entry", "one"];
  const { code, out } = await command(at("one.o"), "-o", at("out.ndjson"), ...options);
  expect([code, out]).toEqual([0, ""]);
  expect(JSON.parse(readFileSync(at("out.ndjson"), "utf8").split("\n")[0]!)).toEqual({
    manifold: 1,
    target: "x86_64-freestanding",
    output: "obj",
    pie: true,
    entry: "one",
  });
});

test("wrong arguments exit with 2 and say what is wrong", async () => {
  for (const args of [[], ["--wrong", "x.o"], ["x.o", "--output", "lib"]]) {
    const { code, err } = await command(...args);
    expect(code).toBe(2);
    expect(err).toContain("Try 'manifold import --help'");
  }
});

test("--help explains the inputs and exits with 0", async () => {
  const { code, out } = await command("--help");
  expect(code).toBe(0);
  expect(out).toContain("libz.a:inflate.o");
});

test("everything that is wrong with the inputs is reported at once", async () => {
  writeFileSync(at("text.o"), "int main(void);\n");
  const inputs = [at("missing.o"), at("text.o"), `${at("lib.a")}:three.o`, at("one.o")];
  const errors = await errorsOf(run(inputs));
  expect(errors).toMatchObject([
    { code: "MF0403", place: { file: at("missing.o") } },
    { code: "MF0404", place: { file: at("text.o") } },
    {
      code: "MF0409",
      place: { file: at("lib.a"), member: "three.o" },
      notes: [{ message: "its members are one.o, two.o" }],
    },
  ]);
});

test("a member that a thin archive names and that is gone is reported with its path", async () => {
  execFileSync("ar", ["rcDT", "gone.a", "two.o"], { cwd: directory });
  const bytes = readFileSync(at("gone.a"), "latin1").replace("two.o", "zwo.o");
  writeFileSync(at("gone.a"), bytes, "latin1");
  const [error] = await errorsOf(run([at("gone.a")]));
  expect(error).toMatchObject({ code: "MF0403", place: { file: `${at("gone.a")}:zwo.o` } });
  expect(error!.message).toContain(at("zwo.o"));
});

test("an output that cannot be written is a diagnostic", async () => {
  const [error] = await errorsOf(run([at("one.o"), "-o", at("no/such/dir.ndjson")]));
  expect(error).toMatchObject({ code: "MF0429", place: { file: at("no/such/dir.ndjson") } });
});

test("warnings go to who asks for them, and none are given with --no-warnings", async () => {
  writeFileSync(at("asm.s"), ".globl a, b\na: ret\n.long 0\n.long 1\nb: ret\n");
  execFileSync("as", ["asm.s", "-o", "asm.o"], { cwd: directory });
  const warnings: Diagnostic[] = [];
  const options = [at("asm.o"), "-o", at("asm.ndjson")];
  await run(options, (warning) => warnings.push(warning));
  expect(warnings.map((warning) => warning.code)).toEqual(["MF0430", "MF0431"]);
  const { err } = await command(...options);
  expect(err).toMatch(
    /asm\.o \.text: warning MF0430: the section stays one declaration, asm\.o:\.text: .*\n.*b: the symbol/,
  );
  expect((await command(...options, "--no-warnings")).err).toBe("");
});
