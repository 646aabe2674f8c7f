/**
 * What functions can do: each action is the code for it beside what the code means. An action leaves a number in eax. It
 * may use all registers that a caller must save (psABI, figure 3.4).
 */

import { type Code, plus, word } from "./code.js";
import type { DataItem, FuncItem, UavItem } from "./program.js";
import { PRINT } from "./runtime.js";
import type { Place } from "./view.js";

/** What actions do when they run. */
export interface Machine {
  call(func: FuncItem): number;
  print(text: string): void;
  /** The contents as they are by now. */
  memory(atom: DataItem | UavItem): Buffer;
}

export interface Action {
  write(code: Code): void;
  /** What is in eax then, as far as the low 32 bits go. */
  run(machine: Machine): number;
}

/** How code gets at an address. `absolute` is not for position-independent programs. */
export type Way = "relative" | "absolute" | "table" | "inside";

export function constant(value: number): Action {
  return {
    write: (code) => code.emit(`b8${word(value)}`, `mov eax, ${value}`),
    run: () => value,
  };
}

/** Calls directly, with a relocation of this type. */
export function call(place: Place, func: FuncItem, type: "PLT32" | "PC32"): Action {
  return {
    write: (code) => {
      const name = place.name(code.refs, 1);
      code.emit("e8........", `call ${name}`, [type, name, -4]);
    },
    run: (machine) => machine.call(func),
  };
}

export function callThroughTable(place: Place, func: FuncItem): Action {
  return {
    write: (code) => {
      const name = place.name(code.refs, 1);
      code.emit("ff15........", `call [QWORD PTR ${name}@GOTPCREL[rip]]`, ["GOTPCRELX", name, -4]);
    },
    run: (machine) => machine.call(func),
  };
}

/** Calls by way of a register. */
export function callAddress(place: Place, func: FuncItem, way: Way): Action {
  return {
    write: (code) => {
      addressTo(code, "rax", place, 0, way);
      code.emit("ffd0", "call rax");
    },
    run: (machine) => machine.call(func),
  };
}

/** Whether a weak symbol has a definition. */
export function probe(place: Place): Action {
  return {
    write: (code) => {
      addressTo(code, "rax", place, 0, "table");
      testAddress(code);
    },
    run: () => (place.atom === undefined ? 0 : 1),
  };
}

/** Calls a function that may be nowhere. */
export function callIfThere(place: Place, func: FuncItem | undefined): Action {
  return {
    write: (code) => {
      const skip = code.newLabel();
      addressTo(code, "rax", place, 0, "table");
      code.emit("4885c0", "test rax, rax");
      code.emit("7402", `jz ${skip}`);
      code.emit("ffd0", "call rax");
      code.label(skip);
    },
    run: (machine) => (func === undefined ? 0 : machine.call(func)),
  };
}

/** Reads four bytes at `offset`. */
export function load(place: Place, atom: DataItem | UavItem, offset: number, way: Way, align = 1): Action {
  return {
    write: (code) => {
      const name = place.name(code.refs, align);
      const field = `dword ptr [rip + ${name}${plus(offset)}]`;
      if (way === "relative") code.emit("8b05........", `mov eax, ${field}`, ["PC32", name, offset - 4]);
      else if (way === "absolute")
        code.emit("8b0425........", `mov eax, dword ptr [${name}${plus(offset)}]`, ["32S", name, offset]);
      else if (way === "inside") {
        const inside = code.refs.place(name, offset);
        code.emit("8b05........", `mov eax, dword ptr [rip + ${inside}]`, ["PC32", inside, -4]);
      } else {
        addressTo(code, "rdx", place, 0, "table");
        loadBehind(code, "", offset);
      }
    },
    run: (machine) => machine.memory(atom).readUInt32LE(offset),
  };
}

/** Adds to four bytes of a variable, and reads them. */
export function bump(place: Place, atom: DataItem, offset: number, amount: number): Action {
  return {
    write: (code) => {
      const name = place.name(code.refs, 1);
      const field = `dword ptr [rip + ${name}${plus(offset)}]`;
      code.emit(`8105........${word(amount)}`, `add ${field}, ${amount}`, ["PC32", name, offset - 8]);
      code.emit("8b05........", `mov eax, ${field}`, ["PC32", name, offset - 4]);
    },
    run: (machine) => add(machine.memory(atom), offset, amount),
  };
}

