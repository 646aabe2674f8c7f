import fc from "fast-check";
import { expect, test } from "vitest";
import { hash0, hash1, hash2 } from "../memory/hash.js";
import { hashName, sameName, scanName, viewOf } from "./name-hash.js";

/** Bytes of names: letters and the @ that begins a version are frequent. */
const nameBytes = fc
  .uint8Array({ maxLength: 40 })
  .map((bytes) => bytes.map((byte) => [byte || 1, 0x40, 0x61][byte % 3]!));

/** A name at `offset` of memory, with its 0 byte and noise around it. */
function placed(name: Uint8Array, offset: number): DataView {
  const bytes = new Uint8Array(offset + name.length + 16).fill(0x40);
  bytes.set(name, offset);
  bytes[offset + name.length] = 0;
  return viewOf(bytes);
}

/** Where a name ends by its definition. */
function endOf(name: Uint8Array): number {
  const text = Buffer.from(name).toString("latin1");
  const version = text.indexOf("@@", 1);
  return version === -1 ? name.length : version;
}

test("a name ends at its 0 byte, or at its version, wherever it lies", () => {
  fc.assert(
    fc.property(nameBytes, fc.nat(7), (name, offset) => {
      expect(scanName(placed(name, offset), offset)).toBe(offset + endOf(name));
    }),
  );
});

test("a name that is gone through has the hash that its bytes have, at any alignment", () => {
  fc.assert(
    fc.property(nameBytes, fc.nat(7), fc.nat(7), (name, offset, other) => {
      scanName(placed(name, offset), offset);
      const scanned = [hash0, hash1, hash2];
      hashName(placed(name, other), other, other + endOf(name));
      expect([hash0, hash1, hash2]).toEqual(scanned);
    }),
  );
});

test("names that differ in a byte, or in length, have other hashes", () => {
  const seen = new Set<string>();
  for (let length = 0; length < 40; length++)
    for (const byte of [0x61, 0x62, 0x80]) {
      const name = new Uint8Array(length).fill(byte);
      if (length === 0 && byte !== 0x61) continue;
      hashName(viewOf(name), 0, length);
      seen.add(`${hash0} ${hash1} ${hash2}`);
    }
  expect(seen.size).toBe(39 * 3 + 1);
});

test("equal names are equal, others are not", () => {
  fc.assert(
    fc.property(nameBytes, fc.nat(7), fc.nat(7), fc.nat(), (name, a, b, change) => {
      const one = placed(name, a);
      const other = placed(name, b);
      expect(sameName(one, a, other, b, name.length)).toBe(true);
      if (name.length === 0) return;
      const at = b + (change % name.length);
      other.setUint8(at, other.getUint8(at) ^ 1);
      expect(sameName(one, a, other, b, name.length)).toBe(false);
    }),
  );
});
