/**
 * Finds the form of the instruction table that an instruction's operands fit: the first one in table order whose kinds
 * and sizes agree. Immediates are classified here, since what fits depends on the size that the other operands give.
 */
import { FormField, FormFlag, firstForm, formTable } from "./form-table.js";
import type { Instruction, Term } from "./instruction.js";
import { ANY_IMMEDIATE, ANY_MEMORY, Kind } from "./operand-kinds.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const Field = FormField;
const Flag = FormFlag;
const Kinds = Kind;
const anyImmediate = ANY_IMMEDIATE;
const anyMemory = ANY_MEMORY;

const first = firstForm;
const table = formTable;

/** What `matchForm` returns where no form fits. */
const NO_FORM = -1;
/** What it returns where memory would have to tell its size. */
export const AMBIGUOUS_SIZE = -2;

/** The kinds an immediate can stand for in an instruction of `size` bytes; 0 for size: as it stands. */
function immediateKinds(term: Term, size: number): number {
  if (term.symbol !== -1 || term.minus !== -1) {
    if (size === 1) return Kinds.I8;
    if (size === 2) return Kinds.I16;
    if (size === 4) return Kinds.I32;
    return size === 8 ? Kinds.I32S | Kinds.I64 : Kinds.I32S;
  }
  const { low, high } = term;
  const signed = high === low >> 31;
  let kinds = 0;
  if (signed) {
    if (low >= -128 && low <= 255) kinds = low === 1 ? Kinds.I8 | Kinds.ONE : Kinds.I8;
    if (low >= -32768 && low <= 65535) kinds |= Kinds.I16;
    kinds |= Kinds.I32 | Kinds.I32S;
  } else if (high === 0 && low < 0) kinds = Kinds.I32;
  // What counts for the sign-extended form is the value as the instruction's size sees it.
  const seen = size === 1 ? (low << 24) >> 24 : size === 2 ? (low << 16) >> 16 : low;
  const fits = size === 1 ? kinds & Kinds.I8 : size === 2 ? kinds & Kinds.I16 : size === 4 ? kinds & Kinds.I32 : signed;
  if (fits && seen >= -128 && seen <= 127) kinds |= Kinds.I8S;
  if (size === 1) return kinds & (Kinds.I8 | Kinds.I8S | Kinds.ONE);
  if (size === 2) return kinds & (Kinds.I8 | Kinds.I8S | Kinds.ONE | Kinds.I16);
  if (size === 4) return kinds & ~Kinds.I32S;
  return size === 8 ? (kinds & ~Kinds.I32) | Kinds.I64 : kinds | Kinds.I64;
}

/** The size in bytes that the operands before classification tell, 0 for none. */
function toldSize(instruction: Instruction): number {
  const { sizes, count } = instruction;
  for (let i = 0; i < count; i++) if (sizes[i] !== 0) return sizes[i]!;
  return 0;
}

/** Replaces the immediates' provisional kinds with those they can stand for. */
function classifyImmediates(instruction: Instruction): void {
  const { kinds, count } = instruction;
  const size = toldSize(instruction);
  let term = instruction.immediate;
  for (let i = 0; i < count; i++) {
    if ((kinds[i]! & anyImmediate) === 0) continue;
    kinds[i] = immediateKinds(term, size);
    term = instruction.secondImmediate;
  }
}

/**
 * Sets `instruction.size` and returns the form, or one of the negative results above. An instruction's immediates count
 * as immediates while `ANY_IMMEDIATE` is in their kind.
 */
export function matchForm(instruction: Instruction): number {
  const { kinds, sizes, count } = instruction;
  if (instruction.hasImmediate) classifyImmediates(instruction);
  const k0 = kinds[0]!;
  const k1 = kinds[1]!;
  const k2 = kinds[2]!;
  const end = first[instruction.mnemonic + 1]!;
  for (let f = first[instruction.mnemonic]!; f < end; f++) {
    const at = f * Field.SIZE;
    const shape = table[at + Field.SHAPE]!;
    if ((shape & 15) !== count) continue;
    if (count > 0 && (table[at + Field.MASK0]! & k0) === 0) continue;
    if (count > 1 && (table[at + Field.MASK1]! & k1) === 0) continue;
    if (count > 2 && (table[at + Field.MASK2]! & k2) === 0) continue;
    const flags = table[at + Field.FLAGS]!;
    if (shape < 16) {
      instruction.size = 0;
      if ((flags & Flag.EXPLICIT) !== 0 && hasUnsizedMemory(instruction)) return AMBIGUOUS_SIZE;
      return f;
    }
    let size = 0;
    if ((shape & 16) !== 0) size = sizes[0]!;
    if ((shape & 32) !== 0) size |= sizes[1]!;
    if ((shape & 64) !== 0) size |= sizes[2]!;
    if (size === 0) {
      // Only memory without a size is left: the form's default, or nobody knows.
      const sizes = table[at + Field.SIZES]!;
      if ((flags & Flag.DEFAULT64) !== 0) size = 8;
      else if ((flags & Flag.STRING) !== 0 && (sizes & (sizes - 1)) === 0) size = sizes;
      else return AMBIGUOUS_SIZE;
    }
    // One bit for each size; two sizes that differ give two bits, which no form allows.
    if ((size & (size - 1)) !== 0 || (table[at + Field.SIZES]! & size) === 0) continue;
    instruction.size = size;
    if ((flags & Flag.EXPLICIT) !== 0 && hasUnsizedMemory(instruction)) return AMBIGUOUS_SIZE;
    return f;
  }
  return NO_FORM;
}

function hasUnsizedMemory(instruction: Instruction): boolean {
  for (let i = 0; i < instruction.count; i++) {
    if ((instruction.kinds[i]! & anyMemory) === anyMemory) return true;
  }
  return false;
}
