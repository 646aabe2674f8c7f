/** Reads the statements of the assembler's samples into what a caller of the builder would write. */

import { MNEMONICS } from "../x86/form-table.js";
import type { Func } from "./func-builder.js";
import type { Mnemonic } from "./instructions.js";
import * as memory from "./memory.js";
import type { Operand } from "./operand-writer.js";
import { addressOf, type Modifier, type Place, symbol } from "./places.js";
import * as registers from "./registers.js";

const known = registers as unknown as Readonly<Record<string, registers.GeneralRegister | undefined>>;
const MAKERS: Readonly<Record<string, memory.MemoryMaker>> = {
  BYTE: memory.byte,
  WORD: memory.word,
  DWORD: memory.dword,
  QWORD: memory.qword,
  TBYTE: memory.tbyte,
  XMMWORD: memory.xmmword,
};

function register(name: string): registers.GeneralRegister | undefined {
  const numbered = /^(st|cr|dr)\(?(\d+)\)?$/.exec(name);
  if (name === "st") return registers.st(0) as registers.Register as registers.GeneralRegister;
  if (numbered !== null) {
    const make = { st: registers.st, cr: registers.cr, dr: registers.dr }[numbered[1] as "st" | "cr" | "dr"];
    return make(Number(numbered[2])) as registers.Register as registers.GeneralRegister;
  }
  const found = known[name];
  return found instanceof registers.Register ? found : undefined;
}

/** `there+4@PLT`: a place, where the text is one. */
function place(text: string): Place | undefined {
  const match = /^there(?:@(\w+))?([+-]\d+)?$/.exec(text);
  if (match === null) return undefined;
  const [, modifier, offset] = match;
  return symbol("there", {
    ...(modifier === undefined ? {} : { modifier: modifier.toLowerCase() as Modifier }),
    ...(offset === undefined ? {} : { offset: Number(offset) }),
  });
}

/** A number that is exact, whichever its size. */
function constant(text: string): number | bigint {
  const value = text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** `fs:8[rax+rbx*4-8]` and its like. */
function address(text: string): memory.Address {
  const segment = /^(\w\w):/.exec(text)?.[1];
  const sum = text.slice(segment === undefined ? 0 : 3).replaceAll(/[[\]]/g, "+");
  const found: { -readonly [Key in keyof memory.Address]: memory.Address[Key] } = {};
  if (segment !== undefined) found.segment = known[segment] as registers.Register as registers.SegmentRegister;
  let disp = 0n;
  for (const [, sign, term] of sum.matchAll(/([+-]?)\+*([^+-]+)/g)) {
    const [first, factor] = term!.split("*");
    const reg = register(first!);
    if (reg === undefined) {
      if (place(first!) !== undefined) found.symbol = place(first!)!;
      else disp += BigInt(`${first}`) * (sign === "-" ? -1n : 1n);
    } else if (factor !== undefined || found.base !== undefined) {
      found.index = reg;
      if (factor !== undefined) found.scale = Number(factor) as 1 | 2 | 4 | 8;
    } else found.base = reg;
  }
  return { ...found, disp };
}

function operand(text: string): Operand {
  const reg = register(text);
  if (reg !== undefined) return reg;
  if (/^-?\d/.test(text) && !text.includes("[")) return constant(text);
  const [, offset] = /^OFFSET (?:FLAT:)?(.*)$/.exec(text) ?? [];
  if (offset !== undefined) return addressOf(place(offset)!);
  const plain = place(text);
  if (plain !== undefined) return plain;
  const [, size, rest] = /^(?:(\w+) PTR )?(.*)$/.exec(text)!;
  return (size === undefined ? memory.ptr : MAKERS[size]!)(address(rest!));
}

const PREFIXES = ["lock", "rep", "repne", "notrack"] as const;

/** Makes the calls that the statement stands for. */
export function callFor(f: Func, statement: string): void {
  const prefix = PREFIXES.find((word) => statement.startsWith(`${word} `));
  const [, mnemonic, operands] = /^(\w+) ?(.*)$/.exec(statement.slice(prefix === undefined ? 0 : prefix.length + 1))!;
  if (!MNEMONICS.includes(mnemonic!)) throw new Error(`no mnemonic in: ${statement}`);
  const list = operands === "" ? [] : operands!.split(", ").map(operand);
  const methods = (prefix === undefined ? f : f[prefix]) as Readonly<Record<Mnemonic, (...all: Operand[]) => void>>;
  methods[mnemonic as Mnemonic](...list);
}
