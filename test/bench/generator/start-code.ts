/**
 * The start of a generated program: what runs before and after its functions, as machine code for x86-64 Linux that
 * needs no library. Each line is `[bytes, assembly, relocation]`; dots are the field that the relocation fills. A test
 * gives the assembly to `as` and compares.
 *
 * What it relies on: the layout of the initial stack and of program headers (System V gABI, chapter 5; x86-64 psABI
 * 3.4.1), thread-local storage of variant II (block below the thread pointer, psABI 3.4.6).
 */

import type { Blob } from "./blob.js";

export type ListingLine =
  | readonly [bytes: string, assembly: string]
  | readonly [bytes: string, assembly: string, relocation: readonly [type: string, target: string, addend: number]];

/** rbx = load base; applies the R_X86_64_RELATIVE relocations that `_DYNAMIC` tells of, and no others. */
export const RELOCATE_SELF: readonly ListingLine[] = [
  ["488d1d........", "lea rbx, [rip + __ehdr_start]", ["PC32", "__ehdr_start", -4]],
  ["488d35........", "lea rsi, [rip + _DYNAMIC]", ["PC32", "_DYNAMIC", -4]],
  ["31c9", "xor ecx, ecx"],
  ["31d2", "xor edx, edx"],
  ["", "dynamic:"],
  ["488b06", "mov rax, [rsi]"],
  ["83f807", "cmp eax, 7"],
  ["480f444e08", "cmove rcx, [rsi + 8]"],
  ["83f808", "cmp eax, 8"],
  ["480f445608", "cmove rdx, [rsi + 8]"],
  ["4883c610", "add rsi, 16"],
  ["85c0", "test eax, eax"],
  ["75e5", "jnz dynamic"],
  ["4801d9", "add rcx, rbx"],
  ["4801ca", "add rdx, rcx"],
  ["", "relocation:"],
  ["4839d1", "cmp rcx, rdx"],
  ["7326", "jae relocated"],
  ["83790808", "cmp dword ptr [rcx + 8], 8"],
  ["740c", "je relative"],
  ["bf01000000", "mov edi, 1"],
  ["b83c000000", "mov eax, 60"],
  ["0f05", "syscall"],
  ["", "relative:"],
  ["488b01", "mov rax, [rcx]"],
  ["488b7110", "mov rsi, [rcx + 16]"],
  ["4801de", "add rsi, rbx"],
  ["48893403", "mov [rbx + rax], rsi"],
  ["4883c118", "add rcx, 24"],
  ["ebd5", "jmp relocation"],
  ["", "relocated:"],
];

/** rbx = load base of an executable that is linked at its address. */
export const NO_BASE: readonly ListingLine[] = [["31db", "xor ebx, ebx"]];

/** Size of `threadBlock`, whose last 64 bytes begin with the thread control block. */
export const THREAD_BLOCK_SIZE = 4096;

/** Finds PT_TLS by the auxiliary vector, copies its image below the thread pointer and sets fs. */
export const SET_THREAD_POINTER: readonly ListingLine[] = [
  ["488b3424", "mov rsi, [rsp]"],
  ["488d74f410", "lea rsi, [rsp + rsi*8 + 16]"],
  ["", "environment:"],
  ["48ad", "lodsq"],
  ["4885c0", "test rax, rax"],
  ["75f9", "jnz environment"],
  ["", "auxiliary:"],
  ["48ad", "lodsq"],
  ["4889c1", "mov rcx, rax"],
  ["48ad", "lodsq"],
  ["83f903", "cmp ecx, 3"],
  ["4c0f44c0", "cmove r8, rax"],
  ["83f905", "cmp ecx, 5"],
  ["4c0f44c8", "cmove r9, rax"],
  ["85c9", "test ecx, ecx"],
  ["75e7", "jnz auxiliary"],
  ["", "header:"],
  ["41833807", "cmp dword ptr [r8], 7"],
  ["7415", "je threadlocals"],
  ["4983c038", "add r8, 56"],
  ["49ffc9", "dec r9"],
  ["75f1", "jnz header"],
  ["bf01000000", "mov edi, 1"],
  ["b83c000000", "mov eax, 60"],
  ["0f05", "syscall"],
  ["", "threadlocals:"],
  ["498b7010", "mov rsi, [r8 + 16]"],
  ["4801de", "add rsi, rbx"],
  ["498b4820", "mov rcx, [r8 + 32]"],
  ["498b5028", "mov rdx, [r8 + 40]"],
  ["498b4030", "mov rax, [r8 + 48]"],
  ["488d5402ff", "lea rdx, [rdx + rax - 1]"],
  ["48f7d8", "neg rax"],
  ["4821c2", "and rdx, rax"],
  ["4c8d15........", "lea r10, [rip + threadBlock + 4032]", ["PC32", "threadBlock", 4028]],
  ["4c89d7", "mov rdi, r10"],
  ["4829d7", "sub rdi, rdx"],
  ["f3a4", "rep movsb"],
  ["4d8912", "mov [r10], r10"],
  ["4c89d6", "mov rsi, r10"],
  ["bf02100000", "mov edi, 0x1002"],
  ["b89e000000", "mov eax, 158"],
  ["0f05", "syscall"],
];

