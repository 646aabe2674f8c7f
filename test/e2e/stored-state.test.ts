/** What `manifold link --incremental` makes of sessions that cannot be used, of outputs in use, and of nothing to do. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { statePath } from "@manifold/core";
import { beforeEach, describe, expect, it } from "vitest";
import { decodeHeader, HEADER_PAGES, PAGE_BYTES, STATUS_AT, Status } from "../../packages/core/src/state/header.js";
import { hashWords } from "../../packages/core/src/state/page-hash.js";
import { MANIFOLD, manifold, type Outcome, run, tool } from "../support/command.js";
import { expectRefusal } from "../support/refused.js";
import { linkStored } from "../support/stored-link.js";
import { tempDir } from "../support/temp-dir.js";
import { printed, waitingVersions } from "../support/versions.js";

const { texts, prints } = waitingVersions(40, 3) as { texts: string[]; prints: [string, string, string] };

let directory: string;
let manifest: string;
let output: string;
let state: string;
beforeEach(async () => {
  directory = tempDir();
  manifest = join(directory, "program.ndjson");
  output = join(directory, "program");
  state = statePath(output);
  writeFileSync(manifest, texts[0]!);
  expect(await linkStored([manifest], output)).toMatchObject({ ok: true, notes: [] });
});

function link(...args: readonly string[]): Outcome {
  return manifold(["link", manifest, "-o", output, "--incremental", ...args]);
}

/** Changes the words of the session in place. */
function patch(change: (words: Int32Array) => void): void {
  const bytes = new Uint8Array(readFileSync(state));
  change(new Int32Array(bytes.buffer));
  writeFileSync(state, bytes);
}

/** Makes the header's checksum what it has to be; see header.ts. */
function seal(words: Int32Array): void {
  const header = words.slice(0, (HEADER_PAGES * PAGE_BYTES) / 4);
  header[3] = 0;
  header[4] = 0;
  words[4] = hashWords(header, 0, header.length, header[2]!);
}

type Case = readonly [what: string, reason: RegExp, spoil: () => void];

const UNUSABLE: readonly Case[] = [
  ["is missing", /there is no state in .*program\.manifold yet/, () => rmSync(state)],
  [
    "has another format",
    /saved by another version of Manifold/,
    () =>
      patch((words) => {
        words[2] = 99;
      }),
  ],
  [
    "is of another version",
    /saved by version 0\.0\.9 of Manifold/,
    () =>
      patch((words) => {
        Buffer.from(words.buffer).write("0.0.9\0", 16 * 4);
        seal(words);
      }),
  ],
  ["is cut off", /not as long as it was saved/, () => truncateSync(state, statSync(state).size - PAGE_BYTES)],
  ["is cut off in its header", /not as long as it was saved/, () => truncateSync(state, 100)],
  ["is empty", /not as long as it was saved/, () => truncateSync(state, 0)],
  ["is something else", /corrupted: it does not begin/, () => writeFileSync(state, "something else altogether")],
  [
    "has another bit in its header",
    /corrupted: its header does not match its checksum/,
    () =>
      patch((words) => {
        words[30]! ^= 16;
      }),
  ],
  [
    "has another bit in a page of a table",
    /corrupted: page 0 of "symbols" does not match its checksum/,
    () =>
      patch((words) => {
        const size = words.byteLength;
        const header = decodeHeader(state, words.subarray(0, (HEADER_PAGES * PAGE_BYTES) / 4), size, size);
        const { first } = header.tables.find(({ name }) => name === "symbols")!.extents[0]!;
        words[(first * PAGE_BYTES) / 4 + 5]! ^= 1;
      }),
  ],
  [
    "says that an update was interrupted",
    /in use by another link, or the last one was interrupted/,
    () =>
      patch((words) => {
        words[STATUS_AT / 4] = Status.BUSY;
      }),
  ],
  [
    "was locked by a process that is no more",
    /in use by another link, or the last one was interrupted/,
    () => writeFileSync(`${state}.lock`, ""),
  ],
  ["belongs to an output that is gone", /program is not as it was/, () => rmSync(output)],
  ["belongs to an output that was touched", /program is not as it was/, () => utimesSync(output, 1e9, 1e9)],
  ["belongs to an output that was stripped", /program is not as it was/, () => tool("strip", [output])],
  ["belongs to an output that was made read-only", /program is not as it was/, () => chmodSync(output, 0o555)],
  [
    "belongs to an output of which this is a copy",
    /program is not as it was/,
    () => {
      tool("cp", ["-p", output, `${output}.copy`]);
      renameSync(`${output}.copy`, output);
    },
  ],
  [
    "belongs to an output that was written by another link",
    /program is not as it was/,
    () => tool(process.execPath, [MANIFOLD, "link", manifest, "-o", output]),
  ],
];

