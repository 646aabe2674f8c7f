/**
 * The registers of x86-64 by name. A register's id is its row; its kind bits, its size in bytes and its number for the
 * encoder stand in typed arrays beside the names.
 */
import { Kind } from "./operand-kinds.js";

/** Flags beside the number in `registerNumber`: spl..dil exist only with a REX prefix, ah..bh only without. */
export const RegisterFlag = { NUMBER: 0x0f, NEEDS_REX: 0x10, FORBIDS_REX: 0x20 } as const;

/** What `Instruction.base` and `Instruction.index` hold apart from the numbers 0 to 15. */
export const AddressRegister = { NONE: -1, RIP: 16 } as const;

interface Row {
  readonly name: string;
  readonly kind: number;
  /** Bytes; 0 where the size of the register says nothing about the instruction's. */
  readonly size: number;
  readonly number: number;
}

const rows: Row[] = [];
const add = (name: string, kind: number, size: number, number: number): void => {
  rows.push({ name, kind, size, number });
};

"al cl dl bl spl bpl sil dil".split(" ").forEach((name, i) => {
  add(name, Kind.R8, 1, i > 3 ? i | RegisterFlag.NEEDS_REX : i);
});
"ah ch dh bh".split(" ").forEach((name, i) => {
  add(name, Kind.R8, 1, (i + 4) | RegisterFlag.FORBIDS_REX);
});
"ax cx dx bx sp bp si di".split(" ").forEach((name, i) => {
  add(name, Kind.R16, 2, i);
  add(`e${name}`, Kind.R32, 4, i);
  add(`r${name}`, Kind.R64, 8, i);
});
for (let i = 8; i < 16; i++) {
  add(`r${i}b`, Kind.R8, 1, i);
  add(`r${i}w`, Kind.R16, 2, i);
  add(`r${i}d`, Kind.R32, 4, i);
  add(`r${i}`, Kind.R64, 8, i);
}
for (let i = 0; i < 16; i++) {
  add(`xmm${i}`, Kind.XMM, 16, i);
  add(`cr${i}`, Kind.CREG, 0, i);
  add(`dr${i}`, Kind.DREG, 0, i);
}
for (let i = 0; i < 8; i++) add(`mm${i}`, Kind.MMX, 0, i);
add("st", Kind.ST | Kind.ST0, 0, 0);
"es cs ss ds fs gs".split(" ").forEach((name, i) => {
  add(name, Kind.SREG, 0, i);
});
add("rip", 0, 0, AddressRegister.RIP);
add("eip", 0, 0, AddressRegister.RIP);

const extraKinds: Readonly<Record<string, number>> = {
  al: Kind.ACC,
  ax: Kind.ACC,
  eax: Kind.ACC,
  rax: Kind.ACC,
  cl: Kind.CL,
  dx: Kind.DX,
  fs: Kind.FS,
  gs: Kind.GS,
  xmm0: Kind.XMM0,
};

export const REGISTER_NAMES: readonly string[] = rows.map((row) => row.name);
export const registerKind: Int32Array = Int32Array.from(rows, (row) => row.kind | (extraKinds[row.name] ?? 0));
export const registerSize: Int32Array = Int32Array.from(rows, (row) => row.size);
export const registerNumber: Int32Array = Int32Array.from(rows, (row) => row.number);

/**
 * How a register can stand in an address: bit 0 as base or index of 64 bits, bit 1 as one of 32 bits, 0 not at all.
 * The instruction pointer is a base only.
 */
export const registerAddressing: Uint8Array = Uint8Array.from(rows, (row) => {
  if (row.name === "rip" || row.kind === Kind.R64) return 1;
  return row.name === "eip" || row.kind === Kind.R32 ? 2 : 0;
});

/** The id of a register by its name in lower case, or -1: for builders, not for the hot path. */
export function registerId(name: string): number {
  return REGISTER_NAMES.indexOf(name);
}

/** The id that the operand parser treats apart. */
export const REGISTER_ST: number = registerId("st");
