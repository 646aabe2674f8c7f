/** Options that name a target: there is one, and its names are accepted. Spellings as in option.ts. */

import { type Diagnostic, optionRefused } from "@manifold/core";
import type { OptionTable, OptionUse } from "./option.js";
import type { LdState } from "./state.js";
import { EMULATION, TARGET } from "./texts.js";

export function addTarget(options: OptionTable): void {
  options
    .add("m=", (_state, value, { spelling, place }) =>
      value === EMULATION ? undefined : optionRefused(`${spelling} ${value}`, ...OTHER_TARGET, place?.()),
    )
    .add("b= format=", otherFormat("Make an object of the file first: objcopy -I binary -O elf64-x86-64 FILE FILE.o."))
    .add("oformat=", otherFormat("Link first, and then: objcopy -O binary PROGRAM FILE."));
}

const OTHER_TARGET = [
  "programs for x86-64 are linked, and no others",
  `Give -m ${EMULATION}, or leave it out.`,
] as const;

function otherFormat(remedy: string) {
  return (_state: LdState, value: string, { spelling, place }: OptionUse): Diagnostic | undefined =>
    value === TARGET || value === "default"
      ? undefined
      : optionRefused(`${spelling} ${value}`, `files of ${TARGET} are linked, and no others`, remedy, place?.());
}
