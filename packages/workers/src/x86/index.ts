/** The x86-64 assembler: text or operand fields in, machine code and relocations out. */
export { Assembler } from "./assembler.js";
export { Emitter } from "./emitter.js";
export { type AssemblyError, locate } from "./errors.js";
export { mnemonicId } from "./form-table.js";
export { Instruction, Prefix, Term } from "./instruction.js";
export { Relocation } from "./layout.js";
export { registerId } from "./registers.js";
export { MODIFIERS, Modifier, Reloc, relocationName } from "./relocation-types.js";
