/**
 * A method for each mnemonic, made once from the assembler's table: a call is a property of a prototype, and what it does
 * to find the mnemonic is nothing.
 */

import { MNEMONICS } from "../x86/form-table.js";
import type { InstructionTypes } from "./instructions.js";
import type { Operand } from "./operand-writer.js";

/** Every instruction of the assembler as a method; which operands it takes is in its type. */
export type Instructions = InstructionTypes;

/** Takes instructions by the assembler's number. */
export abstract class InstructionWriter {
  abstract write(mnemonic: number, a?: Operand, b?: Operand, c?: Operand): void;
}

/** A writer with its methods, which its type does not know. */
export function withMethods<Writer extends InstructionWriter>(writer: Writer): Writer & Instructions {
  return writer as Writer & Instructions;
}

/** Adding so many properties to a class's prototype would take ten times as long. */
const methods: Record<string, unknown> = {};
MNEMONICS.forEach((name, mnemonic) => {
  methods[name] = function (this: InstructionWriter, a?: Operand, b?: Operand, c?: Operand): void {
    this.write(mnemonic, a, b, c);
  };
});
Object.setPrototypeOf(InstructionWriter.prototype, methods);
