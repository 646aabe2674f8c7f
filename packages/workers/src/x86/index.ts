/**
 * The x86-64 assembler: text or operand fields in, machine code and relocations out.
 *
 * `Assembler` takes what GNU `as` takes after `.intel_syntax noprefix`, function by function: the general-purpose
 * instructions, SSE to SSE4.2 with AES and SHA, x87, BMI; not AVX, far branches, macros, conditionals, symbol assignments,
 * or operators that are words (`and`, `shl`). Where `as` only warns, as for a constant it has to shorten, this is an
 * error. `Emitter` is the same without the text, for builders.
 */
export { Assembler } from "./assembler.js";
export { Emitter } from "./emitter.js";
export { type AssemblyError, locate } from "./errors.js";
export { mnemonicId } from "./form-table.js";
export { Instruction, Prefix, Term } from "./instruction.js";
export { Relocation } from "./layout.js";
export { MODIFIERS, Modifier } from "./modifiers.js";
export { registerId } from "./registers.js";
