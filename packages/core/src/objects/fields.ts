/** Writes the fields of relocations into the image, little-endian, wherever they are. */

import { R_X86_64 } from "../elf/x86-64.js";

/** Writes `value` into the field of a relocation of `type`; false, and nothing written, where it does not fit. */
export function storeField(image: Uint8Array, at: number, type: number, value: number): boolean {
  switch (type) {
    case R_X86_64["64"]:
    case R_X86_64.PC64:
    case R_X86_64.SIZE64:
    case R_X86_64.GOTPCREL64:
    case R_X86_64.GOT64:
    case R_X86_64.GOTPLT64:
    case R_X86_64.GOTPC64:
    case R_X86_64.GOTOFF64:
    case R_X86_64.PLTOFF64:
    case R_X86_64.TPOFF64:
    case R_X86_64.DTPOFF64:
      // Beyond 2^53 the sum was rounded.
      if (!Number.isSafeInteger(value)) return false;
      store64(image, at, value, 0, 0);
      return true;
    case R_X86_64["32"]:
    case R_X86_64.SIZE32:
      if (value < 0 || value >= 4294967296) return false;
      store32(image, at, value);
      return true;
    case R_X86_64["16"]:
    case R_X86_64.PC16:
      if (value < -32768 || value >= (type === R_X86_64["16"] ? 65536 : 32768)) return false;
      image[at] = value;
      image[at + 1] = value >> 8;
      return true;
    case R_X86_64["8"]:
    case R_X86_64.PC8:
      if (value < -128 || value >= (type === R_X86_64["8"] ? 256 : 128)) return false;
      image[at] = value;
      return true;
    default:
      if (value < -2147483648 || value >= 2147483648) return false;
      store32(image, at, value);
      return true;
  }
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
