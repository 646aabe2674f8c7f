import { describe, expect, it } from "vitest";
import { Assembler } from "./assembler.js";
import { gnuFunctions } from "./gcc-output.test.helper.js";
import { fieldsOf, renderOurs } from "./gnu-as.test.helper.js";

const assembler = new Assembler();

/** Every line is a function of its own; both assemblers must agree on all. */
function expectSame(lines: readonly string[]): void {
  const functions = lines.map((line, i) => ({ name: `f${i}`, text: `${line}\n` }));
  const theirs = gnuFunctions(functions).map((text, i) => `${lines[i]} => ${text}`);
  expect(lines.map((line) => `${line} => ${renderOurs(assembler, `${line}\n`, "self")}`)).toEqual(theirs);
}

describe("operands, as GNU as reads them", () => {
  it("knows every spelling of an address", () => {
    expectSame([
      "mov eax, [0x1234]",
      "mov eax, ds:0x1234",
      "mov rax, fs:0x28",
      "mov rax, QWORD PTR fs:40",
      "mov rax, fs:[rax]",
      "mov rax, ds:[rbp]",
      "mov rax, ss:[rax]",
      "mov rax, ss:[r12]",
      "mov rax, ds:[rsp]",
      "mov ecx, [rax+2*4]",
      "mov ecx, [4*rax]",
      "mov ecx, [rax*1]",
      "mov ecx, [rax][8]",
      "mov ecx, [rax][rbx*4]",
      "mov ecx, 8[rax][rbx]",
      "mov ecx, DWORD PTR -4[rbp+rax*2]",
      "mov ecx, [rax-4-8]",
      "mov ecx, [rax + (2+3)*4]",
      "mov ecx, [rax+rsp]",
      "mov ecx, [rsi+rbp]",
      "mov ecx, [rax+0xfffffffffffffff8]",
      "mov ecx, [rbp]",
      "mov ecx, [r13]",
      "mov ecx, [r12]",
      "mov ecx, [eax+ebx*2+5]",
      "mov ecx, [esp]",
      "mov ecx, [eip+there]",
      "mov ecx, DWORD PTR there[rip]",
      "mov ecx, DWORD PTR there[rip+4]",
      "mov ecx, DWORD PTR there+8[rip]",
      "mov ecx, DWORD PTR [rip+there+8]",
      "mov ecx, DWORD PTR [there+rip]",
      "mov ecx, there[4+rip]",
      'mov ecx, DWORD PTR "there"[rip]',
      "mov ecx, there",
      "mov rax, there[rax*8]",
      "jmp QWORD PTR [there+rax*8]",
      "call [there]",
      "call there[rip]",
      "call [QWORD PTR there@GOTPCREL[rip]]",
      "MOV ECX, dword ptr [RAX+RBX*4]",
      "lea rax, [rip+8]",
      "lea ax, [rax]",
      "lea eax, [ebx+ecx]",
      "mov rax, ds:0x123456789abcdef0",
      "mov rax, [0x80000000]",
      "mov rax, [0xffffffff80000000]",
      "movabs rax, [0x1122334455667788]",
      "movabs there, al",
      "push [rax]",
      "call [rax]",
    ]);
  });

  it("chooses the width of immediates", () => {
    expectSame([
      "mov rax, 5",
      "mov rax, -1",
      "mov rax, 0x7fffffff",
      "mov rax, 0x80000000",
      "mov rax, -0x80000000",
      "mov rax, -0x80000001",
      "movabs rax, 5",
      "mov eax, 0xffffffff",
      "mov eax, 'a'",
      "mov eax, '\\n'",
      "mov eax, DWORD PTR 5",
      "add ax, 0xfff0",
      "add eax, 0xfffffff0",
      "add rax, 0xffffffff80000000",
      "add al, 255",
      "add eax, 127",
      "add eax, 128",
      "add ebx, 128",
      "push 5",
      "push 128",
      "push 0xffffffffffffffff",
      "push -0x80000000",
      "shl eax",
      "shl eax, 1",
      "shl eax, 2",
      "shl eax, -1",
      "imul eax, 5",
      "imul eax, ebx, 500",
      "mov ecx, 1+2*3",
      "mov ecx, (1<<4)|3",
      "mov ecx, 10/3-1",
      "mov ecx, 0x10 & 0x18 ^ 3",
      "mov ecx, ~5",
      "mov ecx, -(2+3)",
      "mov ecx, 0b101",
      "mov ecx, 017",
      "mov rcx, 3074457345618258603",
      "mov rcx, -6148914691236517205",
      "mov rcx, 18446744073709551615",
    ]);
  });

  it("makes the relocations of symbols", () => {
    expectSame([
      "call there",
      "call there@PLT",
      "call there+4",
      "call there@PLT+4",
      "jmp there",
      "jmp there@PLT",
      "jmp there+4",
      "jne there",
      "jne there+1",
      "loop there",
      "jrcxz there",
      "mov eax, OFFSET FLAT:there+4",
      "mov rax, OFFSET there",
      "movabs rax, OFFSET there",
      "mov DWORD PTR [rax], OFFSET there",
      "mov QWORD PTR [rax], OFFSET there",
      "mov al, OFFSET there",
      "mov ax, OFFSET there",
      "push OFFSET there",
      "cmp rax, OFFSET there",
      "cmp eax, OFFSET there",
      "mov DWORD PTR there[rip], 5",
      "cmp BYTE PTR there[rip], 5",
      "cmp WORD PTR there[rip], 500",
      "mov eax, DWORD PTR [there+eax]",
      "mov rax, QWORD PTR there@GOTPCREL[rip]",
      "mov eax, DWORD PTR there@GOTPCREL[rip]",
      "mov r8, QWORD PTR there@gotpcrel[rip+4]",
      "call QWORD PTR there@GOTPCREL[rip]",
      "jmp QWORD PTR there@GOTPCREL[rip]",
      "push QWORD PTR there@GOTPCREL[rip]",
      "add rax, QWORD PTR there@GOTPCREL[rip]",
      "cmp QWORD PTR there@GOTPCREL[rip], rax",
      "test rax, QWORD PTR there@GOTPCREL[rip]",
      "imul rax, QWORD PTR there@GOTPCREL[rip]",
      "movsxd rax, DWORD PTR there@GOTPCREL[rip]",
      "mov ax, WORD PTR there@GOTPCREL[rip]",
      "mov eax, DWORD PTR fs:there@tpoff",
      "mov eax, fs:[there@tpoff]",
      "mov DWORD PTR fs:there@tpoff+8, 5",
      "lea rax, there@tpoff[rax]",
      "add rax, QWORD PTR there@gottpoff[rip]",
      "mov rax, OFFSET there@tpoff",
      "lea rdi, there@tlsld[rip]",
      "lea rax, there@dtpoff[rax]",
      "data16 lea rdi, there@tlsgd[rip]\n.value 0x6666\nrex64\ncall __tls_get_addr@PLT",
      ".long there, there+4, there-., there@PLT, there@gotpcrel",
      ".quad there, there+8, there@tpoff",
      ".word there\n.byte there",
    ]);
  });

  it("resolves the function's own labels", () => {
    expectSame([
      ".L1: lea rax, .L1[rip]\nmov rbx, QWORD PTR .L1[rip+8]",
      "call .L2\n.L2: ret",
      ".L3: .long .L4-.L3, .L3-.L4\n.L4:",
      ".quad .L5\nmov eax, OFFSET .L5\n.L5: mov rax, QWORD PTR .L5[rax*8]",
      "mov eax, .L7-.L6\n.L6: nop\n.L7:",
      "jmp .L8+1\n.L8: nop",
      "1: jmp 1b\njmp 1f\n1: nop\njne 1b",
      ".L9: .long there-.L9\n.quad there-.L9+4",
      "lea rdx, .L10[rip]\nmovsxd rax, DWORD PTR [rdx+rax*4]\nadd rax, rdx\nnotrack jmp rax\n.p2align 2\n.L10: .long .L11-.L10\n.L11: ret",
      "jmp .+2\nnop",
    ]);
  });

  it("takes prefixes on the line and on lines of their own", () => {
    expectSame([
      "lock add DWORD PTR [rax], 5",
      "lock cmpxchg16b [rdi]",
      "lock add fs:[rax], eax",
      "rep movsb",
      "rep movsw",
      "repne scasb",
      "repz cmpsb",
      "rep ret",
      "notrack jmp rax",
      "bnd jmp rax",
      "lock; inc DWORD PTR [rax]",
      "rep\nmovsb",
      "xchg eax, eax\nxchg rax, rax\nxchg ax, ax\nxchg eax, ebx\nxchg ebx, ecx\nxchg [rax], ecx",
    ]);
  });

  it("takes string instructions with their operands spelled out", () => {
    expectSame([
      "movs BYTE PTR es:[rdi], BYTE PTR [rsi]",
      "movs DWORD PTR [rdi], DWORD PTR fs:[rsi]",
      "rep movsq QWORD PTR es:[rdi], QWORD PTR [rsi]",
      "movsq es:[rdi], [rsi]",
      "movsd DWORD PTR es:[rdi], DWORD PTR [rsi]",
      "movsd xmm0, QWORD PTR es:[rdi]",
      "rep stosq QWORD PTR es:[rdi], rax",
      "stosd es:[rdi], eax",
      "stos QWORD PTR es:[rdi]",
      "lods eax, DWORD PTR [esi]",
      "lodsq rax, QWORD PTR gs:[rsi]",
      "repne scasb al, BYTE PTR [rdi]",
      "repe cmpsb BYTE PTR [rsi], BYTE PTR es:[rdi]",
      "insb BYTE PTR es:[rdi], dx",
      "outs dx, WORD PTR [rsi]",
      "movs BYTE PTR es:[edi], BYTE PTR [esi]",
    ]);
  });

  it("takes data, strings and alignment between instructions", () => {
    expectSame([
      ".byte 1, 2, -1, 255",
      ".short 1, 65535, -2\n.value 3\n.word 4\n.2byte 5",
      ".long 1, -1, 0xffffffff\n.int 2\n.4byte 3",
      ".quad 1, -1, 0x123456789abcdef0\n.8byte 2",
      '.ascii "ab", "c\\n\\t\\"\\\\\\101\\x41"',
      '.string "a;b#c"\n.asciz "x"',
      ".zero 5\n.skip 3, 0xcc\n.space 2",
      "nop\n.p2align 4\nnop\n.p2align 4,,3\nnop\n.balign 8, 0xcc\nnop\n.align 4",
      "nop\n.p2align 4,0x90\nret",
      ".byte 'a', 'b'",
    ]);
  });

  it("skips comments, separators and directives that say nothing to the linker", () => {
    expectSame([
      "nop # a comment; nop\nnop; nop",
      "nop /* one\n two */\nret",
      "# whole line\n\n  \nret",
      ".cfi_startproc\npush rbp\n.cfi_def_cfa_offset 16\n.cfi_offset 6, -16\nret\n.cfi_endproc",
      ".globl nobody\n.type nobody, @function\nret\n.size nobody, 5",
    ]);
    const text = "nop // to the end\nret";
    expect(renderOurs(assembler, text)).toBe("90c3");
  });

  it("leaves a jump table that gcc puts into .rodata behind its jump", () => {
    const text = (section: string, back: string): string => `
      lea rdx, .L4[rip]
      movsxd rax, DWORD PTR [rdx+rdi*4]
      add rax, rdx
      jmp rax
      ${section}
      .align 4
    .L4: .long .L3-.L4, .L2-.L4
      ${back}
    .L3: ret
    .L2: ud2
    `;
    expect(renderOurs(assembler, text('.section .rodata.f,"a",@progbits', ".text"))).toBe(
      renderOurs(assembler, text("", "")),
    );
  });

  it("reads a range of the source and reports names in the source's own offsets", () => {
    const source = Buffer.from("XXXXcall foo\nYYYY");
    expect(assembler.assemble(source, 4, 13)).toBe(true);
    expect(fieldsOf(assembler, source, "")).toEqual([{ offset: 1, type: 4, name: "foo", addend: -4 }]);
  });
});
