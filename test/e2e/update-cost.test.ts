/**
 * What an update costs does not depend on the size of the program: the same changes of one function, whose neighbours are
 * the same in programs of all sizes, make a flush look at, apply and write the same. Counted, not timed.
 *
 * Bytes of the file: how many of the four bytes of a distance differ from before depends on how far it was and is, so that
 * these counts may differ by a few bytes in a far larger program.
 *
 * Pages of a session on disk: where a whole table is smaller than a page, what an update looks at is closer together. So
 * pages are compared between sizes that are both large, and with a bound.
 */

import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type FlushResult,
  type IncrementalResult,
  linkIncrementally,
  makeControl,
  makeHeader,
  openManifest,
  Session,
} from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { describe, expect, it } from "vitest";
import {
  type ChainEdit,
  chainEdits,
  chainText,
  declaredName,
  FIRST_EXIT,
  writeChain,
} from "../support/chain-program.js";
import { run } from "../support/command.js";
import { keyOf, sharedText } from "../support/declarations.js";
import { type Line, ndjson } from "../support/manifest.js";
import { tempDir } from "../support/temp-dir.js";

const SMALL = 1_000;
const LARGE = 200_000;
const LARGEST = 1_000_000;
const TIMEOUT_MS = 300_000;

/** By how many bytes what is written may differ: two distances of another length. */
const DISTANCES = 8;
/** Pages that an update of a session on disk reads, of the session and of the output, and that it writes of the former. */
const MOST_READ = 64;
const MOST_WRITTEN = 40;
/** Pages more than in a program of a fifth of the size: checksums have checksums. */
const FEW = 8;
const PAGE = 4096;

describe("the cost of an update", () => {
  it(
    "is the same in sessions that stay, of 1,000 and of 1,000,000 functions",
    async () => {
      const small = await residentCosts(SMALL);
      const large = await residentCosts(LARGEST);
      expect(large.map(withoutBytes)).toEqual(small.map(withoutBytes));
      large.forEach(({ written }, index) => {
        expect(Math.abs(written - small[index]!.written), large[index]!.what).toBeLessThanOrEqual(DISTANCES);
      });
    },
    TIMEOUT_MS,
  );

  it(
    "is the same in sessions on disk, of 1,000 and of 1,000,000 functions, but for a few pages",
    async () => {
      const [small, large, largest] = [await storedCosts(SMALL), await storedCosts(LARGE), await storedCosts(LARGEST)];
      expect(large.map(withoutBytes)).toEqual(small.map(withoutBytes));
      expect(largest.map(withoutBytes)).toEqual(small.map(withoutBytes));
      largest.forEach(({ what, written, pagesRead, pagesWritten }, index) => {
        expect(Math.abs(written - small[index]!.written), what).toBeLessThanOrEqual(DISTANCES);
        expect(pagesRead, what).toBeLessThanOrEqual(Math.min(MOST_READ, large[index]!.pagesRead + FEW));
        expect(pagesWritten, what).toBeLessThanOrEqual(Math.min(MOST_WRITTEN, large[index]!.pagesWritten + FEW));
      });
    },
    TIMEOUT_MS,
  );
});

interface Cost {
  readonly what: string;
  readonly update: FlushResult["update"];
  /** Bytes of the output. */
  readonly written: number;
  readonly isNothingWritten: boolean;
}

interface StoredCost extends Cost {
  readonly pagesRead: number;
  readonly pagesWritten: number;
}

/** What has to be equal. */
function withoutBytes({ what, update, isNothingWritten }: Cost): unknown {
  return { what, update: { ...update, changed: undefined }, isNothingWritten };
}

function costOf(what: string, { ok, diagnostics, reason, update, bytesWritten }: FlushResult): Cost {
  expect({ ok, diagnostics, reason }, what).toEqual({ ok: true, diagnostics: [], reason: undefined });
  expect(update!.changed).toBe(bytesWritten);
  return { what, update, written: bytesWritten, isNothingWritten: bytesWritten === 0 };
}

