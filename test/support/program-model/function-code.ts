/** The code of a whole function, and what it computes. */

import type { Action, Machine } from "./action.js";
import { Code, word } from "./code.js";
import { type FuncItem, MAIN } from "./program.js";
import { digits, REPORT } from "./runtime.js";

const FACTOR = 0x01000193;

export function codeOf(func: FuncItem, actions: readonly Action[]): Code {
  const code = new Code();
  code.emit("53", "push rbx");
  code.emit(`bb${word(func.seed)}`, `mov ebx, ${func.seed}`);
  for (const action of actions) {
    action.write(code);
    code.emit("31c3", "xor ebx, eax");
    code.emit(`69db${word(FACTOR)}`, `imul ebx, ebx, ${FACTOR}`);
    code.emit("c1c305", "rol ebx, 5");
    if (func.id !== MAIN) continue;
    code.emit("89df", "mov edi, ebx");
    code.emit("e8........", `call ${REPORT}`, ["PLT32", REPORT, -4]);
  }
  code.nops(func.nops);
  code.emit("89d8", "mov eax, ebx");
  code.emit("5b", "pop rbx");
  code.emit("c3", "ret");
  return code;
}

/** What `codeOf` makes of these actions, when it runs. */
export function runFunction(func: FuncItem, actions: readonly Action[], machine: Machine): number {
  let value = func.seed;
  for (const action of actions) {
    value = Math.imul(value ^ action.run(machine), FACTOR);
    value = (value << 5) | (value >>> 27);
    if (func.id === MAIN) machine.print(digits(value));
  }
  return value;
}
