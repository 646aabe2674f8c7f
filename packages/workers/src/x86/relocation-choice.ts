/**
 * Which relocation a field that refers to a symbol gets, as GNU `as` decides it (`output_disp`, `output_imm` and `reloc` in
 * binutils' `gas/config/tc-i386.c`). `R_X86_64.NONE` stands for what the psABI has no type for.
 */
import { R_X86_64 } from "@manifold/core";
import { OpcodeMap } from "./form-table.js";
import { type Instruction, Prefix, type Term } from "./instruction.js";
import { MODIFIERS, Modifier } from "./modifiers.js";
import { AddressRegister } from "./registers.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const Modifiers = Modifier;
const Type = R_X86_64;
const Opcodes = OpcodeMap;
const Address = AddressRegister;

/** Types of a field of 4 and of 8 bytes by modifier id. */
const type4 = Int32Array.of(Type["32S"], ...MODIFIERS.map((row) => row[1]));
const type8 = Int32Array.of(Type["64"], ...MODIFIERS.map((row) => row[2]));

/** The type of a field of `bytes` bytes that holds an immediate or datum with this modifier, NONE where there is none. */
export function absoluteType(bytes: number, modifier: number, signExtended: boolean): number {
  if (bytes === 8) return type8[modifier]!;
  if (bytes === 4) return modifier === Modifiers.NONE && !signExtended ? Type["32"] : type4[modifier]!;
  if (modifier !== Modifiers.NONE) return Type.NONE;
  return bytes === 2 ? Type["16"] : Type["8"];
}

/**
 * The type of the displacement of the instruction's memory operand. `opcode`, `map` and `reg` (ModRM.reg) tell what the
 * instruction does, `rex` whether it has a REX prefix.
 */
export function displacementType(
  instruction: Instruction,
  opcode: number,
  map: number,
  reg: number,
  rex: boolean,
): number {
  const relative = instruction.base === Address.RIP;
  const { modifier } = instruction.displacement;
  if (modifier === Modifiers.NONE) return relative ? Type.PC32 : addressType(instruction, opcode, map);
  if (modifier === Modifiers.GOTPCREL && relative && canRelaxGot(instruction, opcode, map, reg)) {
    return rex ? Type.REX_GOTPCRELX : Type.GOTPCRELX;
  }
  return type4[modifier]!;
}

/** An address of 32 bits, or one that `lea` cuts to the size of its result, is not sign-extended. */
function addressType(instruction: Instruction, opcode: number, map: number): number {
  const cut = opcode === 0x8d && map === Opcodes.ONE_BYTE && instruction.size !== 8;
  return instruction.address32 || cut ? Type["32"] : Type["32S"];
}

/** A branch to the start of a symbol may go through the PLT; one into it may not. */
export function branchType(target: Term): number {
  if (target.modifier === Modifiers.PLT) return Type.PLT32;
  if (target.modifier !== Modifiers.NONE) return Type.NONE;
  return target.low === 0 && target.high === 0 ? Type.PLT32 : Type.PC32;
}

/**
 * Whether the linker may turn the load from the GOT into something without it (psABI B.2): call, jmp, mov, test and the
 * binary operations that read memory, without prefix 66.
 */
function canRelaxGot(instruction: Instruction, opcode: number, map: number, reg: number): boolean {
  if (map !== Opcodes.ONE_BYTE || instruction.size === 2 || (instruction.prefixes & Prefix.DATA16) !== 0) return false;
  if (instruction.count === 1) return opcode === 0xff && (reg === 2 || reg === 4);
  return instruction.count === 2 && (opcode === 0x8b || opcode === 0x85 || (opcode & ~0x38) === 0x03);
}
