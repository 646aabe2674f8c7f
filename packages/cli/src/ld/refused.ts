/**
 * Options that are known and not supported. The program that comes out without them would not be the one that was asked
 * for, so that each is refused by name, with what to do instead. Spellings as in option.ts.
 */

import { optionRefused } from "@manifold/core";
import type { OptionTable } from "./option.js";

/** Reasons are clauses, remedies sentences. */
const REFUSED: readonly (readonly [spellings: string, reason: string, remedy: string])[] = [
  [
    "shared Bshareable",
    "shared libraries are not made yet",
    "Link a program with -static or -static-pie; leave shared libraries to another linker.",
  ],
  [
    "r i relocatable Ur",
    "several objects are not made into one",
    "Give the objects to the last link as they are, or merge them with another linker.",
  ],
  [
    "T= script= dT= default-script= c= mri-script=",
    "the layout of the output is not programmable",
    "Leave the script out: --image-base moves the program, --defsym defines symbols.",
  ],
  [
    "Ttext= Tdata= Tbss= Trodata-segment= Tldata-segment= section-start=",
    "sections have no addresses of their own",
    "Move the whole program with --image-base, or -Ttext-segment.",
  ],
  ["q emit-relocs", "relocations do not stay in the output", "Leave it out, or use another linker."],
  ["N omagic", "code is never writable", "Leave -N out; -n is accepted."],
  [
    "noinhibit-exec",
    "a link with errors writes nothing",
    "To let undefined symbols pass, give --unresolved-symbols=ignore-all.",
  ],
  [
    "ignore-unresolved-symbol=",
    "undefined symbols pass all together, or not at all",
    "Define the symbol as zero with --defsym=SYMBOL=0, or give --unresolved-symbols=ignore-all.",
  ],
  ["retain-symbols-file=", "symbols are not chosen by name", "Use -s, -S or -x, or objcopy afterwards."],
  ["out-implib=", "import libraries are not made", "Leave it out, or use another linker."],
  [
    "f= F=",
    "it makes a shared library a filter",
    "Leave it out; options of the compiler, such as -fPIC, are not for the linker.",
  ],
  ["EB", "x86-64 is little-endian", "Leave -EB out."],
];

export function addRefused(options: OptionTable): void {
  for (const [spellings, reason, remedy] of REFUSED)
    options.add(spellings, (state, _value, { spelling, place }) => {
      state.refusals.push(optionRefused(spelling, reason, remedy, place?.()));
    });
}
