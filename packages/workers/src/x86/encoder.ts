/**
 * Writes one instruction's bytes into a draft: prefixes, REX or VEX, opcode, ModRM, SIB, displacement, immediate (Intel
 * SDM volume 2, chapter 2; the order of prefixes is GNU `as`'s). Knows nothing of text: it takes operand fields and a
 * form, from the parser and from a builder alike.
 */
import { R_X86_64 } from "@manifold/core";
import type { Draft } from "./draft.js";
import { FormField, FormFlag, formTable, OpcodeMap, Tail } from "./form-table.js";
import { type Instruction, Prefix, type Term } from "./instruction.js";
import { Modifier } from "./modifiers.js";
import { ANY_MEMORY } from "./operand-kinds.js";
import { AddressRegister, RegisterFlag } from "./registers.js";
import { absoluteType, branchType, displacementType } from "./relocation-choice.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const Field = FormField;
const Flag = FormFlag;
const Opcodes = OpcodeMap;
const Behind = Tail;
const Prefixes = Prefix;
const Address = AddressRegister;
const Marks = RegisterFlag;
const Modifiers = Modifier;
const Type = R_X86_64;
const anyMemory = ANY_MEMORY;

const table = formTable;

/** More than any instruction has, and a relaxed branch's prefixes. */
const LONGEST = 32;

/** Beside REX bits: a register that a REX prefix would turn into another. */
const FORBIDDEN = 0x100;

const SEGMENT_PREFIX: Uint8Array = Uint8Array.of(0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65);
const SS = 2;
const DS = 3;

export const Encoded = {
  OK: 0,
  /** ah, bh, ch or dh beside something that needs a REX prefix. */
  HIGH_BYTE: 1,
  /** The psABI has no relocation for the modifier in a field of this size. */
  NO_RELOCATION: 2,
} as const;

/** Bytes behind the displacement. */
function tailSize(tail: number, size: number): number {
  switch (tail) {
    case Behind.NONE:
      return 0;
    case Behind.IB:
    case Behind.CONSTANT:
    case Behind.REL8:
      return 1;
    case Behind.IW:
      return 2;
    case Behind.IW_IB:
      return 3;
    case Behind.IZ:
      return size === 8 ? 4 : size;
    case Behind.IV:
      return size;
    case Behind.MOFFS:
      return 8;
    case Behind.REL:
      return 0;
    default:
      return 4;
  }
}

