/**
 * Which output section an input section goes to, and where in it, by its name: the rules of GNU ld's default script for
 * x86-64 (`ld --verbose`). What no rule names, an orphan, goes to a section of its own name.
 */

/** Where the contributions to an output section stand among each other: by `order`, then by the order of the inputs. */
export interface Destination {
  readonly name: string;
  readonly order: number;
  /** The contents are 8-byte words in reverse order: `.ctors` in `.init_array`. */
  readonly reversed: boolean;
}

const PREFIXES: readonly (readonly [prefix: string, output: string, order: number])[] = [
  [".text.unlikely", ".text", -50],
  [".text.exit", ".text", -40],
  [".text.startup", ".text", -30],
  [".text.hot", ".text", -20],
  [".text.sorted", ".text", -10],
  [".text", ".text", 0],
  [".stub", ".text", 0],
  [".gnu.linkonce.t", ".text", 0],
  [".rodata", ".rodata", 0],
  [".gnu.linkonce.r", ".rodata", 0],
  [".data.rel.ro.local", ".data.rel.ro", -10],
  [".gnu.linkonce.d.rel.ro.local", ".data.rel.ro", -10],
  [".data.rel.ro", ".data.rel.ro", 0],
  [".gnu.linkonce.d.rel.ro", ".data.rel.ro", 0],
  [".data", ".data", 0],
  [".gnu.linkonce.d", ".data", 0],
  [".bss", ".bss", 0],
  [".dynbss", ".bss", -10],
  [".gnu.linkonce.b", ".bss", 0],
  [".tdata", ".tdata", 0],
  [".gnu.linkonce.td", ".tdata", 0],
  [".tbss", ".tbss", 0],
  [".gnu.linkonce.tb", ".tbss", 0],
  [".tcommon", ".tbss", 0],
  [".eh_frame", ".eh_frame", 0],
  [".gcc_except_table", ".gcc_except_table", 0],
  [".lrodata", ".lrodata", 0],
  [".gnu.linkonce.lr", ".lrodata", 0],
  [".ldata", ".ldata", 0],
  [".gnu.linkonce.l", ".ldata", 0],
  [".lbss", ".lbss", 0],
  [".gnu.linkonce.lb", ".lbss", 0],
  [".ltext", ".ltext", 0],
  [".gnu.linkonce.wi", ".debug_info", 0],
];

/**
 * The prefixes as a trie: `NEXT[node * 128 + character]` is the node behind a character, 0 where there is none, and
 * `ROW[node]` the prefix that ends there plus 1. Names are gone through by the million, and all but a few of them leave it
 * within ten characters.
 */
const NODES = PREFIXES.reduce((sum, [prefix]) => sum + prefix.length, 1);
const NEXT = new Uint16Array(NODES * 128);
const ROW = new Uint8Array(NODES);
let nodes = 1;
for (const [row, [prefix]] of PREFIXES.entries()) {
  let node = 0;
  for (let i = 0; i < prefix.length; i++) {
    const at = node * 128 + prefix.charCodeAt(i);
    if (NEXT[at] === 0) NEXT[at] = nodes++;
    node = NEXT[at]!;
  }
  ROW[node] = row + 1;
}

/**
 * The number of the longest prefix that stands at `start`, and behind it a dot or the name's 0 byte: `.text.foo`, but not
 * `.textual`; -1 where none does.
 */
export function prefixAt(bytes: Uint8Array, start: number): number {
  let node = 0;
  let found = -1;
  for (let at = start; ; at++) {
    const byte = bytes[at]!;
    if (ROW[node] !== 0 && (byte === DOT || byte === 0)) found = ROW[node]! - 1;
    if (byte === 0 || byte >= 128) return found;
    node = NEXT[node * 128 + byte]!;
    if (node === 0) return found;
  }
}

/** Where sections go whose names begin with a prefix, by its number. */
export function prefixDestination(prefix: number): Destination {
  const [, name, order] = PREFIXES[prefix]!;
  return { name, order, reversed: false };
}

