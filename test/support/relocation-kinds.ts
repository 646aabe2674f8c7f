/** The types of relocation of the x86-64 psABI (table 4.10) and what they compute: see relocations.test.ts. */

type Formula = "S+A" | "S+A-P" | "Z+A" | "S+A-TP";

export interface Kind {
  readonly type: string;
  /** Bytes that it fills. */
  readonly size: 1 | 2 | 4 | 8;
  readonly formula: Formula;
  /** Targets and addends whose values fit. `absent` is weak and undefined, so its address is 0. */
  readonly cases: readonly (readonly [target: string, addend: number])[];
}

/**
 * Each type that needs no global offset table, with cases up to the edges of what fits. The field of case n is at
 * offset 8 + 24n of `place`, which the edges relative to the place allow for.
 */
export const KINDS: readonly Kind[] = [
  {
    type: "8",
    size: 1,
    formula: "S+A",
    cases: [
      ["absent", 0],
      ["absent", 255],
      ["absent", -128],
    ],
  },
  {
    type: "16",
    size: 2,
    formula: "S+A",
    cases: [
      ["absent", 0],
      ["absent", 0xffff],
      ["absent", -0x8000],
    ],
  },
  {
    type: "32",
    size: 4,
    formula: "S+A",
    cases: [
      ["code", 0],
      ["data", 5],
      ["zeros", 4096],
      ["absent", 0xffffffff],
    ],
  },
  {
    type: "32S",
    size: 4,
    formula: "S+A",
    cases: [
      ["code", 1],
      ["data", -4],
      ["absent", 0x7fffffff],
      ["absent", -0x80000000],
    ],
  },
  {
    type: "64",
    size: 8,
    formula: "S+A",
    cases: [
      ["code", 0],
      ["data", -1],
      ["zeros", 2 ** 40],
      ["absent", -2],
    ],
  },
  {
    type: "PC8",
    size: 1,
    formula: "S+A-P",
    cases: [
      ["place", 0],
      ["place", 32 + 127],
      ["place", 56 - 128],
    ],
  },
  {
    type: "PC16",
    size: 2,
    formula: "S+A-P",
    cases: [
      ["place", 0],
      ["place", 32 + 0x7fff],
      ["place", 56 - 0x8000],
    ],
  },
  {
    type: "PC32",
    size: 4,
    formula: "S+A-P",
    cases: [
      ["code", -4],
      ["data", 0],
      ["zeros", 0x7000_0000],
      ["place", 80 + 0x7fffffff],
      ["place", 104 - 0x80000000],
    ],
  },
  {
    type: "PC64",
    size: 8,
    formula: "S+A-P",
    cases: [
      ["code", -4],
      ["data", 2 ** 45],
      ["absent", 0],
    ],
  },
  {
    type: "PLT32",
    size: 4,
    formula: "S+A-P",
    cases: [
      ["code", -4],
      ["exported", -4],
    ],
  },
  {
    type: "TPOFF32",
    size: 4,
    formula: "S+A-TP",
    cases: [
      ["perThread", 0],
      ["perThread", -3],
      ["perThreadZeros", 4],
    ],
  },
  {
    type: "TPOFF64",
    size: 8,
    formula: "S+A-TP",
    cases: [
      ["perThread", 0],
      ["perThread", 2 ** 33],
      ["perThreadZeros", -4],
    ],
  },
  {
    type: "SIZE32",
    size: 4,
    formula: "Z+A",
    cases: [
      ["data", 0],
      ["zeros", 3],
      ["code", -1],
    ],
  },
  {
    type: "SIZE64",
    size: 8,
    formula: "Z+A",
    cases: [
      ["data", 0],
      ["zeros", -3],
      ["code", 2 ** 41],
    ],
  },
];