export class Encoder {
  readonly #draft: Draft;
  /** Where the next byte goes. */
  #at = 0;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** Appends the instruction in this form, which `matchForm` gave; returns one of `Encoded`. */
  encode(instruction: Instruction, formIndex: number): number {
    const form = formIndex * Field.SIZE;
    const draft = this.#draft;
    const code = draft.reserve(LONGEST);
    const flags = table[form + Field.FLAGS]!;
    const rm = table[form + Field.RM]!;
    const tail = table[form + Field.TAIL]!;
    const size = instruction.size;
    const memory = rm !== -1 && (instruction.kinds[rm]! & anyMemory) !== 0;
    this.#at = draft.length;

    let rex = this.#extensions(instruction, form, memory);
    if ((flags & Flag.VEX) !== 0) {
      this.#legacyPrefixes(code, instruction, memory, 0, 0);
      this.#vex(code, instruction, form, rex);
    } else {
      const operandSize = table[form + Field.SHAPE]! >= 16 && (flags & Flag.NO_PREFIX) === 0 ? size : 0;
      if (operandSize === 8 && (flags & Flag.DEFAULT64) === 0) rex |= 0x48;
      if ((flags & Flag.O64) !== 0 || (instruction.prefixes & Prefixes.REX_W) !== 0) rex |= 0x48;
      const prefix = table[form + Field.PREFIX]!;
      if (prefix === 0x9b) code[this.#at++] = prefix;
      if (
        instruction.prefixes !== 0 ||
        operandSize === 2 ||
        prefix !== 0 ||
        instruction.segment !== -1 ||
        (memory && instruction.address32) ||
        (flags & (Flag.O16 | Flag.A32 | Flag.STRING)) !== 0
      ) {
        const size16 = operandSize === 2 || (flags & Flag.O16) !== 0;
        const addresses = memory || tail === Behind.MOFFS || (flags & Flag.STRING) !== 0;
        this.#legacyPrefixes(code, instruction, addresses, size16 ? 0x66 : 0, prefix, flags);
      }
      if ((rex & FORBIDDEN) !== 0 && (rex & 0x4f) !== 0) return Encoded.HIGH_BYTE;
      if ((rex & 0x4f) !== 0) code[this.#at++] = 0x40 | (rex & 0x0f);
    }

    if (tail === Behind.REL) return this.#branch(instruction, form);

    const map = table[form + Field.MAP]!;
    if (map !== Opcodes.ONE_BYTE && (flags & Flag.VEX) === 0) {
      code[this.#at++] = 0x0f;
      if (map === Opcodes.X0F38) code[this.#at++] = 0x38;
      else if (map === Opcodes.X0F3A) code[this.#at++] = 0x3a;
    }
    let opcode = table[form + Field.OPCODE]!;
    if ((flags & Flag.WIDTH_BIT) !== 0 && size !== 1) opcode |= 1;
    const plus = table[form + Field.PLUS]!;
    const suffix = table[form + Field.SUFFIX]!;
    const added = plus === -1 ? 0 : instruction.registers[plus]! & 7;
    if (suffix === -1) code[this.#at++] = opcode + added;
    else {
      code[this.#at++] = opcode;
      code[this.#at++] = suffix + added;
    }

    if (rm !== -1) {
      const digit = table[form + Field.DIGIT]!;
      const reg = digit !== -1 ? digit : instruction.registers[table[form + Field.REG]!]! & 7;
      if (!memory) code[this.#at++] = 0xc0 | (reg << 3) | (instruction.registers[rm]! & 7);
      else if (!this.#memory(code, instruction, reg, tailSize(tail, size), opcode, map, rex, rm)) {
        return Encoded.NO_RELOCATION;
      }
    }
    if (tail !== Behind.NONE && !this.#tail(code, instruction, form, tail)) return Encoded.NO_RELOCATION;
    draft.length = this.#at;
    return Encoded.OK;
  }

  /**
   * REX bits R, X and B that the operands ask for, 0x40 where one needs the prefix, FORBIDDEN where one forbids it. Here
   * and below `form` is the position of the form's record.
   */
  #extensions(instruction: Instruction, form: number, memory: boolean): number {
    const registers = instruction.registers;
    const reg = table[form + Field.REG]!;
    const rm = table[form + Field.RM]!;
    const plus = table[form + Field.PLUS]!;
    let rex = 0;
    let marks = 0;
    if (reg !== -1) {
      marks = registers[reg]!;
      rex = (marks & 8) >> 1;
    }
    if (memory) {
      const { base, index } = instruction;
      if (base !== -1 && base < Address.RIP) rex |= base >> 3;
      if (index !== -1) rex |= (index >> 3) << 1;
    } else if (rm !== -1) {
      marks |= registers[rm]!;
      rex |= (registers[rm]! & 8) >> 3;
    }
    if (plus !== -1) {
      marks |= registers[plus]!;
      rex |= (registers[plus]! & 8) >> 3;
    }
    if ((marks & Marks.NEEDS_REX) !== 0) rex |= 0x40;
    if ((marks & Marks.FORBIDS_REX) !== 0) rex |= FORBIDDEN;
    return rex;
  }

  /** Segment, 67, 66, F2 or F3, F0: the order in which GNU `as` writes them. */
  #legacyPrefixes(
    code: Uint8Array,
    instruction: Instruction,
    addresses: boolean,
    operandSize: number,
    mandatory: number,
    flags = 0,
  ): void {
    const prefixes = instruction.prefixes;
    let at = this.#at;
    if ((prefixes & Prefixes.NOTRACK) !== 0) code[at++] = 0x3e;
    const segment = instruction.segment;
    if (addresses && segment !== -1) {
      const stack = instruction.base === 4 || instruction.base === 5;
      if (segment !== (stack ? SS : DS)) code[at++] = SEGMENT_PREFIX[segment]!;
    }
    if ((addresses && instruction.address32) || (flags & Flag.A32) !== 0 || (prefixes & Prefixes.ADDR32) !== 0) {
      code[at++] = 0x67;
    }
    if (operandSize !== 0 || mandatory === 0x66 || (prefixes & Prefixes.DATA16) !== 0) code[at++] = 0x66;
    if (mandatory === 0xf3 || (prefixes & (Prefixes.REP | Prefixes.REPE)) !== 0) code[at++] = 0xf3;
    else if (mandatory === 0xf2 || (prefixes & (Prefixes.REPNE | Prefixes.BND)) !== 0) code[at++] = 0xf2;
    if ((prefixes & Prefixes.LOCK) !== 0) code[at++] = 0xf0;
    this.#at = at;
  }

  /** The three-byte VEX prefix; all our VEX forms are of maps that need it. */
  #vex(code: Uint8Array, instruction: Instruction, form: number, rex: number): void {
    const prefix = table[form + Field.PREFIX]!;
    const vvvv = table[form + Field.EXTRA] === -1 ? 0 : instruction.registers[table[form + Field.EXTRA]!]! & 15;
    const packed = prefix === 0x66 ? 1 : prefix === 0xf3 ? 2 : prefix === 0xf2 ? 3 : 0;
    const wide = instruction.size === 8 ? 0x80 : 0;
    code[this.#at++] = 0xc4;
    code[this.#at++] = ((~rex & 7) << 5) | table[form + Field.MAP]!;
    code[this.#at++] = wide | ((~vvvv & 15) << 3) | packed;
  }

  /** A jump whose size the layout finds; the prefixes are written. */
  #branch(instruction: Instruction, form: number): number {
    const { immediate } = instruction;
    const draft = this.#draft;
    draft.length = this.#at;
    const opcode = table[form + Field.OPCODE]!;
    const short = table[form + Field.MAP] === Opcodes.X0F ? opcode - 0x10 : 0xeb;
    const type = branchType(immediate);
    if (type === Type.NONE) return Encoded.NO_RELOCATION;
    const length = instruction.ends[0]! - instruction.starts[0]!;
    draft.addItem(short, immediate.symbol, immediate.low, type, immediate.source, length);
    return Encoded.OK;
  }

  /** ModRM, SIB and displacement; false where the displacement's modifier has no relocation. */
  #memory(
    code: Uint8Array,
    instruction: Instruction,
    reg: number,
    behind: number,
    opcode: number,
    map: number,
    rex: number,
    operand: number,
  ): boolean {
    const { base, index, displacement } = instruction;
    const low = displacement.low;
    const symbolic = displacement.symbol !== -1 || displacement.minus !== -1;
    let at = this.#at;
    let wide = true;
    if (base === Address.RIP) code[at++] = 0x05 | (reg << 3);
    else if (base === -1) {
      code[at++] = 0x04 | (reg << 3);
      code[at++] = index === -1 ? 0x25 : (instruction.scale << 6) | ((index & 7) << 3) | 5;
    } else {
      let mode = 0x80;
      if (!symbolic) {
        // rbp and r13 without displacement would mean something else.
        if (low === 0 && (base & 7) !== 5) mode = 0;
        else if (low >= -128 && low <= 127) mode = 0x40;
      }
      wide = mode === 0x80;
      if (index !== -1) {
        code[at++] = mode | (reg << 3) | 4;
        code[at++] = (instruction.scale << 6) | ((index & 7) << 3) | (base & 7);
      } else {
        code[at++] = mode | (reg << 3) | (base & 7);
        if ((base & 7) === 4) code[at++] = 0x24;
      }
      if (mode === 0x40) code[at++] = low;
    }
    this.#at = at;
    if (!wide) return true;
    if (!symbolic) {
      this.#write32(code, low);
      return true;
    }
    const relative = base === Address.RIP;
    const type = displacementType(instruction, opcode, map, reg, (rex & 0x4f) !== 0);
    if (type === Type.NONE) return false;
    this.#fixup(displacement, type, relative ? -4 - behind : 0, instruction, operand);
    this.#write32(code, 0);
    return true;
  }

  /** What follows ModRM; false where the immediate's modifier has no relocation. */
  #tail(code: Uint8Array, instruction: Instruction, form: number, tail: number): boolean {
    const immediate = instruction.immediate;
    switch (tail) {
      case Behind.IB:
        return this.#immediate(code, instruction, immediate, 1, false);
      case Behind.IW:
        return this.#immediate(code, instruction, immediate, 2, false);
      case Behind.IZ:
        return this.#immediate(code, instruction, immediate, tailSize(tail, instruction.size), instruction.size === 8);
      case Behind.IV:
        return this.#immediate(code, instruction, immediate, instruction.size, false);
      case Behind.ID:
        return this.#immediate(code, instruction, immediate, 4, true);
      case Behind.IW_IB:
        return (
          this.#immediate(code, instruction, immediate, 2, false) &&
          this.#immediate(code, instruction, instruction.secondImmediate, 1, false)
        );
      case Behind.CONSTANT:
        code[this.#at++] = table[form + Field.EXTRA]!;
        return true;
      case Behind.REL8:
        if (immediate.modifier !== Modifiers.NONE) return false;
        this.#fixup(immediate, Type.PC8, -1, instruction, 0);
        code[this.#at++] = 0;
        return true;
      case Behind.REL32:
        if (branchType(immediate) === Type.NONE) return false;
        this.#fixup(immediate, branchType(immediate), -4, instruction, 0);
        this.#write32(code, 0);
        return true;
      default:
        return this.#immediate(code, instruction, instruction.displacement, 8, false);
    }
  }

  #immediate(code: Uint8Array, instruction: Instruction, term: Term, bytes: number, signExtended: boolean): boolean {
    let { low, high } = term;
    if (term.symbol !== -1 || term.minus !== -1) {
      const type = absoluteType(bytes, term.modifier, signExtended);
      if (type === Type.NONE) return false;
      this.#fixup(term, type, 0, instruction, instruction.count - 1);
      low = 0;
      high = 0;
    }
    let at = this.#at;
    code[at++] = low;
    if (bytes > 1) code[at++] = low >> 8;
    if (bytes > 2) {
      code[at++] = low >> 16;
      code[at++] = low >> 24;
    }
    if (bytes > 4) {
      code[at++] = high;
      code[at++] = high >> 8;
      code[at++] = high >> 16;
      code[at++] = high >> 24;
    }
    this.#at = at;
    return true;
  }

  /** A fixup for the field that comes next; `extra` is added to the term's constant. */
  #fixup(term: Term, type: number, extra: number, instruction: Instruction, operand: number): void {
    // Only relative fields have something extra, and their constants fit 32 bits.
    const low = term.low + extra;
    const high = extra === 0 ? term.high : low < 0 ? -1 : 0;
    const length = instruction.ends[operand]! - instruction.starts[operand]!;
    this.#draft.addFixup(this.#at, type, term.symbol, term.minus, low | 0, high, term.source, length);
  }

  #write32(code: Uint8Array, value: number): void {
    const at = this.#at;
    code[at] = value;
    code[at + 1] = value >> 8;
    code[at + 2] = value >> 16;
    code[at + 3] = value >> 24;
    this.#at = at + 4;
  }
}