/**
 * ebx = checksum over all functions, called through the chain of tables at `functions0`, then over the words of all
 * data objects that the chain at `objects0` tells of. A table is its count (8 bytes), a pointer to the next table or
 * null, and its entries: pointers to functions; or pointer, number of words and alignment - 1 (4 bytes each).
 */
export const WALK_TABLES: readonly ListingLine[] = [
  ["31db", "xor ebx, ebx"],
  ["4c8d25........", "lea r12, [rip + functions0]", ["PC32", "functions0", -4]],
  ["", "functionTable:"],
  ["458b2c24", "mov r13d, [r12]"],
  ["4d8d742410", "lea r14, [r12 + 16]"],
  ["", "function:"],
  ["498b06", "mov rax, [r14]"],
  ["89c1", "mov ecx, eax"],
  ["83e10f", "and ecx, 15"],
  ["01cb", "add ebx, ecx"],
  ["ffd0", "call rax"],
  ["6bdb1f", "imul ebx, ebx, 31"],
  ["01c3", "add ebx, eax"],
  ["4983c608", "add r14, 8"],
  ["41ffcd", "dec r13d"],
  ["75e6", "jnz function"],
  ["4d8b642408", "mov r12, [r12 + 8]"],
  ["4d85e4", "test r12, r12"],
  ["75d3", "jnz functionTable"],
  ["4c8d25........", "lea r12, [rip + objects0]", ["PC32", "objects0", -4]],
  ["", "objectTable:"],
  ["458b2c24", "mov r13d, [r12]"],
  ["4d8d742410", "lea r14, [r12 + 16]"],
  ["", "object:"],
  ["498b36", "mov rsi, [r14]"],
  ["418b4e08", "mov ecx, [r14 + 8]"],
  ["418b560c", "mov edx, [r14 + 12]"],
  ["21f2", "and edx, esi"],
  ["01d3", "add ebx, edx"],
  ["31c0", "xor eax, eax"],
  ["", "item:"],
  ["d1c0", "rol eax, 1"],
  ["0306", "add eax, [rsi]"],
  ["4883c604", "add rsi, 4"],
  ["ffc9", "dec ecx"],
  ["75f4", "jnz item"],
  ["6bdb1f", "imul ebx, ebx, 31"],
  ["01c3", "add ebx, eax"],
  ["4983c610", "add r14, 16"],
  ["41ffcd", "dec r13d"],
  ["75d5", "jnz object"],
  ["4d8b642408", "mov r12, [r12 + 8]"],
  ["4d85e4", "test r12, r12"],
  ["75c2", "jnz objectTable"],
];

/** Adds the value of one function, called by name, to the checksum. */
export function callDirectly(name: string): readonly ListingLine[] {
  return [
    ["e8........", `call ${name}`, ["PLT32", name, -4]],
    ["6bdb1f", "imul ebx, ebx, 31"],
    ["01c3", "add ebx, eax"],
  ];
}

/** Contents of the variable `message`: the digits go over the dots. */
export const MESSAGE = "checksum ........\n";

/** Prints the checksum and exits: 0 if it is the word at `expected`, else 1. */
export const PRINT_AND_EXIT: readonly ListingLine[] = [
  ["488d3d........", "lea rdi, [rip + message + 9]", ["PC32", "message", 5]],
  ["89da", "mov edx, ebx"],
  ["b908000000", "mov ecx, 8"],
  ["", "digit:"],
  ["c1c204", "rol edx, 4"],
  ["89d0", "mov eax, edx"],
  ["83e00f", "and eax, 15"],
  ["83f80a", "cmp eax, 10"],
  ["19f6", "sbb esi, esi"],
  ["83e6d9", "and esi, -39"],
  ["8d443057", "lea eax, [rax + rsi + 87]"],
  ["aa", "stosb"],
  ["ffc9", "dec ecx"],
  ["75e7", "jnz digit"],
  ["b801000000", "mov eax, 1"],
  ["bf01000000", "mov edi, 1"],
  ["488d35........", "lea rsi, [rip + message]", ["PC32", "message", -4]],
  ["ba12000000", "mov edx, 18"],
  ["0f05", "syscall"],
  ["31ff", "xor edi, edi"],
  ["3b1d........", "cmp ebx, [rip + expected]", ["PC32", "expected", -4]],
  ["400f95c7", "setne dil"],
  ["b83c000000", "mov eax, 60"],
  ["0f05", "syscall"],
];

/** Appends the bytes and relocations of a listing, and its text if it is wanted. */
export function appendListing(blob: Blob, listing: readonly ListingLine[]): void {
  for (const [bytes, assembly, relocation] of listing) {
    if (blob.wantsAssembly) blob.assembly += `${assembly}\n`;
    const field = bytes.indexOf(".");
    if (relocation !== undefined) {
      const [type, target, addend] = relocation;
      blob.reloc(blob.size + field / 2, type, target, addend);
    }
    blob.hex(bytes);
  }
}

/** The next step of the checksum: what WALK_TABLES and `callDirectly` do with each value. */
export function addToChecksum(checksum: number, value: number): number {
  return (Math.imul(checksum, 31) + value) | 0;
}