// --- sessions that stay -------------------------------------------------------------------------------------------

async function residentCosts(functions: number): Promise<Cost[]> {
  const output = join(tempDir(), "program");
  const session = new Session({
    header: makeHeader({ target: "x86_64-linux" }),
    output,
    pool: new InlinePool(),
    control: makeControl(),
    incremental: true,
    expectedNames: functions,
  });
  session.addText("program", sharedText(...chainText(functions)), 0);
  const { ok } = await session.flush();
  expect(ok).toBe(true);
  expect(run(output, []).code).toBe(FIRST_EXIT);
  const costs: Cost[] = [];
  for (const { what, old, line, exit } of chainEdits(functions)) {
    if (old !== undefined && (line === undefined || declaredName(line) !== declaredName(old)))
      session.remove(0, [keyOf("func" in old ? "nav" : "export", declaredName(old))]);
    if (line !== undefined) session.updateText("edit", sharedText(ndjson([line])), 0);
    costs.push(costOf(what, await session.flush()));
    expect(run(output, []).code, what).toBe(exit);
  }
  const nothing = costOf("nothing", await session.flush());
  expect(nothing.update).toEqual({ emitted: 0, removed: 0, symbols: 0, nodes: 0, relocations: 0, changed: 0 });
  return [...costs, nothing];
}

// --- sessions on disk ---------------------------------------------------------------------------------------------

/** A manifest whose declarations are replaced where they stand. */
class EditedManifest {
  readonly path: string;
  #bytes: Buffer;
  /** The file seems to be written long before it is read, a second later each time. */
  #seconds = 1_000_000_000;

  constructor(path: string, functions: number) {
    this.path = path;
    writeChain(path, functions);
    this.#bytes = readFileSync(path);
    this.#date();
  }

  apply({ old, line }: ChainEdit): void {
    const start = old === undefined ? this.#bytes.length : this.#bytes.indexOf(text(old));
    const end = start + text(old).length;
    this.#bytes = Buffer.concat([this.#bytes.subarray(0, start), Buffer.from(text(line)), this.#bytes.subarray(end)]);
    writeFileSync(this.path, this.#bytes);
    this.#date();
  }

  #date(): void {
    utimesSync(this.path, ++this.#seconds, this.#seconds);
  }
}

function text(line: Line | undefined): string {
  return line === undefined ? "" : ndjson([line]);
}

async function storedCosts(functions: number): Promise<StoredCost[]> {
  const directory = tempDir();
  const output = join(directory, "program");
  const manifest = new EditedManifest(join(directory, "program.ndjson"), functions);
  const link = (changed?: readonly string[]): Promise<IncrementalResult> =>
    linkIncrementally({
      manifests: [openManifest(manifest.path)],
      output,
      pool: async () => new InlinePool(),
      control: makeControl(),
      expectedNames: functions,
      ...(changed === undefined ? {} : { changed }),
    });
  const { ok } = await link();
  expect(ok).toBe(true);
  const costs = [storedCostOf("nothing", await link())];
  for (const edit of chainEdits(functions)) {
    manifest.apply(edit);
    const changed = [edit.old, edit.line].flatMap((line) => (line === undefined ? [] : [declaredName(line)]));
    const result = await link([...new Set(changed)]);
    costs.push(storedCostOf(edit.what, result));
    expect(run(output, []).code, edit.what).toBe(edit.exit);
  }
  costs.push(storedCostOf("a name of what did not change", await link(["caller"])));
  for (const nothing of [costs[0], costs.at(-1)]) expect(nothing).toMatchObject({ written: 0, pagesWritten: 0 });
  return costs;
}

function storedCostOf(what: string, result: IncrementalResult): StoredCost {
  return {
    ...costOf(what, result),
    pagesRead: Math.ceil(result.bytesRead / PAGE),
    pagesWritten: Math.ceil(result.stateBytesWritten / PAGE),
  };
}
