/** What a program must do, found without linking or running it. */

import { CODES } from "../diagnostic-codes.js";
import type { Machine } from "./action.js";
import { FAULTS } from "./faults.js";
import { runFunction } from "./function-code.js";
import { type Id, MAIN, type Program } from "./program.js";
import { digits, ENTRIES } from "./runtime.js";
import { View } from "./view.js";

/** It prints `stdout` and exits with 0; or it is not linked, for one reason, whose diagnostic has this code. */
export type Expectation =
  | { readonly ok: true; readonly stdout: string }
  | { readonly ok: false; readonly code: string };

export function evaluate(program: Program): Expectation {
  if (program.fault !== undefined) return { ok: false, code: CODES[FAULTS[program.fault.kind].code] };
  const view = new View(program);
  const memories = new Map<Id, Buffer>();
  const printed: string[] = [];
  const machine: Machine = {
    call: (func) => runFunction(func, view.actions(func), machine),
    print: (text) => printed.push(text),
    memory: (atom) => {
      const known = memories.get(atom.id);
      const memory = known ?? Buffer.from(view.flat(atom).bytes);
      memories.set(atom.id, memory);
      return memory;
    },
  };
  const main = view.item(MAIN);
  const result = main?.kind === "func" ? machine.call(main) : 0;
  printed.push(digits(result ^ ENTRIES[program.entry]!.mixes));
  return { ok: true, stdout: printed.join("") };
}
