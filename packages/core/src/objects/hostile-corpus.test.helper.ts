/**
 * Objects and archives that hostile inputs are made of: small sources through gcc and g++ with flags that bring every
 * kind of section, hand-made assembly, and members of the C library.
 */

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inScratch } from "../elf/toolchain.test.helper.js";

export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Defines `_start`, and refers to what the samples define; the same in every link. */
const PARTNER = `
    .globl _start
    .weak sample_main, table, shared_inline
    .section .text,"ax",@progbits
_start:
    call sample_main
    mov table@GOTPCREL(%rip), %rax
    .globl __tls_get_addr, __gxx_personality_v0
__tls_get_addr:
__gxx_personality_v0:
    ret
    .data
    .quad sample_main
    .quad shared_inline
    .section .tdata,"awT",@progbits
    .globl partner_tls
partner_tls: .quad 7
    .section .rodata.str1.1,"aMS",@progbits,1
    .string "partner"
    .section .note.GNU-stack,"",@progbits
`;

const C = `
extern int printf(const char *, ...);
static int counter = 3;
int table[] = { 1, 2, 3, 5, 8, 13 };
const char *names[] = { "one", "two", "three", "partner" };
static char zeros[5000];
int common_one;
double common_two[40];
static int add(int a, int b) { return a + b; }
static int sub(int a, int b) { return a - b; }
int (*operations[])(int, int) = { add, sub };
__attribute__((weak)) int shared_inline(int x) { return x + counter; }
__attribute__((constructor)) static void start(void) { counter++; }
__attribute__((section("my_list"), used)) static int entry = 4;
extern int __start_my_list[], __stop_my_list[];
int pick(int x) {
  switch (x) { case 0: return 7; case 1: return 9; case 2: return x * 5; case 3: return zeros[x]; case 4: return 1; }
  return (int)(__stop_my_list - __start_my_list);
}
int sample_main(void) {
  return printf(names[counter & 3], operations[counter & 1](table[2], 4)) + pick(counter) + common_one;
}
`;

const TLS = `
__thread int first = 5;
__thread long many[20];
static __thread char local = 1;
extern __thread int partner_tls;
int sample_main(void) { return ++first + ++local + (int)many[first] + partner_tls; }
int *where(void) { return &first; }
char *which(void) { return &local; }
`;

const IFUNC = `
static int plain(int x) { return x; }
static int twice(int x) { return 2 * x; }
static int (*choose(void))(int) { return __builtin_cpu_supports("avx") ? twice : plain; }
int table(int) __attribute__((ifunc("choose")));
static int (*choose2(void))(int) { return plain; }
static int hidden(int) __attribute__((ifunc("choose2")));
int (*pointer)(int) = table;
int sample_main(void) { return table(3) + pointer(4) + hidden(5); }
`;

const CXX = `
struct Base { virtual ~Base() {} virtual int value() const { return 1; } };
struct Derived : Base { int x; Derived(int x) : x(x) {} int value() const override { return x; } };
template <class T> struct Holder { T item; static T count; inline T get() { return item + count; } };
template <class T> T Holder<T>::count = 4;
extern void may_throw(int);
struct Guard { ~Guard() { may_throw(0); } };
inline int shared_inline_() { static int calls = 0; return ++calls; }
extern "C" int sample_main() {
  Guard guard;
  Derived derived(3);
  Base *base = &derived;
  try { may_throw(base->value()); } catch (int caught) { return caught; } catch (...) { return -1; }
  Holder<int> a{1}; Holder<long> b{2};
  return a.get() + (int)b.get() + shared_inline_();
}
`;

