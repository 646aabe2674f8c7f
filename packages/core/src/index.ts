/** The public face of core: what workers and the command may use of it. */
export * from "./diagnostics/diagnostic.js";
export * from "./diagnostics/input.js";
export * from "./elf/chdr.js";
export * from "./elf/dyn.js";
export * from "./elf/ehdr.js";
export * from "./elf/format.js";
export * from "./elf/machine.js";
export * from "./elf/names.js";
export * from "./elf/nhdr.js";
export * from "./elf/phdr.js";
export * from "./elf/rel.js";
export * from "./elf/rela.js";
export * from "./elf/shdr.js";
export * from "./elf/sym.js";
export * from "./elf/x86-64.js";
