/** Writes `instructions.ts`: the types of the builder's methods, from the assembler's table. */
import { FormField, firstForm, formTable, MNEMONICS } from "../x86/form-table.js";
import { ANY_IMMEDIATE, ANY_MEMORY, Kind } from "../x86/operand-kinds.js";

const GENERAL = Kind.R8 | Kind.R16 | Kind.R32 | Kind.R64 | Kind.ACC | Kind.CL | Kind.DX;
/** Names of types by the kinds that they stand for, in the order in which they are written. */
const CLASSES: readonly (readonly [name: string, kinds: number])[] = [
  ["R", GENERAL],
  ["X", Kind.XMM | Kind.XMM0],
  ["Mm", Kind.MMX],
  ["St", Kind.ST | Kind.ST0],
  ["S", Kind.SREG | Kind.FS | Kind.GS],
  ["C", Kind.CREG],
  ["D", Kind.DREG],
  ["M", ANY_MEMORY | Kind.MOFFS],
  ["I", ANY_IMMEDIATE],
  ["T", Kind.REL],
];

/** The parameters of a mnemonic's method: one list for each number of operands, each with all that may stand there. */
function parameters(mnemonic: number): string {
  const masks = new Map<number, number[]>();
  for (let f = firstForm[mnemonic]!; f < firstForm[mnemonic + 1]!; f++) {
    const at = f * FormField.SIZE;
    const count = formTable[at + FormField.SHAPE]! & 15;
    const before = masks.get(count) ?? new Array<number>(count).fill(0);
    masks.set(
      count,
      before.map((mask, i) => mask | formTable[at + FormField.MASK0 + i]!),
    );
  }
  const lists = [...masks].sort(([a], [b]) => a - b).map(([, operands]) => `[${operands.map(typeOf).join(", ")}]`);
  return lists.join(" | ");
}

function typeOf(mask: number): string {
  return CLASSES.flatMap(([name, kinds]) => (mask & kinds ? [name] : [])).join(" | ");
}

/** Words in lines of at most 120 columns. */
function wrapped(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length > 112) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.map((line) => `"${line}"`).join("\n    | ");
}

/** The text of the file. */
export function instructionTypes(header: string): string {
  const groups = new Map<string, string[]>();
  MNEMONICS.forEach((name, mnemonic) => {
    const key = parameters(mnemonic);
    groups.set(key, [...(groups.get(key) ?? []), name]);
  });
  const members = [...groups].map(([key, names]) => `  & Methods<${wrapped(names)}, ${key}>`);
  return `${header}export type InstructionTypes =\n${members.join("\n")};\n`;
}
