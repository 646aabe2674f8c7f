/** Writes random statements for every form of the instruction table. */
import { FORM_COUNT, FormField, FormFlag, firstForm, formTable, MNEMONICS } from "./form-table.js";
import { ANY_MEMORY, Kind } from "./operand-kinds.js";
import { REGISTER_NAMES, registerKind, registerSize } from "./registers.js";

/** A deterministic source of numbers below `n`. */
export type Random = (n: number) => number;

export function seeded(seed: number): Random {
  let state = seed | 1;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

const field = (f: number, column: number): number => formTable[f * FormField.SIZE + column]!;
const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;

const registersOf = (kind: number): string[] => REGISTER_NAMES.filter((_, i) => (registerKind[i]! & kind) !== 0);
const registerLists = new Map<number, string[]>();
for (let bit = 0; bit < 32; bit++) registerLists.set(1 << bit, registersOf(1 << bit));
registerLists.set(Kind.ST, ["st", ...Array.from({ length: 8 }, (_, i) => `st(${i})`)]);
registerLists.set(Kind.CREG, ["cr0", "cr2", "cr3", "cr4", "cr8"]);
registerLists.set(
  Kind.DREG,
  Array.from({ length: 8 }, (_, i) => `dr${i}`),
);
registerLists.set(Kind.SREG, ["es", "ss", "ds", "fs", "gs"]);

const wide = registersOf(Kind.R64);
const narrow = registersOf(Kind.R32);
const small = [0, 1, -1, 8, 127, -128];
const large = [128, -129, 255, 1000, -4096, 0x7fffffff, -0x80000000];

/** A random address, without its size. */
function address(random: Random): string {
  const constant = random(3) === 0 ? pick(random, large) : random(2) === 0 ? pick(random, small) : random(2000) - 1000;
  const plus = constant < 0 ? `${constant}` : `+${constant}`;
  const registers = random(8) === 0 ? narrow : wide;
  const base = pick(random, registers);
  const index = pick(
    random,
    registers.filter((name) => !/^[er]sp$/.test(name)),
  );
  const scale = pick(random, [1, 2, 4, 8]);
  const segment = random(12) === 0 ? `${pick(random, ["fs", "gs", "es", "cs", "ss", "ds"])}:` : "";
  switch (random(14)) {
    case 0:
      return `${segment}[${base}]`;
    case 1:
    case 2:
    case 3:
      return `${segment}[${base}${plus}]`;
    case 4:
      return `${segment}[${base}+${index}*${scale}]`;
    case 5:
    case 6:
      return `${segment}[${base}+${index}*${scale}${plus}]`;
    case 7:
      return `${segment}${constant}[${base}+${index}]`;
    case 8:
      return `${segment}[${index}*${scale}${plus}]`;
    case 9:
      return `[rip+there${plus}]`;
    case 10:
      return `there[rip]`;
    case 11:
      return `${pick(random, ["fs", "gs", "ds"])}:${Math.abs(constant) % 0x7fffffff}`;
    case 12:
      return `there${plus}[${base}+${index}*${scale}]`;
    default:
      return `${constant}[${base}]`;
  }
}

const memoryNames = new Map<number, string>([
  [Kind.M8, "BYTE PTR "],
  [Kind.M16, "WORD PTR "],
  [Kind.M32, "DWORD PTR "],
  [Kind.M64, "QWORD PTR "],
  [Kind.M80, "TBYTE PTR "],
  [Kind.M128, "XMMWORD PTR "],
]);
const bySize = new Map([
  [1, Kind.R8 | Kind.M8],
  [2, Kind.R16 | Kind.M16],
  [4, Kind.R32 | Kind.M32],
  [8, Kind.R64 | Kind.M64],
]);

function immediate(random: Random, kind: number, size: number): string {
  if (kind === Kind.ONE) return "1";
  if (kind === Kind.I8S) return String(random(256) - 128);
  if (kind === Kind.I8) return String(random(384) - 128);
  if (kind === Kind.I16 && size !== 0) return immediateOfSize(random, size);
  if (kind === Kind.I16) return String(random(65536));
  if (kind === Kind.I64) {
    if (random(4) === 0) return "OFFSET there+8";
    return `0x${(BigInt(random(0xffffffff)) * BigInt(random(0xffffffff))).toString(16)}`;
  }
  return immediateOfSize(random, size === 0 ? 8 : size);
}

function immediateOfSize(random: Random, size: number): string {
  if (size === 1) return String(random(384) - 128);
  if (random(3) === 0) return String(pick(random, small));
  if (size === 2) return String(random(65536 + 32768) - 32768);
  if (random(5) === 0) return random(2) === 0 ? "OFFSET FLAT:there" : "OFFSET there-16";
  return size === 4
    ? String(random(0xffffffff) - 0x7fffffff + random(0x7fffffff))
    : String(random(0xffffffff) - 0x80000000);
}

const immediates = Kind.ONE | Kind.I8 | Kind.I8S | Kind.I16 | Kind.I32 | Kind.I32S | Kind.I64;

/** The memory of a string instruction: at `[rdi]` (7) or `[rsi]` (6). */
function stringMemory(random: Random, base: number, size: number): string {
  const name = memoryNames.get(bySize.get(size)! & ANY_MEMORY)!;
  if (base === 7) return `${name}${pick(random, ["es:", ""])}[rdi]`;
  return `${name}${pick(random, ["fs:", "gs:", "ds:", "", ""])}[rsi]`;
}

function operand(random: Random, mask: number, sized: boolean, size: number): string {
  let bits = mask;
  if ((mask & Kind.ACC) !== 0) {
    return pick(
      random,
      registersOf(Kind.ACC).filter((name) => registerSize[REGISTER_NAMES.indexOf(name)] === size),
    );
  }
  if ((mask & Kind.MOFFS) !== 0) {
    const sizeName = memoryNames.get(bySize.get(size)! & ~(Kind.R8 | Kind.R16 | Kind.R32 | Kind.R64)) ?? "";
    return `${sizeName}[0x${(0x100000000 + random(0xffffffff)).toString(16)}]`;
  }
  // Of memory of any size, `as` wants to hear none.
  if (mask === ANY_MEMORY) return address(random);
  if (sized) bits &= bySize.get(size)!;
  const kinds = Array.from({ length: 32 }, (_, bit) => 1 << bit).filter((bit) => (bits & bit) !== 0);
  const kind = pick(random, kinds);
  if (kind === Kind.REL) return pick(random, ["there", "there+4", "there@PLT"]);
  if ((kind & immediates) !== 0) return immediate(random, kind, size);
  const memory = memoryNames.get(kind);
  return memory === undefined ? pick(random, registerLists.get(kind)!) : memory + address(random);
}

/** `count` statements for form `f` of mnemonic `m`. */
function samples(random: Random, m: number, f: number, count: number): string[] {
  const sizes = [1, 2, 4, 8].filter((size) => (field(f, FormField.SIZES) & size) !== 0);
  return Array.from({ length: count }, () => {
    const size = field(f, FormField.SHAPE) < 16 ? 0 : pick(random, sizes);
    const bases = field(f, FormField.FLAGS) & FormFlag.STRING ? field(f, FormField.EXTRA) : 0;
    const operands = Array.from({ length: field(f, FormField.SHAPE) & 15 }, (_, i) => {
      const base = (bases >> (4 * i)) & 15;
      if (base !== 0) return stringMemory(random, base, size);
      return operand(random, field(f, FormField.MASK0 + i), ((field(f, FormField.SHAPE) >> (4 + i)) & 1) === 1, size);
    });
    return `${MNEMONICS[m]!} ${operands.join(", ")}`.trim();
  });
}

const PREFIXES = ["", "", "", "", "", "", "lock ", "rep ", "repne ", "notrack "];
const OPERANDS =
  "al cl ah r9b sil ax cx r10w eax ecx r11d rax rcx r12 xmm0 xmm9 mm3 st st(2) ds fs cr0 dx 0 1 -1 127 128 1000 65536 there " +
  "0x7fffffff 0x80000000 0x123456789a";

/** Any mnemonic with any operands: most of them are nonsense. */
export function anyStatements(random: Random, count: number): string[] {
  const operands = OPERANDS.split(" ");
  const sizes = ["", "", ...memoryNames.values()];
  const any = (): string => (random(3) === 0 ? pick(random, sizes) + address(random) : pick(random, operands));
  return Array.from({ length: count }, () => {
    const list = Array.from({ length: pick(random, [0, 1, 1, 2, 2, 2, 2, 3]) }, any);
    return `${pick(random, PREFIXES)}${pick(random, MNEMONICS)} ${list.join(", ")}`.trim();
  });
}

/** Statements for the whole table: `count` for each form that has operands. */
export function allSamples(random: Random, count: number): string[] {
  const lines: string[] = [];
  for (let m = 0; m < MNEMONICS.length; m++) {
    for (let f = firstForm[m]!; f < firstForm[m + 1]!; f++) {
      lines.push(...samples(random, m, f, (field(f, FormField.SHAPE) & 15) === 0 ? 1 : count));
    }
  }
  if (lines.length < FORM_COUNT) throw new Error("forms without samples");
  return lines;
}
