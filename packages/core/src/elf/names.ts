/** ELF numbers as people read them: names of enumerations and the flag letters that `readelf` prints. */

import { EM } from "./machine.js";
import { PF } from "./phdr.js";
import { SHF } from "./shdr.js";

type Group = Readonly<Record<string, number>>;

const reversed = new WeakMap<Group, ReadonlyMap<number, string>>();

/** The first name that `group` gives to `value`; groups list range limits last, so that real names win. */
export function nameOf<G extends Group>(group: G, value: number): (keyof G & string) | undefined {
  const names = reversed.get(group) ?? reverse(group);
  return names.get(value) as (keyof G & string) | undefined;
}

function reverse(group: Group): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  // JavaScript lists integer-like keys first; none of them shares its value with another name.
  for (const [name, number] of Object.entries(group)) if (!names.has(number)) names.set(number, name);
  reversed.set(group, names);
  return names;
}

/** Like `nameOf`, with the number in hexadecimal where there is no name. */
export function nameOrHex(group: Group, value: number): string {
  return nameOf(group, value) ?? `0x${value.toString(16)}`;
}

const SECTION_LETTERS: readonly (readonly [flag: number, letter: string])[] = [
  [SHF.WRITE, "W"],
  [SHF.ALLOC, "A"],
  [SHF.EXECINSTR, "X"],
  [SHF.MERGE, "M"],
  [SHF.STRINGS, "S"],
  [SHF.INFO_LINK, "I"],
  [SHF.LINK_ORDER, "L"],
  [SHF.OS_NONCONFORMING, "O"],
  [SHF.GROUP, "G"],
  [SHF.TLS, "T"],
  [SHF.COMPRESSED, "C"],
  [SHF.GNU_RETAIN, "R"],
  [SHF.GNU_MBIND, "D"],
  [SHF.EXCLUDE, "E"],
];

/** `sh_flags` in letters: `WAXMSILOGTCRDE`, `l` (x86-64 large), `o` and `p` (other bits of system and machine), `x`. */
export function sectionFlagLetters(flags: number, machine: number): string {
  let rest = flags >>> 0;
  let letters = "";
  for (const [flag, letter] of SECTION_LETTERS) {
    if ((rest & flag) === 0) continue;
    letters += letter;
    rest = (rest & ~flag) >>> 0;
  }
  if (machine === EM.X86_64 && (rest & SHF.X86_64_LARGE) !== 0) {
    letters += "l";
    rest = (rest & ~SHF.X86_64_LARGE) >>> 0;
  }
  if ((rest & SHF.MASKOS) !== 0) letters += "o";
  if ((rest & SHF.MASKPROC) !== 0) letters += "p";
  rest = (rest & ~SHF.MASKOS & ~SHF.MASKPROC) >>> 0;
  if (rest !== 0 || flags > 0xffffffff) letters += "x";
  return letters;
}

/** `p_flags` in three columns, as `readelf` prints them: `R E`, `RW `. */
export function segmentFlagLetters(flags: number): string {
  return `${flags & PF.R ? "R" : " "}${flags & PF.W ? "W" : " "}${flags & PF.X ? "E" : " "}`;
}
