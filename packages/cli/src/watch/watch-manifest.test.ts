import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ManifestWatch, stateOf, type WatchTimes, watchManifests } from "./watch-manifest.js";

/** Looks at intervals never come: what is told was notified. */
const NOTIFIED: WatchTimes = { poll: 1e8, heartbeat: 1e8 };

let directory = "";
let watching: ManifestWatch | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "manifold-watch-"));
});
afterEach(async () => {
  watching?.close();
  await watching?.done;
  watching = undefined;
  rmSync(directory, { recursive: true });
});

function file(name: string, text?: string): string {
  const path = join(directory, name);
  if (text !== undefined) writeFileSync(path, text);
  return path;
}

/** A watch whose calls can be waited for. */
class Calls {
  readonly all: string[][] = [];
  #wake: () => void = () => {};

  constructor(paths: readonly string[], times: WatchTimes = NOTIFIED) {
    watching = watchManifests(
      paths,
      (changed) => {
        this.all.push(changed.map((path) => `${basename(path)}: ${textOf(path)}`));
        this.#wake();
      },
      times,
    );
  }

  /** Waits for a call that finds what is given: a file may be seen, and told of, on its way there. */
  async until(found: string): Promise<void> {
    while (!this.all.some((call) => call.includes(found)))
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "(gone)";
  }
}

function overwrite(path: string, text: string): void {
  const fd = openSync(path, "r+");
  writeSync(fd, text, 0);
  closeSync(fd);
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}

const WAYS: readonly [string, (path: string) => void][] = [
  ["written in place, with the same size", (path) => overwrite(path, "new")],
  ["truncated and written", (path) => writeFileSync(path, "new")],
  ["written beside and renamed over", (path) => replace(path, "new")],
  [
    "deleted and created",
    (path) => {
      unlinkSync(path);
      writeFileSync(path, "new");
    },
  ],
  [
    "moved to a backup and created",
    (path) => {
      renameSync(path, `${path}~`);
      writeFileSync(path, "new");
    },
  ],
  [
    "written with its old modification time",
    (path) => {
      overwrite(path, "new");
      utimesSync(path, 1000, 1000);
    },
  ],
  [
    "copied over",
    (path) => {
      writeFileSync(`${path}.other`, "new");
      copyFileSync(`${path}.other`, path);
    },
  ],
];

