/** Reads the rows of `forms/`, in the notation of `forms/notation.ts`. */
import { INTEGER_FORMS } from "./forms/integer.js";
import { FAMILIES } from "./forms/notation.js";
import { SSE_FORMS } from "./forms/sse.js";
import { X87_FORMS } from "./forms/x87.js";
import { ANY_MEMORY, OPERAND_CLASSES, type OperandClass } from "./operand-kinds.js";

/** What follows ModRM and displacement. */
export const Tail = {
  NONE: 0,
  IB: 1,
  IW: 2,
  /** By the instruction's size, at most 4 bytes. */
  IZ: 3,
  /** By the instruction's size. */
  IV: 4,
  ID: 5,
  /** `enter`: 16 bits, then the second immediate's 8. */
  IW_IB: 6,
  REL8: 7,
  REL32: 8,
  /** Relaxed: short where the target is near. */
  REL: 9,
  MOFFS: 10,
  /** The constant of column `constant`. */
  CONSTANT: 11,
} as const;

export const OpcodeMap = { ONE_BYTE: 0, X0F: 1, X0F38: 2, X0F3A: 3 } as const;

export const FormFlag = {
  /** The opcode's lowest bit is set for sizes above 8 bits. */
  WIDTH_BIT: 1,
  DEFAULT64: 2,
  LOCK: 4,
  REP: 8,
  /** Memory without a size is ambiguous. */
  EXPLICIT: 32,
  /** Prefix 66 and REX.W without sized operands. */
  O16: 64,
  O64: 128,
  /** Sizes need neither prefix 66 nor REX.W. */
  NO_PREFIX: 256,
  VEX: 512,
  A32: 1024,
  /** The one register operand is both reg and rm. */
  DUP: 2048,
  /** Memory operands go without ModRM; `EXTRA` holds their bases. */
  STRING: 4096,
} as const;

/** One form while the table is built. Indices of operands are -1 for none. */
export interface Form {
  mnemonic: string;
  operands: readonly OperandClass[];
  sizes: number;
  prefix: number;
  map: number;
  opcode: number;
  suffix: number;
  regOperand: number;
  rmOperand: number;
  vexOperand: number;
  plusOperand: number;
  digit: number;
  tail: number;
  constant: number;
  flags: number;
}

const isMemory = (operand: OperandClass): boolean => (operand.mask & ANY_MEMORY) !== 0;

const tails: Readonly<Record<string, number>> = {
  ib: Tail.IB,
  iw: Tail.IW,
  iz: Tail.IZ,
  iv: Tail.IV,
  id: Tail.ID,
  rel8: Tail.REL8,
  rel32: Tail.REL32,
  rel: Tail.REL,
  mo: Tail.MOFFS,
};
const flagTokens: Readonly<Record<string, number>> = {
  d64: FormFlag.DEFAULT64,
  lock: FormFlag.LOCK,
  rep: FormFlag.REP,
  explicit: FormFlag.EXPLICIT,
  o16: FormFlag.O16,
  o64: FormFlag.O64,
  noprefix: FormFlag.NO_PREFIX,
  a32: FormFlag.A32,
  dup: FormFlag.DUP,
  w: FormFlag.WIDTH_BIT,
  string: FormFlag.STRING,
};
const MANDATORY: ReadonlySet<string> = new Set(["66", "F2", "F3", "9B"]);
const maps: Readonly<Record<string, number>> = {
  "0F": OpcodeMap.X0F,
  "0F38": OpcodeMap.X0F38,
  "0F3A": OpcodeMap.X0F3A,
};

/** Gives ModRM's fields their operands, as `/r` and `/mr` in `forms/notation.ts` say. */
function assignRegisterAndMemory(form: Form, reversed: boolean): void {
  const [first, second] = form.operands;
  const memoryFirst = isMemory(first!) !== isMemory(second!) ? isMemory(first!) : reversed;
  form.rmOperand = memoryFirst ? 0 : 1;
  form.regOperand = memoryFirst ? 1 : 0;
}

function assignVex(form: Form, roles: string): void {
  for (let i = 0; i < roles.length; i++) {
    if (roles[i] === "r") form.regOperand = i;
    if (roles[i] === "v") form.vexOperand = i;
    if (roles[i] === "m") form.rmOperand = i;
  }
}

/** A token that begins with a slash: which operands ModRM and VEX take. */
function applyModRM(form: Form, token: string): void {
  if (token === "/r" || token === "/mr") assignRegisterAndMemory(form, token === "/mr");
  else if (token.length === 2) {
    form.digit = Number(token[1]);
    form.rmOperand = 0;
  } else if (token.startsWith("/vm")) {
    assignVex(form, "vm");
    form.digit = Number(token[3]);
  } else assignVex(form, token.slice(1));
}

