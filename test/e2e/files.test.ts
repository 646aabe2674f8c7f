/** Files that are missing, in the way or on a full disk; and flags that make no sense. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { link, MANIFOLD, manifold, ROOT, run, tool } from "../support/command.js";
import { EXIT_0, HEADER, writeLines } from "../support/manifest.js";
import { expectRefusal } from "../support/refused.js";
import { tempDir } from "../support/temp-dir.js";

const HELLO = join(ROOT, "examples/hello.ndjson");

/** `unshare` with what it takes to mount: a user namespace of its own unless we are root already. */
const UNSHARE = process.getuid?.() === 0 ? ["-m"] : ["-rm"];
const mounts = run("unshare", [...UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).code === 0;
if (!mounts) console.warn("The full-disk test needs `unshare` and the right to mount; /dev/full stands in for it.");

describe("an input", () => {
  it("that does not exist is refused by its name", () => {
    const directory = tempDir();
    const outcome = manifold(["link", join(directory, "missing.ndjson"), "-o", join(directory, "program")]);
    expectRefusal(outcome, "cannotRead");
    expect(outcome.stderr).toContain("missing.ndjson");
    expect(readdirSync(directory)).toEqual([]);
  });

  it("that is a directory is refused by its name", () => {
    const directory = tempDir();
    const outcome = manifold(["link", directory, "-o", join(directory, "program")]);
    expectRefusal(outcome, "cannotRead");
    expect(outcome.stderr).toContain(directory);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("that is a pipe is refused, without waiting for who writes to it", () => {
    const directory = tempDir();
    const pipe = join(directory, "pipe.ndjson");
    tool("mkfifo", [pipe]);
    const outcome = manifold(["link", pipe, "-o", join(directory, "program")], { timeout: 10_000 });
    expectRefusal(outcome, "cannotRead");
    expect(outcome.stderr).toContain("not a regular file");
  });

  it("is not the output", () => {
    const directory = tempDir();
    const manifest = join(directory, "hello.ndjson");
    copyFileSync(HELLO, manifest);
    expectRefusal(manifold(["link", manifest, "-o", manifest]), "outputIsInput");
    expect(readFileSync(manifest).equals(readFileSync(HELLO))).toBe(true);
  });
});

describe("an output", () => {
  it("that is a directory is refused and left alone", () => {
    const directory = tempDir();
    mkdirSync(join(directory, "program"));
    const outcome = manifold(["link", HELLO, "-o", join(directory, "program")]);
    expectRefusal(outcome, "cannotWrite");
    expect(outcome.stderr).toContain(join(directory, "program"));
    expect(readdirSync(directory)).toEqual(["program"]);
    expect(readdirSync(join(directory, "program"))).toEqual([]);
  });

  it("below a file is refused", () => {
    const directory = tempDir();
    writeFileSync(join(directory, "file"), "");
    const outcome = manifold(["link", HELLO, "-o", join(directory, "file", "program")]);
    expectRefusal(outcome, "cannotWrite");
    expect(readdirSync(directory)).toEqual(["file"]);
  });

  it("in a directory that does not exist is refused", () => {
    const directory = tempDir();
    const outcome = manifold(["link", HELLO, "-o", join(directory, "nowhere", "program")]);
    expectRefusal(outcome, "cannotWrite");
    expect(readdirSync(directory)).toEqual([]);
  });

  it("that exists is replaced by a program that can be executed", () => {
    const directory = tempDir();
    const program = join(directory, "program");
    writeFileSync(program, "something else\n", { mode: 0o644 });
    link([HELLO], program);
    expect(run(program, []).code).toBe(0);
    expect(readdirSync(directory)).toEqual(["program"]);
  });

  it("may have the longest name that the system allows", () => {
    const directory = tempDir();
    const name = "€".repeat(85);
    expect(run(link([HELLO], join(directory, name)), []).code).toBe(0);
    expect(readdirSync(directory)).toEqual([name]);
  });

  it("that is a full device is refused", () => {
    const outcome = manifold(["link", HELLO, "-o", "/dev/full"]);
    expectRefusal(outcome, "cannotWrite");
    expect(outcome.stderr).toContain("/dev/full");
  });

  it("that is running is replaced, and goes on running", async () => {
    const directory = tempDir();
    const program = join(directory, "program");
    // pause(2), for ever
    const pause = writeLines(directory, "pause.ndjson", [
      HEADER,
      { func: "start", code: { bytes: "b8220000000f05ebf7" } }, // again: mov eax, 34; syscall; jmp again
      { export: "_start", of: "start" },
    ]);
    const running = spawn(link([pause], program));
    try {
      await once(running, "spawn");
      link([HELLO], program);
      expect([running.exitCode, running.signalCode]).toEqual([null, null]);
    } finally {
      running.kill();
    }
    expect(run(program, []).code).toBe(0);
    expect(readdirSync(directory).sort()).toEqual(["pause.ndjson", "program"]);
  });

  it("is executable for those whom the umask allows", () => {
    const program = join(tempDir(), "program");
    const script = 'umask 027; "$1" "$2" link "$3" -o "$4"';
    run("sh", ["-c", script, "sh", process.execPath, MANIFOLD, HELLO, program]);
    expect((statSync(program).mode & 0o777).toString(8)).toBe("750");
  });

  it.skipIf(!mounts)("on a full disk is refused, and the last good output stays", () => {
    const directory = tempDir();
    const noise = Buffer.alloc(1 << 20, 0xa5).toString("base64");
    const big = writeLines(directory, "big.ndjson", [HEADER, ...EXIT_0, { const: "c", bytes: `base64:${noise}` }]);
    const disk = join(directory, "disk");
    mkdirSync(disk);
    // The first link of hello fits; then 1 MiB does not.
    const script =
      'mount -t tmpfs -o size=128k tmpfs "$1" || exit 90; "$2" "$3" link "$4" -o "$1/program" || exit 91; ' +
      'before=$(sha256sum "$1/program"); "$2" "$3" link "$5" -o "$1/program"; code=$?; ' +
      '[ "$before" = "$(sha256sum "$1/program")" ] || exit 92; [ "$(ls -A "$1")" = program ] || exit 93; exit $code';
    const args = ["sh", "-c", script, "sh", disk, process.execPath, MANIFOLD, HELLO, big];
    const outcome = run("unshare", [...UNSHARE, ...args]);
    expectRefusal(outcome, "cannotWrite");
    expect(outcome.stderr).toMatch(/space|ENOSPC/);
  });
});

describe("a command line", () => {
  it.each<[string, string[]]>([
    ["names no command", []],
    ["names an unknown command", ["lnik", HELLO]],
    ["names no manifest", ["link", "-o", "program"]],
    ["names no output", ["link", HELLO]],
    ["has an unknown flag", ["link", HELLO, "-o", "program", "--fast"]],
    ["ends where an output is due", ["link", HELLO, "-o"]],
    ["asks for no worker", ["link", HELLO, "-o", "program", "--workers", "0"]],
    ["asks for a worker less than none", ["link", HELLO, "-o", "program", "--workers=-1"]],
    ["asks for a number of workers that is none", ["link", HELLO, "-o", "program", "--workers", "many"]],
    ["asks for half a worker", ["link", HELLO, "-o", "program", "--workers", "1.5"]],
    ["asks for more workers than there can be", ["link", HELLO, "-o", "program", "--workers", "65"]],
  ])("that %s ends with 2 and says how to do better", (_, args) => {
    const cwd = tempDir();
    const { code, stdout, stderr } = manifold(args, { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/manifold/);
    expect(stderr).toMatch(/Usage: |--help/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("that asks for help gets it on standard output and ends with 0", () => {
    for (const [args, says] of [
      [["--help"], /^ {2}link {2,}\S/m],
      [["link", "--help"], /^Usage: manifold link .*-o/],
    ] as const) {
      const { code, stdout, stderr } = manifold(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(says);
    }
  });

  it("that asks for the version gets it", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "packages/cli/package.json"), "utf8")) as {
      version: string;
    };
    expect(manifold(["--version"]).stdout).toContain(version);
  });
});

describe("a file that the command would overwrite", () => {
  it("is not the trace of a link instead of its output", () => {
    const directory = tempDir();
    const output = join(directory, "program");
    expect(manifold(["link", HELLO, "-o", output, "--trace", output]).code).toBe(2);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("is not the object that is imported", () => {
    const directory = tempDir();
    const object = join(directory, "f.o");
    writeFileSync(join(directory, "f.c"), "int f(void) { return 1; }");
    tool("gcc", ["-c", join(directory, "f.c"), "-o", object]);
    const before = readFileSync(object);
    expectRefusal(manifold(["import", object, "-o", object]), "outputIsInput");
    expect(readFileSync(object).equals(before)).toBe(true);
  });
});

describe("standard output", () => {
  it("that is full is told with a code", () => {
    const directory = tempDir();
    const command = '"$1" "$2" link "$3" -o "$4" --json > /dev/full';
    const outcome = run("sh", ["-c", command, "sh", process.execPath, MANIFOLD, HELLO, join(directory, "program")]);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/^standard output: error\[MF0302\]: .*no space left/);
  });

  it("holds one JSON object with --json, the tree in it", () => {
    const directory = tempDir();
    const { stdout } = manifold(["link", HELLO, "-o", join(directory, "program"), "--json", "--tree"]);
    expect((JSON.parse(stdout) as { tree: string }).tree).toMatch(/^file index=0 /);
  });
});
