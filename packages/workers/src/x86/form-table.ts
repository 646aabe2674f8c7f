/**
 * The instruction table: the rows of `forms/` as records in one typed array, built when this module loads. A mnemonic has
 * a range of forms, from `firstForm[m]` up to `firstForm[m + 1]`.
 */
import { compileForms, type Form, FormFlag, Tail } from "./form-compiler.js";

export { FormFlag, OpcodeMap, Tail } from "./form-compiler.js";

const byMnemonic = new Map<string, Form[]>();
for (const form of compileForms()) {
  const list = byMnemonic.get(form.mnemonic);
  if (list === undefined) byMnemonic.set(form.mnemonic, [form]);
  else list.push(form);
}
const table = [...byMnemonic.values()].flat();

/** A mnemonic's id is its index here. */
export const MNEMONICS: readonly string[] = [...byMnemonic.keys()];

/** Forms of mnemonic `m` are `firstForm[m]` up to, not including, `firstForm[m + 1]`. */
export const firstForm: Int32Array = new Int32Array(MNEMONICS.length + 1);
[...byMnemonic.values()].forEach((list, m) => {
  firstForm[m + 1] = firstForm[m]! + list.length;
});

export const FORM_COUNT: number = table.length;
/** 1 where a mnemonic takes a branch target: a bare symbol is then a place in code, not memory. */
export const isBranch: Uint8Array = Uint8Array.from(byMnemonic.values(), (list) =>
  list.some((form) => form.tail >= Tail.REL8 && form.tail <= Tail.REL) ? 1 : 0,
);

/** 1 where a mnemonic has string forms: two operands may then be memory. */
export const isString: Uint8Array = Uint8Array.from(byMnemonic.values(), (list) =>
  list.some((form) => (form.flags & FormFlag.STRING) !== 0) ? 1 : 0,
);

/** Record of a form in `formTable`: sixteen words, so that a form is one cache line. Operand indices are -1 for none. */
export const FormField = {
  /** Masks of the kinds that the operands admit. */
  MASK0: 0,
  MASK1: 1,
  MASK2: 2,
  /** How many operands; from bit 4 on, a bit for each that has the instruction's size. */
  SHAPE: 3,
  /** Sizes in bytes that sized operands may have, as bits 1, 2, 4, 8. */
  SIZES: 4,
  /** Bits of `FormFlag`. */
  FLAGS: 5,
  /** Mandatory prefix, or 0. */
  PREFIX: 6,
  /** One of `OpcodeMap`. */
  MAP: 7,
  OPCODE: 8,
  /** The byte in place of ModRM, or -1. */
  SUFFIX: 9,
  /** Index of the operand in ModRM.reg, in ModRM.rm, and in the last opcode byte. */
  REG: 10,
  RM: 11,
  PLUS: 12,
  /** ModRM.reg as opcode extension, or -1. */
  DIGIT: 13,
  /** One of `Tail`. */
  TAIL: 14,
  /**
   * The byte of `Tail.CONSTANT`; of VEX forms, the index of the operand in VEX.vvvv; of string forms, four bits for each
   * operand: the base its memory must have, 0 where it is none.
   */
  EXTRA: 15,
  SIZE: 16,
} as const;

function extraOf(form: Form): number {
  if (form.flags & FormFlag.VEX) return form.vexOperand;
  if (form.flags & FormFlag.STRING) return form.operands.reduce((bits, { base = 0 }, i) => bits | (base << (4 * i)), 0);
  return form.constant;
}

/** Form `f` is the record at `f * FormField.SIZE`. */
export const formTable: Int32Array = new Int32Array(table.length * FormField.SIZE);
table.forEach((form, f) => {
  const sized = form.operands.reduce((bits, operand, i) => bits | (operand.sized ? 1 << i : 0), 0);
  const masks = [0, 1, 2].map((i) => form.operands[i]?.mask ?? 0);
  const shape = form.operands.length | (sized << 4);
  formTable.set(
    // biome-ignore format: the order of FormField
    [
      ...masks, shape, form.sizes, form.flags, form.prefix, form.map, form.opcode, form.suffix,
      form.regOperand, form.rmOperand, form.plusOperand, form.digit, form.tail, extraOf(form),
    ],
    f * FormField.SIZE,
  );
});

/** The operands of form `f` as messages name them. */
export function operandLabels(f: number): readonly string[] {
  return table[f]!.operands.map((operand) => operand.label);
}

/** The id of a mnemonic (lower case), or -1: for builders and messages, not for the hot path. */
export function mnemonicId(name: string): number {
  return MNEMONICS.indexOf(name);
}