describe("watchManifests", () => {
  for (const [way, write] of WAYS)
    it(`tells of a file that is ${way}`, async () => {
      const path = file("a.ndjson", "old");
      utimesSync(path, 1000, 1000);
      const calls = new Calls([path]);
      write(path);
      await calls.until("a.ndjson: new");
    });

  it("follows further files, from what they were when they were read, until others take their place", async () => {
    const [own, one, two] = [file("a.ndjson", "a"), file("one.o", "one"), file("two.o", "two")];
    const calls = new Calls([own]);
    const [wasOne, wasTwo] = [stateOf(one), stateOf(two)];
    overwrite(two, "TWO!");
    watching!.follow(
      new Map([
        [one, wasOne],
        [two, wasTwo],
        [own, "whatever"],
      ]),
    );
    await calls.until("two.o: TWO!");
    overwrite(one, "ONE!");
    await calls.until("one.o: ONE!");
    watching!.follow(new Map([[two, stateOf(two)]]));
    overwrite(one, "more");
    overwrite(own, "b");
    await calls.until("a.ndjson: b");
    expect(calls.all.flat()).not.toContain("one.o: more");
  });

  it("goes on telling, whatever way a file is written next", async () => {
    const path = file("a.ndjson", "");
    const calls = new Calls([path]);
    for (let round = 0; round < 6; round++) {
      [writeFileSync, replace, appendFileSync][round % 3]!(path, `${round}`);
      await calls.until(`a.ndjson: ${round % 3 === 2 ? `${round - 1}${round}` : round}`);
    }
  });

  it("does not tell of other files in the directory", async () => {
    const path = file("a.ndjson", "old");
    const calls = new Calls([path]);
    file("other", "new");
    file("a.ndjson.swp", "new");
    replace(path, "new");
    await calls.until("a.ndjson: new");
    expect(new Set(calls.all.flat())).toEqual(new Set(["a.ndjson: new"]));
  });

  it("watches several files, in several directories, and tells which have changed", async () => {
    mkdirSync(file("sub"));
    const paths = [file("a.ndjson", "old"), file("b.ndjson", "old"), file("sub/c.json", "old")];
    const calls = new Calls(paths);
    replace(paths[2]!, "new");
    await calls.until("c.json: new");
    writeFileSync(paths[0]!, "new");
    await calls.until("a.ndjson: new");
    expect(calls.all.flat().filter((found) => found.startsWith("b."))).toEqual([]);
  });

  it("tells of a file that is deleted, and of its return", async () => {
    const path = file("a.ndjson", "old");
    const calls = new Calls([path], { ...NOTIFIED, poll: 20 });
    unlinkSync(path);
    await calls.until("a.ndjson: (gone)");
    writeFileSync(path, "new");
    await calls.until("a.ndjson: new");
  });

  it("tells of changes in the file that a symbolic link points to, and of a link that points elsewhere", async () => {
    mkdirSync(file("real"));
    const target = file("real/target", "old");
    const other = file("real/other", "other");
    const path = file("a.ndjson");
    symlinkSync(target, path);
    const calls = new Calls([path]);
    replace(target, "new");
    await calls.until("a.ndjson: new");
    unlinkSync(path);
    symlinkSync(other, path);
    await calls.until("a.ndjson: other");
    writeFileSync(other, "changed");
    await calls.until("a.ndjson: changed");
  });

  it("looks at intervals where nothing can be notified: the directory comes later", async () => {
    const path = file("later/a.ndjson");
    const calls = new Calls([path], { poll: 10, heartbeat: 1e8 });
    mkdirSync(file("later"));
    writeFileSync(path, "new");
    await calls.until("a.ndjson: new");
    writeFileSync(path, "newer");
    await calls.until("a.ndjson: newer");
  });

  it("goes on in the directory that has taken the place of another", async () => {
    mkdirSync(file("sub"));
    const path = file("sub/a.ndjson", "old");
    const calls = new Calls([path], { poll: 10, heartbeat: 1e8 });
    renameSync(file("sub"), file("before"));
    mkdirSync(file("sub"));
    writeFileSync(path, "new");
    await calls.until("a.ndjson: new");
    writeFileSync(path, "newer");
    await calls.until("a.ndjson: newer");
  });

  it("sees after a while what nobody notifies: a directory further up has taken the place of another", async () => {
    mkdirSync(file("up/sub"), { recursive: true });
    const path = file("up/sub/a.ndjson", "old");
    const calls = new Calls([path], { poll: 10, heartbeat: 10 });
    mkdirSync(file("next/sub"), { recursive: true });
    file("next/sub/a.ndjson", "new");
    renameSync(file("up"), file("before"));
    renameSync(file("next"), file("up"));
    await calls.until("a.ndjson: new");
  });

  it("never calls twice at a time, and once more for what changed during a call", async () => {
    const path = file("a.ndjson", "0");
    const seen: string[] = [];
    let running = 0;
    let overlap = 0;
    await new Promise<void>((resolve) => {
      watching = watchManifests(
        [path],
        async () => {
          overlap = Math.max(overlap, ++running);
          seen.push(textOf(path));
          if (seen.length === 1) {
            // Long enough for the watch to see the change while this call runs.
            for (let i = 1; i <= 20; i++) {
              replace(path, `${i}`);
              await new Promise((done) => setTimeout(done, 5));
            }
            await new Promise((done) => setTimeout(done, 100));
          }
          running--;
          if (textOf(path) === "20" && seen.at(-1) === "20") resolve();
        },
        NOTIFIED,
      );
      replace(path, "first");
    });
    expect(overlap).toBe(1);
    expect(seen.at(-1)).toBe("20");
  });

  it("waits, once closed, for the call that runs, and makes no other", async () => {
    const path = file("a.ndjson", "old");
    const events: string[] = [];
    await new Promise<void>((resolve) => {
      watching = watchManifests(
        [path],
        async () => {
          events.push("called");
          watching!.close();
          replace(path, "newer");
          resolve();
          await new Promise((done) => setTimeout(done, 50));
          events.push("finished");
        },
        NOTIFIED,
      );
      replace(path, "new");
    });
    await watching!.done;
    expect(events).toEqual(["called", "finished"]);
  });

  it("closes and rejects when a call fails", async () => {
    const path = file("a.ndjson", "old");
    const failing = watchManifests([path], () => Promise.reject(new Error("a fault")), NOTIFIED);
    replace(path, "new");
    await expect(failing.done).rejects.toThrow("a fault");
  });
});
