import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { craft } from "../crafted-object.test.helper.js";
import { InputBytes } from "../input-bytes.js";
import { ObjectTable } from "../object-table.js";
import { ReadAhead, type ReadingThreads } from "./read-ahead.js";
import { BATCH_OBJECTS, BatchReader, BatchState, type ReadBatch, type ReadJob } from "./read-job.js";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "manifold-read-ahead-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Writes `count` objects; object `i` has a global symbol `f<i>`, and `symbols` more. */
function objects(count: number, symbols = 0): string[] {
  return Array.from({ length: count }, (_, i) => {
    const path = join(directory, `${i}.o`);
    const names = [`f${i}`, ...Array.from({ length: symbols }, (_, k) => `g${i}_${k}`)];
    const text = { name: ".text", type: 1, flags: 6, data: new Uint8Array(8), align: 16 };
    writeFileSync(path, craft({ sections: [text], symbols: names.map((name) => ({ name, info: 0x12, section: 1 })) }));
    return path;
  });
}

/** What a thread would do: reads the batches `batches` of a job at once, and hands over at the next call. */
function threadOf(batches: readonly number[], also: (job: ReadJob) => void = () => {}): ReadingThreads {
  const posted: ReadBatch[] = [];
  return {
    read: (job) => {
      const reader = new BatchReader(job);
      for (const batch of batches) {
        expect(reader.claim(batch)).toBe(true);
        const words = reader.read(batch);
        const isPosted = words.buffer !== job.ring.buffer;
        if (isPosted) posted.push({ batch, words });
        job.states[batch] = isPosted ? BatchState.POSTED : BatchState.READY;
      }
      also(job);
    },
    receive: () => posted.shift(),
  };
}

/** The first global symbols of all objects, as the link's table has them; undefined for those that could not be read. */
function read(files: readonly string[], threads: ReadingThreads): (string | undefined)[] {
  const input = new InputBytes();
  const table = new ObjectTable(input);
  const source = new ReadAhead(files, input, false, threads);
  const names = files.map((file) => {
    const entered = source.take(table, { file });
    return entered && table.symbolName(entered.object, table.firstGlobal[entered.object]!);
  });
  source.close();
  return names;
}

const named = (count: number): string[] => Array.from({ length: count }, (_, i) => `f${i}`);

test("objects come in their order where no thread reads any", () => {
  expect(read(objects(40), threadOf([]))).toEqual(named(40));
});

test("objects come in their order, whoever read them", () => {
  expect(read(objects(100), threadOf([1, 3, 4]))).toEqual(named(100));
});

test("more batches come than the ring has room for", () => {
  const count = BATCH_OBJECTS * 150;
  expect(read(objects(count), threadOf([5, 63]))).toEqual(named(count));
});

test("a batch that the ring cannot hold comes nevertheless", () => {
  expect(read(objects(40, 700), threadOf([1]))).toEqual(named(40));
});

test("an object that cannot be read is missing, those around it are not", () => {
  const files = objects(40);
  writeFileSync(files[3]!, "no object");
  rmSync(files[20]!);
  const expected: (string | undefined)[] = named(40);
  expected[3] = undefined;
  expected[20] = undefined;
  expect(read(files, threadOf([1]))).toEqual(expected);
});

test("what a thread has failed to read is read by whoever asks for it", () => {
  const fail = (job: ReadJob): void => {
    job.states[1] = BatchState.FAILED;
  };
  const names = read(objects(40), threadOf([], fail));
  expect(names.slice(0, BATCH_OBJECTS)).toEqual(named(BATCH_OBJECTS));
  expect(names.slice(BATCH_OBJECTS).every((name) => name === undefined)).toBe(true);
});
