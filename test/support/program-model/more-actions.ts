/** Actions on thread-local variables, on pointers in data, and on lazy symbols: see action.ts. */

import { type Action, add, addressTo, loadBehind, maskLow, testAddress } from "./action.js";
import { type Code, plus, word } from "./code.js";
import type { DataItem, FuncItem, UavItem } from "./program.js";
import type { Refs } from "./refs.js";
import type { Place } from "./view.js";

/** Reads four bytes of this thread's; `table` by way of the global offset table. */
export function loadThreadlocal(place: Place, atom: DataItem, offset: number, table: boolean): Action {
  return {
    write: (code) => {
      const name = place.name(code.refs, 1);
      if (table) {
        code.emit("488b15........", `mov rdx, ${name}@GOTTPOFF[rip]`, ["GOTTPOFF", name, -4]);
        loadBehind(code, "fs:", offset);
      } else loadAtThreadPointer(code, name, offset);
    },
    run: (machine) => machine.memory(atom).readUInt32LE(offset),
  };
}

export function bumpThreadlocal(place: Place, atom: DataItem, offset: number, amount: number): Action {
  return {
    write: (code) => {
      const name = place.name(code.refs, 1);
      const field = `dword ptr fs:${name}@TPOFF${plus(offset)}`;
      code.emit(`64810425........${word(amount)}`, `add ${field}, ${amount}`, ["TPOFF32", name, offset]);
      loadAtThreadPointer(code, name, offset);
    },
    run: (machine) => add(machine.memory(atom), offset, amount),
  };
}

export function alignedThreadlocal(place: Place, align: number): Action {
  return {
    write: (code) => {
      const name = place.name(code.refs, 1);
      code.emit("64488b042500000000", "mov rax, qword ptr fs:0");
      code.emit("488d80........", `lea rax, [rax + ${name}@TPOFF]`, ["TPOFF32", name, 0]);
      maskLow(code, align);
    },
    run: () => 0,
  };
}

/** Whether the pointer at `offset` of `data` and the code mean the same address by `target` + `addend`. */
export function comparePointer(data: Place, offset: number, target: Place, addend: number): Action {
  return {
    write: (code) => {
      loadPointer(code, "488b05........", "rax", data, offset);
      addressTo(code, "rdx", target, addend, "relative");
      code.emit("4829d0", "sub rax, rdx");
    },
    run: () => 0,
  };
}

/** Whether the four bytes there are the distance from their own place to `target` + `addend`. */
export function compareDistance(data: Place, offset: number, target: Place, addend: number): Action {
  return {
    write: (code) => {
      const name = data.name(code.refs, 1);
      code.emit("488d15........", `lea rdx, [rip + ${name}${plus(offset)}]`, ["PC32", name, offset - 4]);
      code.emit("486302", "movsxd rax, dword ptr [rdx]");
      code.emit("4801d0", "add rax, rdx");
      addressTo(code, "rdx", target, addend, "relative");
      code.emit("4829d0", "sub rax, rdx");
    },
    run: () => 0,
  };
}

/** As `comparePointer`, for a pointer in thread-local data. */
export function compareThreadlocalPointer(data: Place, offset: number, target: Place, addend: number): Action {
  return {
    write: (code) => {
      const name = data.name(code.refs, 1);
      const field = `qword ptr fs:${name}@TPOFF${plus(offset)}`;
      code.emit("64488b0425........", `mov rax, ${field}`, ["TPOFF32", name, offset]);
      addressTo(code, "rdx", target, addend, "relative");
      code.emit("4829d0", "sub rax, rdx");
    },
    run: () => 0,
  };
}

export function callPointer(data: Place, offset: number, func: FuncItem): Action {
  return {
    write: (code) => {
      const name = data.name(code.refs, 1);
      code.emit("ff15........", `call qword ptr [rip + ${name}${plus(offset)}]`, ["PC32", name, offset - 4]);
    },
    run: (machine) => machine.call(func),
  };
}

/** Reads four bytes at `at` of `atom`, to which, and `addend` bytes further, the pointer at `offset` points. */
export function loadPointed(data: Place, offset: number, atom: DataItem | UavItem, at: number, addend: number): Action {
  return {
    write: (code) => {
      loadPointer(code, "488b15........", "rdx", data, offset);
      loadBehind(code, "", at - addend);
    },
    run: (machine) => machine.memory(atom).readUInt32LE(at),
  };
}

/** The same where the pointer is an offset from the thread pointer. */
export function loadPointedThreadlocal(data: Place, offset: number, atom: DataItem, at: number): Action {
  return {
    write: (code) => {
      loadPointer(code, "488b15........", "rdx", data, offset);
      loadBehind(code, "fs:", at);
    },
    run: (machine) => machine.memory(atom).readUInt32LE(at),
  };
}

/** Whether the pointer at `offset` is none. */
export function probePointer(data: Place, offset: number, isSomething: boolean): Action {
  return {
    write: (code) => {
      loadPointer(code, "488b05........", "rax", data, offset);
      testAddress(code);
    },
    run: () => (isSomething ? 1 : 0),
  };
}

/** A number of four bytes that a relocation put at `offset`. */
export function loadRelocated(data: Place, offset: number, value: () => number): Action {
  return {
    write: (code) => {
      const name = data.name(code.refs, 1);
      code.emit("8b05........", `mov eax, dword ptr [rip + ${name}${plus(offset)}]`, ["PC32", name, offset - 4]);
    },
    run: value,
  };
}

/** Asks the lazy function of `type` for the name of `tag`; "" where it has none. Mixes the first letters and the length. */
export function lazyName(type: string, tag: number, text: string): Action {
  return {
    write: (code) => {
      const name = code.refs.lazy("code", type);
      code.emit(`bf${word(tag)}`, `mov edi, ${tag}`);
      code.emit("e8........", `call ${name}`, ["PLT32", name, -4]);
      if (text !== "") code.emit("8b00", "mov eax, dword ptr [rax]");
      code.emit("01d0", "add eax, edx");
    },
    run: () => (text === "" ? 0 : Buffer.from(text).readUInt32LE(0) + text.length),
  };
}

/** Reads four bytes at `offset` of a lazy table, which has these contents. */
export function loadLazy(name: (refs: Refs) => string, contents: Buffer, offset: number): Action {
  return {
    write: (code) => {
      const local = name(code.refs);
      code.emit("8b05........", `mov eax, dword ptr [rip + ${local}${plus(offset)}]`, ["PC32", local, offset - 4]);
    },
    run: () => contents.readUInt32LE(offset),
  };
}

function loadPointer(code: Code, hex: string, register: string, data: Place, offset: number): void {
  const name = data.name(code.refs, 1);
  code.emit(hex, `mov ${register}, qword ptr [rip + ${name}${plus(offset)}]`, ["PC32", name, offset - 4]);
}

function loadAtThreadPointer(code: Code, name: string, offset: number): void {
  code.emit("648b0425........", `mov eax, dword ptr fs:${name}@TPOFF${plus(offset)}`, ["TPOFF32", name, offset]);
}
