/** Says why an instruction fits no form of the table. */
import * as errors from "./errors.js";
import { FormField, firstForm, formTable, MNEMONICS, operandLabels } from "./form-table.js";
import type { Instruction } from "./instruction.js";
import { ANY_IMMEDIATE } from "./operand-kinds.js";

const either = (words: Iterable<string>): string => {
  const list = [...new Set(words)];
  const last = list.pop() ?? "";
  return list.length === 0 ? last : `${list.join(", ")} or ${last}`;
};

function operandSpan(instruction: Instruction, i: number): errors.Span {
  const offset = instruction.starts[i]!;
  return { offset, length: Math.max(1, instruction.ends[i]! - offset) };
}

const field = (f: number, column: number): number => formTable[f * FormField.SIZE + column]!;
const operandCount = (f: number): number => field(f, FormField.SHAPE) & 15;
const operandMask = (f: number, i: number): number => field(f, FormField.MASK0 + i);

/** How many operands of form `f` fit before the first that does not. */
function fitting(instruction: Instruction, f: number): number {
  let i = 0;
  while (i < instruction.count && (operandMask(f, i) & instruction.kinds[i]!) !== 0) i++;
  return i;
}

function explainSizes(instruction: Instruction, span: errors.Span, forms: readonly number[]): errors.AssemblyError {
  const mnemonic = MNEMONICS[instruction.mnemonic]!;
  let allowed = 0;
  let told = 0;
  for (const f of forms) {
    allowed |= field(f, FormField.SIZES);
    for (let i = 0; i < instruction.count; i++)
      if ((field(f, FormField.SHAPE) >> (4 + i)) & 1) told |= instruction.sizes[i]!;
  }
  if ((told & (told - 1)) !== 0) return errors.sizeMismatch(span, mnemonic);
  const sizes = [1, 2, 4, 8].filter((size) => (allowed & size) !== 0).map((size) => String(8 * size));
  return errors.sizeNotAllowed(span, mnemonic, told, `operands of ${either(sizes)} bits`);
}

/** The error for an instruction that `matchForm` found no form for; `span` is its whole statement. */
export function explainMismatch(instruction: Instruction, span: errors.Span): errors.AssemblyError {
  const mnemonic = MNEMONICS[instruction.mnemonic]!;
  const all = Array.from(
    { length: firstForm[instruction.mnemonic + 1]! - firstForm[instruction.mnemonic]! },
    (_, i) => firstForm[instruction.mnemonic]! + i,
  );
  const forms = all.filter((f) => operandCount(f) === instruction.count);
  if (forms.length === 0) {
    const counts = all.map(operandCount).sort((a, b) => a - b);
    const expected = `${either(counts.map(String))} ${counts.at(-1) === 1 ? "operand" : "operands"}`;
    return errors.operandCount(span, mnemonic, instruction.count, expected);
  }
  const furthest = Math.max(...forms.map((f) => fitting(instruction, f)));
  const near = forms.filter((f) => fitting(instruction, f) === furthest);
  if (furthest === instruction.count) return explainSizes(instruction, span, near);
  const kinds = instruction.kinds[furthest]!;
  const immediate = kinds === 0 || (kinds & ANY_IMMEDIATE) !== 0;
  const wanting = near.filter((f) => (operandMask(f, furthest) & ANY_IMMEDIATE) !== 0);
  const where = operandSpan(instruction, furthest);
  const labels = (list: readonly number[]): string => either(list.map((f) => operandLabels(f)[furthest]!));
  if (immediate && wanting.length > 0) return errors.immediateRange(where, mnemonic, labels(wanting));
  return errors.operandKind(where, mnemonic, furthest + 1, labels(near));
}
