/** Numbers of ELF that generated objects are made of (System V gABI, chapter 4). */

export const SHT_PROGBITS = 1;
export const SHT_NOBITS = 8;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_RELA = 4;

export const SHF_WRITE = 1;
export const SHF_ALLOC = 2;
export const SHF_EXECINSTR = 4;
export const SHF_MERGE = 16;
export const SHF_STRINGS = 32;
export const SHF_TLS = 1024;
export const SHF_INFO_LINK = 64;

export const STT_NOTYPE = 0;
export const STT_OBJECT = 1;
export const STT_FUNC = 2;
export const STT_TLS = 6;
export const STT_SECTION = 3;
export const STB_GLOBAL = 1;