const DOT = 0x2e;
const PLAIN = { order: 0, reversed: false } as const;

/** Priorities of arrays stand before what has none. */
const NO_PRIORITY = 65536;

/** `isStartupFile`: the compiler's own crtbegin.o or crtend.o, whose `.ctors` are the ends of a list. */
export function destinationOf(name: string, isStartupFile: boolean): Destination {
  const array = arrayDestination(name, isStartupFile);
  if (array !== undefined) return array;
  const prefix = prefixAt(Buffer.from(`${name}\0`, "latin1"), 0);
  return prefix === -1 ? { name, ...PLAIN } : prefixDestination(prefix);
}

function arrayDestination(name: string, isStartupFile: boolean): Destination | undefined {
  const match = /^\.(preinit_array|init_array|fini_array|ctors|dtors)(?:\.(\d+))?$/.exec(name);
  if (match === null) return undefined;
  const [, kind, digits] = match;
  if (kind === "preinit_array") return { name: ".preinit_array", ...PLAIN };
  if (kind === "init_array" || kind === "fini_array") {
    const order = digits === undefined ? NO_PRIORITY : Math.min(NO_PRIORITY - 1, Number(digits));
    return { name: `.${kind}`, order, reversed: false };
  }
  if (isStartupFile) return { name: `.${kind}`, ...PLAIN };
  // Of .ctors the greatest number comes first.
  const order = digits === undefined ? NO_PRIORITY : Math.max(0, 65535 - Number(digits));
  return { name: kind === "ctors" ? ".init_array" : ".fini_array", order, reversed: true };
}

/** Order of the sections that have one, as GNU ld places them; others follow those of their kind. */
const PLACES: readonly string[] = [
  ".interp",
  ".note.gnu.property",
  ".note.gnu.build-id",
  ".note.ABI-tag",
  ".hash",
  ".gnu.hash",
  ".dynsym",
  ".dynstr",
  ".rela.dyn",
  ".rela.plt",
  ".init",
  ".plt",
  ".plt.got",
  ".plt.sec",
  ".text",
  ".fini",
  ".rodata",
  ".rodata1",
  ".eh_frame_hdr",
  ".eh_frame",
  ".gcc_except_table",
  ".lrodata",
  ".tdata",
  ".tbss",
  ".preinit_array",
  ".init_array",
  ".fini_array",
  ".ctors",
  ".dtors",
  ".jcr",
  ".data.rel.ro",
  ".dynamic",
  ".got",
  ".got.plt",
  ".data",
  ".data1",
  ".bss",
  ".ldata",
  ".lbss",
  ".comment",
];
export const PLACE_OF: ReadonlyMap<string, number> = new Map(PLACES.map((name, index) => [name, index]));

/** Sections that are tables of the output: what an input calls so would be taken for them. */
export const LINKER_NAMES: ReadonlySet<string> = new Set([
  ".symtab",
  ".symtab_shndx",
  ".strtab",
  ".shstrtab",
  ".hash",
  ".gnu.hash",
  ".dynsym",
  ".dynstr",
  ".dynamic",
  ".rela.dyn",
  ".rela.plt",
  ".eh_frame_hdr",
]);

/** Written by start code, then never again: within PT_GNU_RELRO. */
export const RELRO_NAMES: ReadonlySet<string> = new Set([
  ".tdata",
  ".tbss",
  ".preinit_array",
  ".init_array",
  ".fini_array",
  ".ctors",
  ".dtors",
  ".jcr",
  ".data.rel.ro",
  ".dynamic",
  ".got",
]);

export function isDebugName(name: string): boolean {
  return (
    name.startsWith(".debug") ||
    name.startsWith(".zdebug") ||
    name.startsWith(".stab") ||
    name.startsWith(".gnu.linkonce.wi.") ||
    name === ".line" ||
    name === ".gdb_index" ||
    name.startsWith(".gnu.debuglto_")
  );
}

/** Whether `__start_NAME` and `__stop_NAME` stand for the ends of a section of this name. */
export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}
