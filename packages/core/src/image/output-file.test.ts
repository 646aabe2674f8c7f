import { spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FaultyFiles } from "./faulty-files.test.helper.js";
import { systemFiles } from "./files.js";
import { OutputFile } from "./output-file.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-output-"));
afterAll(() => rmSync(directory, { recursive: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("OutputFile", () => {
  it("writes a whole image, then only the ranges that changed", () => {
    const path = join(directory, "a");
    const file = new OutputFile(path, 0o777);
    expect(file.flush(bytes("hello world"), 11, [[0, 11]])).toBe(11);
    expect(file.flush(bytes("hello earth"), 11, [[6, 11]])).toBe(5);
    expect(readFileSync(path, "utf8")).toBe("hello earth");
    expect(statSync(path).mode & 0o100).toBe(0o100);
  });

  it("touches nothing where nothing changed", () => {
    const path = join(directory, "b");
    const file = new OutputFile(path, 0o666);
    file.flush(bytes("same"), 4, [[0, 4]]);
    const before = statSync(path, { bigint: true });
    expect(file.flush(bytes("same"), 4, [])).toBe(0);
    expect(statSync(path, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
  });

  it("writes all of it where somebody else changed the file in between", () => {
    const path = join(directory, "c");
    const file = new OutputFile(path, 0o666);
    file.flush(bytes("first"), 5, [[0, 5]]);
    writeFileSync(path, "other contents");
    expect(file.flush(bytes("First"), 5, [[0, 1]])).toBe(5);
    expect(readFileSync(path, "utf8")).toBe("First");
  });

  it("cuts the file when the image shrinks", () => {
    const path = join(directory, "d");
    const file = new OutputFile(path, 0o666);
    file.flush(bytes("long contents"), 13, [[0, 13]]);
    file.flush(bytes("long"), 4, []);
    expect(readFileSync(path, "utf8")).toBe("long");
  });

  it("replaces a running program without disturbing it", async () => {
    const path = join(directory, "running");
    const file = new OutputFile(path, 0o777);
    const sleep = readFileSync("/bin/sleep");
    file.flush(sleep, sleep.length, [[0, sleep.length]]);
    const child = spawn(path, ["30"], { stdio: "ignore" });
    try {
      await new Promise((resolve) => child.once("spawn", resolve));
      const changed = Uint8Array.from(sleep);
      changed[changed.length - 1]! ^= 1;
      expect(file.flush(changed, changed.length, [[changed.length - 1, changed.length]])).toBe(changed.length);
      expect(child.exitCode).toBe(null);
      expect(Buffer.compare(readFileSync(path), changed)).toBe(0);
    } finally {
      child.kill();
    }
  });

  it("updates a running program from its ranges alone, in a copy with the same permissions", async () => {
    const path = join(directory, "resumed");
    copyFileSync("/bin/sleep", path);
    chmodSync(path, 0o750);
    const file = new OutputFile(path, 0o777);
    file.adopt(systemFiles.stat(path)!.fingerprint);
    const expected = readFileSync(path);
    const { length } = expected;
    expected[length - 1]! ^= 1;
    const image = Buffer.alloc(length);
    image[length - 1] = expected[length - 1]!;
    const child = spawn(path, ["30"], { stdio: "ignore" });
    try {
      await new Promise((resolve) => child.once("spawn", resolve));
      expect(() => openSync(path, "r+")).toThrow("ETXTBSY");
      expect(file.flush(image, length, [[length - 1, length]], { partial: true })).toBe(1);
      expect(child.exitCode).toBe(null);
      expect(Buffer.compare(readFileSync(path), expected)).toBe(0);
      expect(statSync(path).mode & 0o777).toBe(0o750);
    } finally {
      child.kill();
    }
    const inode = statSync(path).ino;
    image[0] = expected[0]! ^ 1;
    file.flush(image, length, [[0, 1]], { partial: true });
    expect(statSync(path).ino).toBe(inode);
    expect(readFileSync(path)[0]).toBe(image[0]);
  });

  it("leaves other names of the output what they were", () => {
    for (const partial of [false, true]) {
      const path = join(directory, `linked-${partial}`);
      const file = new OutputFile(path, 0o666);
      file.flush(bytes("hello world"), 11, [[0, 11]]);
      linkSync(path, `${path}.second`);
      file.flush(bytes(partial ? "??????earth" : "hello earth"), 11, [[6, 11]], { partial });
      expect(readFileSync(path, "utf8")).toBe("hello earth");
      expect(readFileSync(`${path}.second`, "utf8")).toBe("hello world");
    }
  });

  it("writes a large change to a new file instead of keeping what was there in memory", () => {
    const path = join(directory, "large");
    const file = new OutputFile(path, 0o666);
    const image = Buffer.alloc(65 * 2 ** 20, 1);
    file.flush(image, image.length, [[0, image.length]]);
    for (const partial of [false, true]) {
      const inode = statSync(path).ino;
      image.fill(partial ? 3 : 2, 10);
      file.flush(image, image.length, [[10, image.length]], { partial });
      expect(statSync(path).ino).not.toBe(inode);
      expect(Buffer.compare(readFileSync(path), image)).toBe(0);
    }
    rmSync(path);
  });

  it("refuses ranges of a file that is not the one it adopted", () => {
    const path = join(directory, "foreign");
    writeFileSync(path, "first");
    const file = new OutputFile(path, 0o666);
    file.adopt(systemFiles.stat(path)!.fingerprint);
    writeFileSync(path, "second");
    expect(() => file.flush(bytes("Second"), 6, [[0, 1]], { partial: true })).toThrow("MF0304");
    expect(readFileSync(path, "utf8")).toBe("second");
  });

  it("keeps the permissions of a file that it replaces, and makes a program executable", () => {
    const path = join(directory, "permissions");
    writeFileSync(path, "old");
    chmodSync(path, 0o600);
    new OutputFile(path, 0o666).flush(bytes("new"), 3, []);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    new OutputFile(path, 0o700).flush(bytes("exe"), 3, []);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it("opens nothing where nothing changed", () => {
    const path = join(directory, "looked-at");
    writeFileSync(path, "same");
    const faulty = new FaultyFiles();
    const file = new OutputFile(path, 0o666, faulty.files);
    file.adopt(systemFiles.stat(path)!.fingerprint);
    expect(file.flush(bytes("????"), 4, [], { partial: true })).toBe(0);
    expect(faulty.calls).toBe(1);
  });

  it("writes through a symbolic link and keeps the link", () => {
    const target = join(directory, "target");
    const link = join(directory, "link");
    writeFileSync(target, "old");
    symlinkSync(target, link);
    new OutputFile(link, 0o666).flush(bytes("new"), 3, [[0, 3]]);
    expect(readFileSync(target, "utf8")).toBe("new");
  });

  it("follows a symbolic link whose target does not exist yet", () => {
    const link = join(directory, "early");
    symlinkSync("late", link);
    new OutputFile(link, 0o666).flush(bytes("new"), 3, [[0, 3]]);
    expect(readFileSync(join(directory, "late"), "utf8")).toBe("new");
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it("leaves what was there, and no temporary file, where it cannot write", () => {
    const path = join(directory, "kept");
    copyFileSync("/bin/true", path);
    chmodSync(path, 0o755);
    const before = readFileSync(path);
    expect(() => new OutputFile(join(path, "below"), 0o777).flush(bytes("x"), 1, [[0, 1]])).toThrow(/not a directory/);
    expect(() => new OutputFile(directory, 0o777).flush(bytes("x"), 1, [[0, 1]])).toThrow(/it is a directory/);
    expect(Buffer.compare(readFileSync(path), before)).toBe(0);
    expect(readdirSync(directory).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("says that a device is full", () => {
    expect(() => new OutputFile("/dev/full", 0o666).flush(bytes("x"), 1, [[0, 1]])).toThrow(/no space left/);
  });
});