describe("a session", () => {
  it.each(UNUSABLE)("that %s is not used: all is linked, and a line says why", async (_, reason, spoil) => {
    spoil();
    writeFileSync(manifest, texts[1]!);
    const { code, stdout, stderr } = link();
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toMatch(/^manifold: linked in full: [^\n]*\n$/);
    expect(stderr).toMatch(reason);
    expect(printed(output)).toBe(prints[1]);
    expect(readdirSync(directory).sort()).toEqual(["program", "program.manifold", "program.ndjson"]);

    writeFileSync(manifest, texts[2]!);
    const next = await linkStored([manifest], output, { verify: true });
    expect(next).toMatchObject({ ok: true, reason: undefined, notes: [] });
    expect(next.update!.emitted).toBeGreaterThan(0);
    expect(printed(output)).toBe(prints[2]);
  });

  it("is not used where the header of the manifest changes", async () => {
    const [header, ...rest] = texts[1]!.split("\n");
    const changed = { ...(JSON.parse(header!) as Record<string, unknown>), imageBase: 0x2000000 };
    writeFileSync(manifest, [JSON.stringify(changed), ...rest].join("\n"));
    const { code, stderr } = link();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "manifold: linked in full: the manifest's header changed\n" });
    expect(tool("readelf", ["-lW", output])).toContain("0x0000000002000000");
    expect(printed(output)).toBe(prints[1]);
    expect(await linkStored([manifest], output)).toMatchObject({ ok: true, reason: undefined });
  });

  it("is not used where other manifests are linked, or more of them", async () => {
    const other = join(directory, "other.ndjson");
    writeFileSync(other, texts[1]!);
    const says = "manifold: linked in full: other manifests were linked before\n";
    const first = manifold(["link", other, "-o", output, "--incremental"]);
    expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: says });
    expect(printed(output)).toBe(prints[1]);
    const more = join(directory, "more.ndjson");
    writeFileSync(more, `${texts[0]!.split("\n")[0]}\n{"const": "more", "bytes": "01"}\n`);
    const second = manifold(["link", other, more, "-o", output, "--incremental"]);
    expect({ code: second.code, stderr: second.stderr }).toEqual({ code: 0, stderr: says });
    expect(printed(output)).toBe(prints[1]);
    expect(await linkStored([other, more], output)).toMatchObject({ ok: true, reason: undefined });
  });

  it("that cannot be saved is said to be lost, and the output is complete", () => {
    rmSync(state);
    mkdirSync(state);
    writeFileSync(manifest, texts[1]!);
    const { code, stderr } = link();
    expect(code).toBe(0);
    expect(stderr).toContain("MF0808");
    expect(printed(output)).toBe(prints[1]);
    expect(readdirSync(directory).sort()).toEqual(["program", "program.manifold", "program.ndjson"]);
  });

  it("is never written over a manifest, nor under a trace", () => {
    copyFileSync(manifest, state);
    expectRefusal(manifold(["link", state, "-o", output, "--incremental"]), "outputIsInput");
    expect(readFileSync(state, "utf8")).toBe(texts[0]);
    expect(link("--trace", state)).toMatchObject({ code: 2, stderr: expect.stringContaining("--trace") });
    expect(readFileSync(state, "utf8")).toBe(texts[0]);
  });
});

describe("a link with nothing to do", () => {
  const look = (): unknown =>
    [".", ...readdirSync(directory).sort()].map((name) => {
      const { ino, size, mode, nlink, mtimeNs, ctimeNs } = statSync(join(directory, name), { bigint: true });
      return { name, ino, size, mode, nlink, mtimeNs, ctimeNs };
    });

  it.each<[string, readonly string[], number]>([
    ["at once", [], 0],
    ["when the manifest is old enough to be trusted by its time", [], 60],
    ["with a name that is said to have changed", ["--changed", "f1"], 0],
    ["and a proof", ["--verify"], 0],
  ])("touches no file and no time stamp (%s)", async (_, args, wait) => {
    await setTimeout(wait);
    // Whoever looked too early looks once more.
    await linkStored([manifest], output);
    const before = look();
    expect(link(...args)).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
    expect(look()).toEqual(before);
  });

  it("touches none either where the manifest was written anew as it was", () => {
    writeFileSync(manifest, texts[0]!);
    const before = look();
    expect(link()).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
    expect(look()).toEqual(before);
  });
});

