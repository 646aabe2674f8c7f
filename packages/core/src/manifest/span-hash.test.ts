import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashSpan, spanHash0, spanHash1 } from "./span-hash.js";

function hashOf(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  hashSpan(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), start, end);
  return `${spanHash0} ${spanHash1}`;
}

describe("hashSpan", () => {
  it("depends on the bytes of the span, not on where they stand or what is around them", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.uint8Array({ maxLength: 9 }),
        fc.uint8Array(),
        (span, lead, tail) => {
          const around = Uint8Array.of(...lead, ...span, ...tail);
          expect(hashOf(around, lead.length, lead.length + span.length)).toBe(hashOf(span));
        },
      ),
    );
  });

  it("differs where a byte does, at every length and place", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (span, at, bits) => {
          const changed = span.slice();
          changed[at % span.length]! ^= bits;
          expect(hashOf(changed)).not.toBe(hashOf(span));
        },
      ),
    );
  });

  it("tells spans of zeros apart by their length", () => {
    const hashes = Array.from({ length: 100 }, (_, length) => hashOf(new Uint8Array(length)));
    expect(new Set(hashes).size).toBe(100);
  });

  it("spreads texts that differ in a few digits over both lanes as chance would", () => {
    const count = 200_000;
    const lanes = [new Set<number>(), new Set<number>()] as const;
    const text = Buffer.from('{"func": "name000000", "code": {"bytes": "0000000000"}}');
    for (let i = 0; i < count; i++) {
      text.write(String(i).padStart(6, "0"), 14);
      text.write((i & 0xff).toString(16).padStart(2, "0"), 46);
      hashOf(text);
      lanes[0].add(spanHash0);
      lanes[1].add(spanHash1);
    }
    // By chance about 4.7 pairs of 2 * 10^5 share 32 bits; 30 pairs would be less likely than 10^-13.
    for (const lane of lanes) expect(count - lane.size).toBeLessThan(30);
  });
});
