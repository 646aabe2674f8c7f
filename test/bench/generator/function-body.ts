/**
 * A function of a generated program, which is emitted and run in one go: each method appends machine code and does to
 * `value` what that code will do to ebx. The function returns ebx, so `value` is what a right link must make of it.
 * Every step can be undone given the rest, so that no mistake is washed out by what follows. `assembly` gets the same
 * instructions as text, in the Intel syntax of GNU as, if a sink wants them.
 */

import { Blob } from "./blob.js";

export class FunctionBody extends Blob {
  /** What ebx holds at this point of the function, signed. */
  value = 0;
  /** No two loops of a program have the same label: for GNU as they are in one file. */
  private loops = 0;

  /** push rbx; mov ebx, start */
  begin(start: number): void {
    this.clear();
    this.byte(0x53);
    this.byte(0xbb);
    this.word(start);
    if (this.wantsAssembly) this.assembly = `push rbx\nmov ebx, ${start}\n`;
    this.value = start | 0;
  }

  /** mov eax, ebx; pop rbx; ret */
  end(): void {
    this.hex("89d85bc3");
    if (this.wantsAssembly) this.assembly += "mov eax, ebx\npop rbx\nret\n";
  }

  /** xor, add, multiply or rotate ebx, as the low bits of `random` say; its other bits become the operand. */
  step(random: number): void {
    const operand = random >> 2;
    switch (random & 3) {
      case 0: // xor ebx, imm32
        this.hex("81f3");
        this.word(operand);
        if (this.wantsAssembly) this.assembly += `xor ebx, ${operand}\n`;
        this.value ^= operand;
        break;
      case 1: // add ebx, imm32
        this.hex("81c3");
        this.word(operand);
        if (this.wantsAssembly) this.assembly += `add ebx, ${operand}\n`;
        this.value = (this.value + operand) | 0;
        break;
      case 2: // imul ebx, ebx, imm32: odd, so that it can be undone
        this.hex("69db");
        this.word(operand | 1);
        if (this.wantsAssembly) this.assembly += `imul ebx, ebx, ${operand | 1}\n`;
        this.value = Math.imul(this.value, operand | 1);
        break;
      default: // rol ebx, imm8
        this.hex("c1c3");
        this.byte((operand & 15) + 3);
        if (this.wantsAssembly) this.assembly += `rol ebx, ${(operand & 15) + 3}\n`;
        this.rotate((operand & 15) + 3);
    }
  }

  /** call target; add ebx, eax; rol ebx, 5 */
  call(type: "PLT32" | "PC32", target: string, result: number): void {
    this.byte(0xe8);
    this.field(type, target, -4);
    if (this.wantsAssembly) this.assembly += `call ${target}\n`;
    this.useResult(result);
  }

  /** call [rip + cell], where `cell` holds the function's address */
  callThrough(cell: string, result: number): void {
    this.hex("ff15");
    this.field("PC32", cell, -4);
    if (this.wantsAssembly) this.assembly += `call QWORD PTR [rip+${cell}]\n`;
    this.useResult(result);
  }

  /** Calls entry `index` of a table of 32-bit distances from the table itself, as compilers lay out jump tables. */
  callTable(table: string, index: number, result: number): void {
    this.hex("488d15"); // lea rdx, [rip + table]
    this.field("PC32", table, -4);
    this.hex("48634a"); // movsxd rcx, [rdx + 4 * index]
    this.byte(4 * index);
    this.hex("4801d1ffd1"); // add rcx, rdx; call rcx
    if (this.wantsAssembly)
      this.assembly += `lea rdx, [rip+${table}]\nmovsxd rcx, DWORD PTR [rdx+${4 * index}]\nadd rcx, rdx\ncall rcx\n`;
    this.useResult(result);
  }

  /** add ebx, [rip + target + offset] */
  addRelative(target: string, offset: number, word: number): void {
    this.hex("031d");
    this.field("PC32", target, offset - 4);
    if (this.wantsAssembly) this.assembly += `add ebx, DWORD PTR [rip+${target}+${offset}]\n`;
    this.add(word);
  }

  /** add ebx, [target + offset], the address as a signed 32-bit displacement */
  addAbsolute(target: string, offset: number, word: number): void {
    this.hex("031c25");
    this.field("32S", target, offset);
    if (this.wantsAssembly) this.assembly += `add ebx, DWORD PTR [${target}+${offset}]\n`;
    this.add(word);
  }