/** What the address is above a multiple of `align`: nothing. */
export function aligned(place: Place, align: number, way: Way): Action {
  return {
    write: (code) => {
      addressTo(code, "rax", place, 0, way, align);
      maskLow(code, align);
    },
    run: () => 0,
  };
}

/** The size of its symbol. */
export function size(place: Place, bytes: () => number, addend: number): Action {
  return {
    write: (code) => {
      const name = place.name(code.refs, 1);
      code.emit("b8........", `mov eax, OFFSET ${name}@SIZE${plus(addend)}`, ["SIZE32", name, addend]);
    },
    run: () => bytes() + addend,
  };
}

/** How far a place inside, named in `refs`, is from the start. */
export function distance(place: Place, offset: number): Action {
  return {
    write: (code) => {
      const name = place.name(code.refs, 1);
      const inside = code.refs.place(name, offset);
      code.emit("488d05........", `lea rax, [rip + ${inside}]`, ["PC32", inside, -4]);
      code.emit("488d15........", `lea rdx, [rip + ${name}]`, ["PC32", name, -4]);
      code.emit("4829d0", "sub rax, rdx");
    },
    run: () => offset,
  };
}

/** Whether the linker's `symbol` lies behind it. */
export function below(place: Place, symbol: string): Action {
  return {
    write: (code) => {
      addressTo(code, "rax", place, 0, "relative");
      code.emit("488d15........", `lea rdx, [rip + ${symbol}]`, ["PC32", symbol, -4]);
      code.emit("4839c2", "cmp rdx, rax");
      code.emit("0f97c0", "seta al");
      code.emit("0fb6c0", "movzx eax, al");
    },
    run: () => 1,
  };
}

/** Prints the text that it holds. */
export function print(place: Place, text: Buffer): Action {
  return {
    write: (code) => {
      addressTo(code, "rsi", place, 0, "relative");
      code.emit(`ba${word(text.length)}`, `mov edx, ${text.length}`);
      code.emit("e8........", `call ${PRINT}`, ["PLT32", PRINT, -4]);
      constant(text.length).write(code);
    },
    run: (machine) => {
      machine.print(text.toString());
      return text.length;
    },
  };
}

/** Loads the address of `place` + `addend`. */
export function addressTo(
  code: Code,
  register: "rax" | "rdx" | "rsi",
  place: Place,
  addend: number,
  way: Way,
  align = 1,
): void {
  const name = place.name(code.refs, align);
  const reg = { rax: 0, rdx: 2, rsi: 6 }[register];
  const modrm = (0x05 | (reg << 3)).toString(16).padStart(2, "0");
  if (way === "absolute")
    code.emit(`48c7c${reg}........`, `mov ${register}, OFFSET ${name}${plus(addend)}`, ["32S", name, addend]);
  else if (way === "table")
    code.emit(`488b${modrm}........`, `mov ${register}, ${name}@GOTPCREL[rip]`, [
      register === "rdx" ? "GOTPCREL" : "REX_GOTPCRELX",
      name,
      -4,
    ]);
  else code.emit(`488d${modrm}........`, `lea ${register}, [rip + ${name}${plus(addend)}]`, ["PC32", name, addend - 4]);
}

/** mov eax, [rdx + offset], of the segment that `segment` says */
export function loadBehind(code: Code, segment: "" | "fs:", offset: number): void {
  const prefix = segment === "" ? "" : "64";
  const asm = `mov eax, dword ptr ${segment}[rdx${plus(offset)}]`;
  if (offset === 0) code.emit(`${prefix}8b02`, asm);
  else if (offset < 128) code.emit(`${prefix}8b42${offset.toString(16).padStart(2, "0")}`, asm);
  else code.emit(`${prefix}8b82${word(offset)}`, asm);
}

/** eax = what rax is above a multiple of `align` */
export function maskLow(code: Code, align: number): void {
  const mask = align - 1;
  if (mask < 128) code.emit(`83e0${mask.toString(16).padStart(2, "0")}`, `and eax, ${mask}`);
  else code.emit(`25${word(mask)}`, `and eax, ${mask}`);
}

/** eax = whether rax is not 0 */
export function testAddress(code: Code): void {
  code.emit("4885c0", "test rax, rax");
  code.emit("0f95c0", "setne al");
  code.emit("0fb6c0", "movzx eax, al");
}

/** Adds to four bytes; returns what they are then. */
export function add(memory: Buffer, offset: number, amount: number): number {
  memory.writeInt32LE((memory.readInt32LE(offset) + amount) | 0, offset);
  return memory.readUInt32LE(offset);
}
