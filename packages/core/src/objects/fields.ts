/** Writes the fields of relocations into the image, little-endian, wherever they are. */

import { fits, WIDTH } from "../link/x86-64.js";

/** Writes `value` into the field of a relocation of `type`; false, and nothing written, where it does not fit. */
export function storeField(image: Uint8Array, at: number, type: number, value: number): boolean {
  if (!fits(type, value)) return false;
  switch (WIDTH[type]) {
    case 8:
      store64(image, at, value, 0, 0);
      break;
    case 4:
      store32(image, at, value);
      break;
    case 2:
      image[at] = value;
      image[at + 1] = value >> 8;
      break;
    default:
      image[at] = value;
  }
  return true;
}

export function store32(image: Uint8Array, at: number, value: number): void {
  image[at] = value;
  image[at + 1] = value >> 8;
  image[at + 2] = value >> 16;
  image[at + 3] = value >> 24;
}

/** Writes `value` plus an addend of two words, exactly, modulo 2^64. */
export function store64(image: Uint8Array, at: number, value: number, addendLow: number, addendHigh: number): void {
  const high = Math.floor(value / 4294967296);
  const low = value - high * 4294967296 + (addendLow >>> 0);
  const carry = low >= 4294967296 ? 1 : 0;
  store32(image, at, low | 0);
  store32(image, at + 4, (high + addendHigh + carry) | 0);
}