describe("an output", () => {
  /** What a program prints that waits for the end of its input. */
  async function rest(running: ChildProcess): Promise<string> {
    let text = "";
    running.stdout!.setEncoding("latin1").on("data", (more: string) => {
      text += more;
    });
    running.stdin!.end();
    await once(running, "close");
    return text;
  }

  it("that runs is updated, again and again, and what runs does what it did", async () => {
    const running: ChildProcess[] = [];
    for (const version of [1, 2, 0, 1]) {
      const program = spawn(output);
      await once(program, "spawn");
      running.push(program);
      writeFileSync(manifest, texts[version]!);
      expect(link("--verify")).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
      expect(printed(output)).toBe(prints[version]);
    }
    expect(await Promise.all(running.map(rest))).toEqual([prints[0], prints[1], prints[2], prints[0]]);
  });

  it("with another name is updated under its own, and is what it was under the other", () => {
    const other = join(directory, "installed");
    linkSync(output, other);
    const { ino } = statSync(other);
    writeFileSync(manifest, texts[1]!);
    expect(link()).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
    expect(printed(output)).toBe(prints[1]);
    expect(printed(other)).toBe(prints[0]);
    expect(statSync(other).ino).toBe(ino);
    // From here on it is one file with one name.
    writeFileSync(manifest, texts[2]!);
    const mine = statSync(output).ino;
    expect(link()).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
    expect(statSync(output).ino).toBe(mine);
    expect([printed(output), printed(other)]).toEqual([prints[2], prints[0]]);
  });

  /** `unshare` with what it takes to mount: a user namespace of its own unless we are root already. */
  const UNSHARE = process.getuid?.() === 0 ? ["-m"] : ["-rm"];
  const mounts = run("unshare", [...UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).code === 0;

  /** Runs a script with "$link" and the next version "$next" in a directory that is a disk of its own, of 8 MiB. */
  function onDisk(next: string, script: string): Outcome {
    const disk = join(directory, "disk");
    mkdirSync(disk);
    const versions = [texts[0]!, next].map((text, version) => {
      const path = join(directory, `${version}.ndjson`);
      writeFileSync(path, text);
      return path;
    });
    const lead =
      'mount -t tmpfs -o size=8m tmpfs "$1" || exit 90; cd "$1" || exit 91; first=$4; next=$5; ' +
      'link="$2 $3 link m.ndjson -o program --incremental"; ' +
      'cp "$first" m.ndjson; $link 2>/dev/null || exit 92; before=$(sha256sum program); ';
    const args = ["sh", disk, process.execPath, MANIFOLD, ...versions];
    return run("unshare", [...UNSHARE, "sh", "-c", lead + script, ...args]);
  }

  it.skipIf(!mounts)("that cannot be written to stays, and a diagnostic says why", () => {
    const outcome = onDisk(
      texts[1]!,
      'cp "$next" m.ndjson; cd /; mount -o remount,ro "$1" || exit 94; cd "$1"; $link; code=$?; [ "$before" = "$(sha256sum program)" ] || exit 93; exit $code',
    );
    expectRefusal(outcome, "cannotWrite");
    expect(outcome.stderr).toContain("read-only");
  });

  it.skipIf(!mounts)("on a full disk stays, and is brought up to date when there is room again", () => {
    const noise = Buffer.alloc(1 << 20, 0xa5).toString("base64");
    const outcome = onDisk(
      `${texts[1]!}{"const": "big", "bytes": "base64:${noise}"}\n`,
      'cp "$next" m.ndjson; cat /dev/zero >filler 2>/dev/null; ' +
        '$link; code=$?; [ "$before" = "$(sha256sum program)" ] || exit 93; [ $code = 1 ] || exit 94; ' +
        "rm filler; $link 2>/dev/null || exit 95; ./program </dev/null",
    );
    expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code: 0, stdout: prints[1] });
    expect(outcome.stderr).toMatch(/MF0302.*no space left on the device/);
  });
});
