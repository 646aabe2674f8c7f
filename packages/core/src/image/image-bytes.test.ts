import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ByteSource, ImageBytes } from "./image-bytes.js";

const PAGE = 4096;

/** A file of bytes in memory, which counts what is read of it. */
class Source implements ByteSource {
  readonly bytes: Uint8Array;
  read = 0;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  get size(): number {
    return this.bytes.length;
  }
  load(at: number, target: Uint8Array): void {
    if (at + target.length > this.size) throw new RangeError("beyond the source");
    target.set(this.bytes.subarray(at, at + target.length));
    this.read += target.length;
  }
}

const filled = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >>> 8)) & 0xff);

describe("ImageBytes with a source", () => {
  it("reads the pages that are asked for, each once", () => {
    const source = new Source(filled(10 * PAGE + 7));
    const image = new ImageBytes(source);
    expect(image.read(PAGE - 1, 2)).toEqual(source.bytes.subarray(PAGE - 1, PAGE + 1));
    expect(source.read).toBe(2 * PAGE);
    expect(image.read(10 * PAGE, 7)).toEqual(source.bytes.subarray(10 * PAGE));
    image.read(0, 100);
    expect(source.read).toBe(2 * PAGE + 7);
    expect(image.complete).toBe(false);
    image.loadAll();
    expect(image.complete).toBe(true);
    expect(source.read).toBe(source.size);
  });

  it("does not read a page that is overwritten whole, and marks nothing that it knows to be the same", () => {
    const source = new Source(filled(4 * PAGE));
    const image = new ImageBytes(source);
    expect(image.write(PAGE, new Uint8Array(2 * PAGE))).toBe(true);
    image.zero(3 * PAGE, PAGE);
    expect(source.read).toBe(0);
    expect(image.write(10, source.bytes.subarray(10, 20))).toBe(false);
    expect(source.read).toBe(PAGE);
    expect(image.dirty.take(4 * PAGE)).toEqual([[PAGE, 4 * PAGE]]);
  });

  it("rewrites what it has not read by blocks that differ", () => {
    const source = new Source(filled(4 * PAGE));
    const image = new ImageBytes(source);
    const bytes = source.bytes.slice(PAGE - 10, 3 * PAGE + 10);
    expect(image.rewrite(PAGE - 10, bytes)).toBe(false);
    expect(image.dirty.take(4 * PAGE)).toEqual([]);
    bytes[20]! ^= 1;
    bytes[2 * PAGE]! ^= 1;
    expect(image.rewrite(PAGE - 10, bytes)).toBe(true);
    expect(image.dirty.take(4 * PAGE)).toEqual([
      [PAGE + 10, PAGE + 11],
      [3 * PAGE - 10, 3 * PAGE - 9],
    ]);
    expect(image.rewrite(4 * PAGE - 2, Uint8Array.of(1, 2, 3))).toBe(true);
    expect(image.read(PAGE - 10, bytes.length)).toEqual(bytes);
  });

  it("has zeros behind where the file was cut", () => {
    const image = new ImageBytes(new Source(filled(3 * PAGE)));
    image.cut(PAGE + 10);
    expect(image.read(PAGE, 20)).toEqual(
      Uint8Array.from([...filled(2 * PAGE).subarray(PAGE, PAGE + 10), ...new Array(10).fill(0)]),
    );
    expect(image.read(2 * PAGE, 4)).toEqual(new Uint8Array(4));
  });

  it("ends with the bytes that an image in memory has, and its ranges hold every difference to the file", () => {
    const size = 6 * PAGE;
    const at = fc.nat(size - 1);
    const length = fc.oneof(fc.nat(50), fc.nat(3 * PAGE), fc.constantFrom(PAGE, 2 * PAGE));
    const place = fc.oneof(
      at,
      fc.nat(5).map((page) => page * PAGE),
    );
    const step = fc.record({
      kind: fc.constantFrom("write", "move", "zero", "read"),
      from: place,
      to: place,
      length,
      fill: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.nat(5 * PAGE), fc.array(step, { maxLength: 12 }), (fileSize, steps) => {
        const source = new Source(filled(fileSize));
        const lazy = new ImageBytes(source);
        const eager = new ImageBytes();
        lazy.ensure(size);
        eager.ensure(size);
        eager.view.set(source.bytes);
        for (const { kind, from, to, length: wanted, fill } of steps) {
          const bytes = Math.min(wanted, size - Math.max(from, to));
          for (const image of [lazy, eager]) {
            if (kind === "write") image.write(to, new Uint8Array(bytes).fill(fill));
            else if (kind === "move") image.move(from, to, bytes);
            else if (kind === "zero") image.zero(to, bytes);
          }
          if (kind === "read") expect(Buffer.compare(lazy.read(from, bytes), eager.read(from, bytes))).toBe(0);
        }
        const file = new Uint8Array(size);
        file.set(source.bytes);
        for (const [start, end] of lazy.dirty.take(size)) file.set(lazy.view.subarray(start, end), start);
        expect(Buffer.compare(file, eager.view.subarray(0, size))).toBe(0);
        lazy.loadAll();
        expect(Buffer.compare(lazy.view.subarray(0, size), eager.view.subarray(0, size))).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