const ASSEMBLY = `
    .section .text.one,"axG",@progbits,one_group,comdat
    .globl sample_main
sample_main: .cfi_startproc
    push %rbx
    .cfi_def_cfa_offset 16
    lea text(%rip), %rdi
    movabs $wide+2, %rax
    pop %rbx
    ret
    .cfi_endproc
    .section .rodata.one,"aG",@progbits,one_group,comdat
    .globl table
table: .quad sample_main, words, wide, text + 6
    .section .rodata.str1.1,"aMS",@progbits,1
text: .string "hello"
    .string "world"
    .string ""
    .string "partner"
    .section .rodata.str4.4,"aMS",@progbits,4
wide: .long 65, 66, 0, 67, 0, 0
    .section .rodata.cst8,"aM",@progbits,8
words: .quad 1, 2, 3, 2, 1
    .section .rodata.cst16,"aM",@progbits,16
    .balign 16
    .quad 1, 2, 1, 2
    .section .init_array.00101,"aw",@init_array
    .quad sample_main
    .section .ctors.65000,"aw",@progbits
    .quad sample_main, 0
    .section .note.sample,"a",@note
    .balign 4
    .long 4, 4, 1
    .string "ABC"
    .long 9
    .section retained,"awR",@progbits
    .quad __start_retained, __stop_retained
    .section order,"ao",@progbits,.text.one
    .long 1
    .section .lbss,"awl",@nobits
    .zero 300
    .bss
    .balign 64
    .zero 100
    .section .tbss,"awT",@nobits
    .zero 12
    .section .gnu.warning._start,"",@progbits
    .string "what a link warns of"
    .section other,"",@progbits
    .long sample_main
    .section .gnu.linkonce.t.once,"ax",@progbits
    ret
    .comm shared, 48, 32
    .set number, 0x1234
    .globl number
    .data
    .long number
    .long shared@SIZE
    .reloc ., R_X86_64_NONE, text
    .section .note.GNU-stack,"",@progbits
`;

const MODELS = `
extern int far_data[]; static int near_data[4] = { 1 };
extern int far_function(int);
int sample_main(void) { return far_data[2] + near_data[1] + far_function(3); }
int (*take(void))(int) { return far_function; }
`;

const C_MEMBERS = ["getenv.o", "cxa_atexit.o", "libc-tls.o", "strchr.o", "vfprintf-internal.o", "dl-support.o"];

/** The fixed partner, the samples, and archives of some of them (their names end with `.a`). */
export interface Corpus {
  readonly partner: Uint8Array;
  readonly objects: readonly Sample[];
  readonly archives: readonly Sample[];
}

/** Makes the corpus; some two seconds. */
export function makeCorpus(): Corpus {
  return inScratch((cwd) => {
    const make = (name: string, source: string, extension: string, flags: readonly string[]): Sample => {
      writeFileSync(join(cwd, `${name}.${extension}`), source);
      execFileSync(extension === "cc" ? "g++" : "gcc", ["-c", ...flags, `${name}.${extension}`, "-o", `${name}.o`], {
        cwd,
      });
      return { name, bytes: new Uint8Array(readFileSync(join(cwd, `${name}.o`))) };
    };
    const partner = make("partner", PARTNER, "s", []).bytes;
    const assembly = make("assembly", ASSEMBLY, "s", []);
    const objects = [
      make("plain", C, "c", ["-O2", "-fcommon"]),
      make("sections", C, "c", ["-O1", "-ffunction-sections", "-fdata-sections", "-fPIC"]),
      make("debug", C, "c", ["-g", "-O1"]),
      make("packed", C, "c", ["-g", "-gz", "-O0"]),
      make("tls", TLS, "c", ["-O2"]),
      make("tls-pic", TLS, "c", ["-O2", "-fPIC"]),
      make("tls-descriptors", TLS, "c", ["-O2", "-fPIC", "-mtls-dialect=gnu2"]),
      make("ifunc", IFUNC, "c", ["-O1"]),
      make("cxx", CXX, "cc", ["-O1"]),
      make("cxx-debug", CXX, "cc", ["-O0", "-g", "-gz", "-ffunction-sections"]),
      make("large", MODELS, "c", ["-O1", "-mcmodel=large", "-fPIC"]),
      make("medium", MODELS, "c", ["-O1", "-mcmodel=medium"]),
      assembly,
      { name: "extended", bytes: withExtendedIndices(assembly.bytes) },
    ];
    const library = execFileSync("gcc", ["-print-file-name=libc.a"], { encoding: "utf8" }).trim();
    for (const member of C_MEMBERS) {
      const bytes = execFileSync("ar", ["p", library, member], { maxBuffer: 1 << 24 });
      if (bytes.length > 0) objects.push({ name: `libc-${member.slice(0, -2)}`, bytes: new Uint8Array(bytes) });
    }
    const archive = (name: string, flags: string, members: readonly string[]): Sample => {
      execFileSync("ar", [flags, name, ...members], { cwd });
      return { name, bytes: new Uint8Array(readFileSync(join(cwd, name))) };
    };
    writeFileSync(join(cwd, "a-member-with-a-long-name.o"), assembly.bytes);
    const members = ["tls.o", "a-member-with-a-long-name.o", "ifunc.o", "plain.o"];
    const archives = [
      archive("indexed.a", "rcsD", members),
      archive("plain.a", "rcSD", members),
      archive("single.a", "rcsD", ["plain.o"]),
      { name: "bsd.a", bytes: bsdArchive(readFileSync(join(cwd, "plain.o"))) },
    ];
    return { partner, objects, archives };
  });
}

