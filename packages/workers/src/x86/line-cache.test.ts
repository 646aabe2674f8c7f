import { describe, expect, it } from "vitest";
import { Assembler } from "./assembler.js";
import { seeded } from "./form-samples.test.helper.js";
import { Relocation } from "./layout.js";

/** Lines that are alike but for a part, and mean the same, or something else. */
const LINES: readonly string[] = [
  ..."foo.x foo.long_name . foo $x _ rax rax.x 5".split(" ").flatMap((name) => [`call ${name}`, `jmp ${name}`]),
  ...["jmp .L1", "jmp .L2", "jne .L1+4", "jne .L22+4", "jmp .L1-.L2", "jmp foo.a@plt", "jmp foo.bb@PLT"],
  ...["0", "1", "-1", "127", "128", "65535", "65536", "99999", "100000", "-100000", "2147483647", "2147483648"].flatMap(
    (n) => [`mov eax, ${n}`, `add rax, ${n}`, `imul ecx, edx, ${n}`, `movabs rax, ${n}`, `mov ax, ${n}`, `push ${n}`],
  ),
  ...["mov eax, 2*100000", "mov eax, 2*200000", "mov eax, 2* 100000", "mov eax, 0-100000", "mov eax, 0-200000"],
  ...["mov eax, 2*-100000", "mov eax,100000", "mov eax,\t200000", "mov eax, 0100000", "mov eax, 0x100000"],
  ...["mov eax, [rax]-100000", "mov eax, [rax]-200000", "mov eax, 100000[rax]", "mov eax, 200000[rax]"],
  ...["mov eax, 2*100000-100000", "mov eax, 2*200000-100000", "mov eax, 5, 100000", "mov eax, 5, 200000"],
  ...["lea rax, [rip+foo.x]", "lea rax, [rip+foo.long_name]", "lea rax, [rip+foo]", "lea rax, foo.x[rip]"],
  ...["mov eax, OFFSET foo.x", "mov eax, OFFSET FLAT:foo.yy+8", "mov eax, foo.x-foo.y", "mov eax, foo.x-foo.zz"],
  ...["mov rax, QWORD PTR foo.x@gotpcrel[rip]", "mov rax, QWORD PTR foo.yyy@gotpcrel[rip]", "mov rax, foo.x@no[rip]"],
  ...["add DWORD PTR [rip+a.b+36], 49", "add DWORD PTR [rip+a.cc+36], 49", "add DWORD PTR [rip+x+36], 100000"],
  ...["add DWORD PTR [rip+x+36], 200000", "add DWORD PTR [rip+a.b+36], 200000", "mov DWORD PTR fs:a.b@tpoff, ecx"],
  ...["again:", "again :", "again: nop", ".Lx:", ".Ly: nop", "1:", "jmp 1f\n1:", "lock", "rep movsb", "lock inc eax"],
  ...[".p2align 4,,10", ".p2align 3", ".p2align 1", ".cfi_startproc", ".cfi_def_cfa_offset 16", ".cfi_escape 1 # x"],
  ...[
    ".section .rodata",
    ".section .text.hot",
    ".long 5",
    ".long .L1-.L1",
    ".L1:\njmp .L1",
    ".L2:\njmp .L2",
    ".p2alig 4",
  ],
  ...[
    "nop # note",
    "nop ; nop",
    "nop /* a */",
    "nop /* a\n b */",
    "MOV EAX, EBX",
    "mov eax, ebx",
    "mov eax,ebx",
    "movl",
  ],
  ...[
    "fld st(1)",
    "fld st(2)",
    "xchg eax, eax",
    "enter 100000, 1",
    "ret",
    "ret 8",
    "mov ah, r8b",
    `nop${" ".repeat(80)}`,
  ],
];

function assembled(assembler: Assembler, text: string): string {
  const bytes = Buffer.from(text);
  if (!assembler.assemble(bytes, 0, bytes.length)) return JSON.stringify(assembler.errors);
  const { code, codeLength, relocations, relocationCount, alignment } = assembler;
  const records = [...relocations.subarray(0, relocationCount * Relocation.SIZE)];
  return JSON.stringify([Buffer.from(code.subarray(0, codeLength)).toString("hex"), records, alignment]);
}

describe("the cache of lines", () => {
  it("changes nothing, in whatever order lines come", () => {
    const expected = LINES.map((line) => assembled(new Assembler(), `\tnop\n\t${line}\n`));
    const random = seeded(7);
    const one = new Assembler();
    for (let run = 0; run < 20_000; run++) {
      const i = random(LINES.length);
      expect(assembled(one, `\tnop\n\t${LINES[i]}\n`)).toBe(expected[i]);
    }
  });

  it("finds lines again that are next to each other", () => {
    const random = seeded(8);
    const one = new Assembler();
    for (let run = 0; run < 300; run++) {
      const text = Array.from({ length: 12 }, () => LINES[random(LINES.length)]!).join("\n\t");
      expect(assembled(one, text)).toBe(assembled(new Assembler(), text));
    }
  });

  it("reads JSON as what it means", () => {
    const one = new Assembler();
    for (const line of LINES) {
      const text = `\t${line}\n\tcall end.x`;
      const json = Buffer.from(`${JSON.stringify(text)}\n`);
      const end = one.assembleJson(json, 1, json.length);
      const hex = Buffer.from(one.code.subarray(0, one.codeLength)).toString("hex");
      const isRight = new Assembler().assemble(Buffer.from(text), 0, text.length);
      expect(end).toBe(isRight ? json.length - 2 : -1);
      if (isRight) expect(assembled(new Assembler(), text)).toContain(`["${hex}",`);
    }
  });
});
