/** Constants of up to 64 bits: exact Numbers, or BigInts at the API's edge. */

import { misuse } from "./failures.js";

/** A constant: a whole number; a bigint where it is beyond 2^53. */
export type Constant = number | bigint;

const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 64n - 1n;

/** Sets the 64 bits of `value`, two's complement. Throws where it has more, or a fraction. */
export function setConstant(target: { low: number; high: number }, value: Constant): void {
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value))
      throw misuse(`${value} is no whole number below 2^53; give larger ones as bigint`);
    target.low = value | 0;
    target.high = Math.floor(value / 0x1_0000_0000) | 0;
    return;
  }
  if (value < LOWEST || value > HIGHEST) throw misuse(`${value} does not fit 64 bits`);
  target.low = Number(BigInt.asIntN(32, value));
  target.high = Number(BigInt.asIntN(32, value >> 32n));
}