/** The object with the section indices of half of its symbols in a section of type SYMTAB_SHNDX. */
function withExtendedIndices(object: Uint8Array): Uint8Array {
  const view = new DataView(object.buffer, object.byteOffset, object.length);
  const shoff = view.getUint32(40, true);
  const shnum = view.getUint16(60, true);
  let symtab = 0;
  while (view.getUint32(shoff + symtab * 64 + 4, true) !== 2) symtab++;
  const symbols = view.getUint32(shoff + symtab * 64 + 24, true);
  const count = view.getUint32(shoff + symtab * 64 + 32, true) / 24;
  const tableAt = Math.ceil(object.length / 8) * 8;
  const headersAt = Math.ceil((tableAt + count * 4) / 8) * 8;
  const bytes = new Uint8Array(headersAt + (shnum + 1) * 64);
  bytes.set(object);
  bytes.set(object.subarray(shoff, shoff + shnum * 64), headersAt);
  const out = new DataView(bytes.buffer);
  for (let index = 1; index < count; index += 2) {
    const at = symbols + index * 24 + 6;
    const section = out.getUint16(at, true);
    if (section === 0 || section >= 0xff00) continue;
    out.setUint32(tableAt + index * 4, section, true);
    out.setUint16(at, 0xffff, true);
  }
  const header = headersAt + shnum * 64;
  out.setUint32(header, view.getUint32(shoff + symtab * 64, true), true);
  out.setUint32(header + 4, 18, true);
  out.setUint32(header + 24, tableAt, true);
  out.setUint32(header + 32, count * 4, true);
  out.setUint32(header + 40, symtab, true);
  out.setUint32(header + 48, 4, true);
  out.setUint32(header + 56, 4, true);
  out.setUint32(40, headersAt, true);
  out.setUint16(60, shnum + 1, true);
  return bytes;
}

/** An archive as BSD's ar makes it: names in front of the contents, and an index called __.SYMDEF. */
function bsdArchive(object: Uint8Array): Uint8Array {
  const member = (name: string, contents: Uint8Array): Buffer => {
    const padded = Math.ceil(name.length / 8) * 8;
    const size = padded + contents.length;
    const header = `${`#1/${padded}`.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"644".padEnd(8)}`;
    const head = `${header}${String(size).padEnd(10)}\`\n${name.padEnd(padded, "\0")}`;
    return Buffer.concat([Buffer.from(head, "latin1"), contents, Buffer.from(size % 2 === 0 ? "" : "\n")]);
  };
  const index = Buffer.alloc(4 + 8 + 4 + 12);
  index.writeUInt32LE(8, 0);
  index.writeUInt32LE(12, 12);
  index.write("sample_main\0", 16, "latin1");
  index.writeUInt32LE(8 + member("__.SYMDEF", index).length, 8);
  return new Uint8Array(
    Buffer.concat([Buffer.from("!<arch>\n"), member("__.SYMDEF", index), member("long-named-member.o", object)]),
  );
}