/** Applies one token of a row's encoding; what is neither structure nor flag is opcode bytes, appended to `bytes`. */
function applyToken(form: Form, token: string, bytes: string[]): void {
  const flag = flagTokens[token];
  const tail = tails[token];
  if (flag !== undefined) form.flags |= flag;
  else if (tail !== undefined) form.tail = form.tail === Tail.IW && tail === Tail.IB ? Tail.IW_IB : tail;
  else if (token[0] === "/") applyModRM(form, token);
  else if (token[0] === "s") form.sizes |= Number(token[1]);
  else if (token[0] === "+") form.plusOperand = token === "+r2" ? 1 : 0;
  else if (token[0] === "=") {
    form.tail = Tail.CONSTANT;
    form.constant = Number.parseInt(token.slice(1), 16);
  } else if (token[0] === "v") {
    form.flags |= FormFlag.VEX;
    form.prefix = Number.parseInt(token.slice(3) || "0", 16);
  } else if (token === "rm2") form.rmOperand = 1;
  else bytes.push(token);
}

/** Splits the opcode bytes into mandatory prefix, map, opcode and the byte after it. */
function applyOpcode(form: Form, bytes: readonly string[]): void {
  let next = 0;
  if (bytes.length > 1 && MANDATORY.has(bytes[0]!)) form.prefix = Number.parseInt(bytes[next++]!, 16);
  const map = maps[bytes[next]!];
  if (map !== undefined && next + 1 < bytes.length) {
    form.map = map;
    next++;
  }
  const rest = bytes.slice(next).join("");
  form.opcode = Number.parseInt(rest.slice(0, 2), 16);
  if (rest.length > 2) form.suffix = Number.parseInt(rest.slice(2), 16);
}

function compileForm(mnemonic: string, operands: string, tokens: readonly string[]): Form {
  const form: Form = {
    mnemonic,
    operands: operands === "-" ? [] : operands.split(",").map((name) => OPERAND_CLASSES[name]!),
    sizes: 0,
    prefix: 0,
    map: OpcodeMap.ONE_BYTE,
    opcode: 0,
    suffix: -1,
    regOperand: -1,
    rmOperand: -1,
    vexOperand: -1,
    plusOperand: -1,
    digit: -1,
    tail: Tail.NONE,
    constant: 0,
    flags: 0,
  };
  const bytes: string[] = [];
  for (const token of tokens) applyToken(form, token, bytes);
  applyOpcode(form, bytes);
  if ((form.flags & FormFlag.DUP) !== 0) {
    form.regOperand = 0;
    form.rmOperand = 0;
  }
  if (form.sizes === 0) {
    form.sizes = form.flags & FormFlag.DEFAULT64 ? 2 | 8 : form.flags & FormFlag.WIDTH_BIT ? 1 | 2 | 4 | 8 : 2 | 4 | 8;
  }
  return form;
}

/** Writes a family member's number into an encoding token: `n`, `70+n`, `00+8n`, `/n`, `=n`. */
function withMember(token: string, member: string): string {
  if (!token.endsWith("n")) return token;
  if (token === "n") return member;
  if (token === "/n" || token === "=n") return token[0] + member;
  const factor = token.endsWith("8n") ? 8 : 1;
  const value = Number.parseInt(token, 16) + Number.parseInt(member, 16) * factor;
  return value.toString(16).toUpperCase().padStart(2, "0");
}

function compileRow(row: string, forms: Form[]): void {
  const [name, operands, ...tokens] = row.split(/\s+/) as [string, string, ...string[]];
  const open = name.indexOf("{");
  if (open === -1) {
    forms.push(compileForm(name, operands, tokens));
    return;
  }
  const close = name.indexOf("}");
  const family = name.slice(open + 1, close);
  for (const member of (FAMILIES[family] ?? family).split(",")) {
    const [part, number] = member.split("=") as [string, string];
    const mnemonic = name.slice(0, open) + part + name.slice(close + 1);
    const own = tokens.map((token) => withMember(token, number));
    forms.push(compileForm(mnemonic, operands, own));
  }
}

/** All rows, families spelled out, in order. */
export function compileForms(): Form[] {
  const forms: Form[] = [];
  for (const row of `${INTEGER_FORMS}\n${SSE_FORMS}\n${X87_FORMS}`.split("\n")) {
    if (row !== "" && !row.startsWith("#")) compileRow(row, forms);
  }
  return forms;
}
