/**
 * What is the same in all programs: the start, which gives the thread its storage and in a position-independent program
 * applies the relocations; and the functions that print.
 */

import type { Line } from "../manifest.js";
import type { Output } from "./program.js";

/** Prints the digits of edi, and a newline. */
export const REPORT = "rt_report";
/** Prints edx bytes at rsi. */
export const PRINT = "rt_print";

/** Room below the thread pointer, and the pointer's offset in `rt_block`. */
const BLOCK = 1 << 20;

/** What `_start` may export, and what each mixes into the last line. */
export const ENTRIES: readonly { readonly of: string; readonly mixes: number }[] = [
  { of: "rt_start", mixes: 0 },
  { of: "rt_second", mixes: 0x2222 },
  { of: "rt_third", mixes: 0x3333 },
];

/** How REPORT prints a number. */
export function digits(value: number): string {
  return `${(value >>> 0).toString(16).padStart(8, "0")}\n`;
}

/** The declarations of the runtime in manifest number `scope`. */
export function runtimeLines(output: Output, scope: number): Line[] {
  const symbols = ["etext", "_end", ...(output === "pie" && scope === 0 ? ["__ehdr_start", "_DYNAMIC"] : [])];
  const externs = symbols.map((extern) => ({ extern, is: "object", visibility: "hidden" }));
  if (scope > 0) return externs;
  return [
    ...externs,
    { func: "rt_start", code: { asm: output === "pie" ? `${RELOCATE}${START}` : `xor r12d, r12d\n${START}` } },
    ...ENTRIES.slice(1).map(({ of, mixes }) => ({ func: of, code: { asm: `mov r15d, ${mixes}\njmp rt_start` } })),
    { func: REPORT, code: { asm: REPORT_CODE } },
    { func: PRINT, code: { asm: "mov edi, 1\nmov eax, 1\nsyscall\nret" } },
    { export: REPORT, of: REPORT },
    { export: PRINT, of: PRINT },
    { var: "rt_line", bytes: "30303030303030300a" },
    { var: "rt_block", zero: BLOCK + 64, align: 4096 },
  ];
}

/** r12 = where the program is loaded; applies R_X86_64_RELATIVE relocations: DT_RELA is 7, DT_RELASZ 8. */
const RELOCATE = `lea r12, [rip + __ehdr_start]
lea rsi, [rip + _DYNAMIC]
xor ecx, ecx
xor edx, edx
tag:
lodsq
mov rdi, rax
lodsq
cmp edi, 7
cmove rdx, rax
cmp edi, 8
cmove rcx, rax
test edi, edi
jnz tag
add rdx, r12
add rcx, rdx
entry:
cmp rdx, rcx
jae relocated
cmp dword ptr [rdx + 8], 8
je relative
ud2
relative:
mov rax, [rdx]
mov rdi, [rdx + 16]
add rdi, r12
mov [r12 + rax], rdi
add rdx, 24
jmp entry
relocated:
`;

/** Finds PT_TLS, which is 7, by the auxiliary vector; calls main, prints what it returns, and exits. */
const START = `mov rsi, [rsp]
lea rsi, [rsp + rsi*8 + 16]
environment:
lodsq
test rax, rax
jnz environment
auxiliary:
lodsq
mov rcx, rax
lodsq
cmp ecx, 3
cmove r8, rax
cmp ecx, 5
cmove r9, rax
test ecx, ecx
jnz auxiliary
header:
test r9, r9
jz ready
cmp dword ptr [r8], 7
je threadlocals
add r8, 56
dec r9
jmp header
threadlocals:
mov rsi, [r8 + 16]
add rsi, r12
mov rcx, [r8 + 32]
mov rdx, [r8 + 40]
mov rax, [r8 + 48]
lea rdx, [rdx + rax - 1]
neg rax
and rdx, rax
lea rdi, [rip + rt_block + ${BLOCK}]
sub rdi, rdx
rep movsb
ready:
lea rsi, [rip + rt_block + ${BLOCK}]
mov [rsi], rsi
mov edi, 0x1002
mov eax, 158
syscall
call main
mov edi, eax
xor edi, r15d
call ${REPORT}
xor edi, edi
mov eax, 60
syscall`;

const REPORT_CODE = `lea rsi, [rip + rt_line]
mov ecx, 8
digit:
rol edi, 4
mov eax, edi
and eax, 15
cmp eax, 10
sbb edx, edx
and edx, -39
lea eax, [rax + rdx + 87]
mov byte ptr [rsi], al
inc rsi
dec ecx
jnz digit
lea rsi, [rip + rt_line]
mov edx, 9
mov edi, 1
mov eax, 1
syscall
ret`;