  /** mov ecx, target + offset; add ebx, [rcx] */
  addByPointer32(target: string, offset: number, word: number): void {
    this.byte(0xb9);
    this.field("32", target, offset);
    this.hex("0319");
    if (this.wantsAssembly) this.assembly += `mov ecx, OFFSET FLAT:${target}+${offset}\nadd ebx, DWORD PTR [rcx]\n`;
    this.add(word);
  }

  /** movabs rcx, target + offset; add ebx, [rcx] */
  addByPointer64(target: string, offset: number, word: number): void {
    this.hex("48b9");
    this.field64(target, offset);
    this.hex("0319");
    if (this.wantsAssembly) this.assembly += `movabs rcx, OFFSET FLAT:${target}+${offset}\nadd ebx, DWORD PTR [rcx]\n`;
    this.add(word);
  }

  /** lea rcx, [rip + target]; add ebx, [rcx + offset] */
  addByBase(target: string, offset: number, word: number): void {
    this.hex("488d0d");
    this.field("PC32", target, -4);
    this.hex("0399");
    this.word(offset);
    if (this.wantsAssembly) this.assembly += `lea rcx, [rip+${target}]\nadd ebx, DWORD PTR [rcx+${offset}]\n`;
    this.add(word);
  }

  /** mov rcx, [rip + cell]; add ebx, [rcx], where `cell` holds the word's address */
  addThrough(cell: string, word: number): void {
    this.hex("488b0d");
    this.field("PC32", cell, -4);
    this.hex("0319");
    if (this.wantsAssembly) this.assembly += `mov rcx, QWORD PTR [rip+${cell}]\nadd ebx, DWORD PTR [rcx]\n`;
    this.add(word);
  }

  /** add ebx, fs:[target] */
  addThreadlocal(target: string, offset: number, word: number): void {
    this.hex("64031c25");
    this.field("TPOFF32", target, offset);
    if (this.wantsAssembly) this.assembly += `add ebx, DWORD PTR fs:${target}@tpoff+${offset}\n`;
    this.add(word);
  }

  /** Adds all words at `target`, last first, and the bits of its address that `align` says are zero. */
  addAll(target: string, words: Int32Array, align: number): void {
    this.hex("488d35"); // lea rsi, [rip + target]
    this.field("PC32", target, -4);
    this.hex("89f183e1"); // mov ecx, esi; and ecx, align - 1
    this.byte(align - 1);
    this.hex("01cbb9"); // add ebx, ecx; mov ecx, words
    this.word(words.length);
    this.hex("d1c3035c8efcffc975f6"); // again: rol ebx, 1; add ebx, [rsi + rcx*4 - 4]; dec ecx; jnz again
    if (this.wantsAssembly) {
      const again = `.Lagain${this.loops++}`;
      this.assembly += `lea rsi, [rip+${target}]\nmov ecx, esi\nand ecx, ${align - 1}\nadd ebx, ecx\n`;
      this.assembly += `mov ecx, ${words.length}\n${again}:\nrol ebx, 1\nadd ebx, DWORD PTR [rsi+rcx*4-4]\n`;
      this.assembly += `dec ecx\njnz ${again}\n`;
    }
    for (let i = words.length - 1; i >= 0; i--) {
      this.rotate(1);
      this.add(words[i]!);
    }
  }

  /** add dword ptr [rip + target + offset], amount; 0 <= amount < 128 */
  count(target: string, offset: number, amount: number): void {
    this.hex("8305");
    this.field("PC32", target, offset - 5);
    this.byte(amount);
    if (this.wantsAssembly) this.assembly += `add DWORD PTR [rip+${target}+${offset}], ${amount}\n`;
  }

  /** add ebx, eax; rol ebx, 5: the order of calls counts */
  private useResult(result: number): void {
    this.hex("01c3c1c305");
    if (this.wantsAssembly) this.assembly += "add ebx, eax\nrol ebx, 5\n";
    this.add(result);
    this.rotate(5);
  }

  private add(word: number): void {
    this.value = (this.value + word) | 0;
  }

  private rotate(bits: number): void {
    this.value = (this.value << bits) | (this.value >>> (32 - bits));
  }
}
