/** Numbers that look random and follow from others: the model never asks for any that do not. */

/** An unsigned number of 32 bits from others. */
export function hash(...numbers: readonly number[]): number {
  let state = 0x9e3779b9;
  for (const number of numbers) {
    state = Math.imul(state ^ number, 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    state ^= state >>> 16;
  }
  return state >>> 0;
}

export function hashText(text: string): number {
  return hash(...Buffer.from(text));
}

/** The item of `list` that `random` says. */
export function choose<T>(list: readonly T[], random: number): T {
  return list[(random >>> 0) % list.length]!;
}
