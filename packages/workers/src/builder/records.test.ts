import { describe, expect, it } from "vitest";
import { recordsOfCalls, recordsOfText } from "./emitted.test.helper.js";
import type { Func } from "./func-builder.js";
import { dword, ptr, qword } from "./memory.js";
import { addressOf, symbol } from "./places.js";
import { eax, ecx, edi, fs, r12, rax, rbx, rcx, rdi, rdx, rsp, xmm1 } from "./registers.js";

const ASSEMBLY = `
  push rbx
  lea rdi, [rip + greeting]
again:
  mov ecx, DWORD PTR [rsp + rbx*4 + 8]
  lock cmpxchg QWORD PTR [r12], rcx
  jne again
  call print
  call write@PLT
  mov rax, QWORD PTR [rip + counter@GOTPCREL]
  mov eax, DWORD PTR fs:perThread@tpoff
  mov QWORD PTR [rip + inside], rax
  mov edi, OFFSET table + 8
  movsd xmm1, QWORD PTR [rip + half]
  lea rdx, [rip + rows]
  jmp [rdx]
  .p2align 4
rows:
  .quad again
  .long last - rows
last:
  rep stosb
  ret`;

/** The same function as calls. */
function calls(f: Func): void {
  const greeting = f.ref({ uav: { text: "Hello\n", align: 2 } });
  const half = f.ref({ uav: { data: (d) => d.f64(0.5), align: 8 } });
  const inside = f.ref({ nav: "table", offset: 16 });
  const rows = f.label("rows");
  const last = f.label("last");
  f.push(rbx);
  f.lea(rdi, greeting);
  const again = f.place();
  f.mov(ecx, dword(rsp, { index: rbx, scale: 4, disp: 8 }));
  f.lock.cmpxchg(qword(r12), rcx);
  f.jne(again);
  f.call("print");
  f.call(symbol("write", { modifier: "plt" }));
  f.mov(rax, qword(symbol("counter", { modifier: "gotpcrel" })));
  f.mov(eax, dword({ symbol: symbol("perThread", { modifier: "tpoff" }), segment: fs }));
  f.mov(inside, rax);
  f.mov(edi, addressOf("table", { offset: 8 }));
  f.movsd(xmm1, half);
  f.lea(rdx, rows);
  f.jmp(ptr(rdx));
  f.align(16);
  f.place(rows);
  f.pointer(again);
  f.distance(last, rows);
  f.place(last);
  f.rep.stosb();
  f.ret();
}

describe("a function through the builder", () => {
  it("has the records of its text: code, relocations, references and unnamed values", () => {
    const refs = {
      greeting: { uav: { text: "Hello\n", align: 2 } },
      half: { uav: { bytes: "000000000000e03f", align: 8 } },
      inside: { nav: "table", offset: 16 },
    };
    const fromText = recordsOfText([{ func: "main", code: { asm: ASSEMBLY }, refs }]);
    expect(recordsOfCalls((builder) => builder.func("main", {}, calls))).toEqual(fromText);
  });

  it("has the alignment that was asked for, the code's own, or the header's", () => {
    const fromText = recordsOfText([
      { func: "a", align: 64, code: { asm: "ret" } },
      { func: "b", code: { asm: ".p2align 6\nret" } },
      { func: "c", code: { asm: "ret" } },
    ]);
    const fromCalls = recordsOfCalls((builder) => {
      builder.func("a", { align: 64 }, (f) => f.ret());
      builder.func("b", {}, (f) => {
        f.align(64);
        f.ret();
      });
      builder.func("c", {}, (f) => f.op("ret"));
    });
    expect(fromCalls).toEqual(fromText);
  });
});

describe("data through the builder", () => {
  it("has the records of the same declarations in a manifest", () => {
    const uav = { uav: { bytes: "0000000000000000", relocs: [[0, "64", "main", 3]], align: 8 } };
    const fromText = recordsOfText([
      {
        const: "table",
        align: 8,
        bytes: "010000000000000000000000000000000000000000000000fffe78c3a400000000",
        relocs: [
          [8, "64", "main", 0],
          [16, "64", "print", 4],
        ],
      },
      { var: "counter", zero: 8, align: 8 },
      { const: "zeros", zero: 4 },
      { var: "own", bytes: "2a000000", threadlocal: true, align: 4 },
      { const: "far", bytes: "00000000", relocs: [[0, "PC32", "text", -4]], refs: { text: { uav: { text: "ä" } } } },
      { var: "deep", bytes: "0000000000000000", relocs: [[0, "64", "uav", 0]], refs: { uav } },
      { extern: "write", is: "func", weak: true, visibility: "hidden" },
      { extern: "any" },
      { export: "_start", of: "main", linkage: "weak", visibility: "protected" },
      { export: "middle", of: { nav: "table", offset: 8 } },
      { export: "value", of: { uav: { zero: 4 } } },
    ]);
    const fromCalls = recordsOfCalls((builder) => {
      builder.data(
        "table",
        { align: 8 },
        {
          data: (d) => {
            d.u64(1n).pointer("main").pointer("print", 4).i8(-1).u8(254).text("xä").zero(3).zero(1);
          },
        },
      );
      builder.data(
        "counter",
        { writable: true, align: 8 },
        {
          data: (d) => {
            d.zero(8);
          },
        },
      );
      builder.data("zeros", {}, { zero: 4 });
      builder.data(
        "own",
        { threadlocal: true, align: 4 },
        {
          data: (d) => {
            d.u16(42).align(4);
          },
        },
      );
      builder.data(
        "far",
        {},
        {
          data: (d) => {
            d.relocation("PC32", d.ref({ uav: { text: "ä" } }), -4);
          },
        },
      );
      builder.data(
        "deep",
        { writable: true },
        {
          data: (d) => {
            d.pointer(
              d.ref({
                uav: {
                  data: (inner) => {
                    inner.pointer("main", 3);
                  },
                  align: 8,
                },
              }),
            );
          },
        },
      );
      builder.extern("write", { is: "func", weak: true, visibility: "hidden" });
      builder.extern("any", {});
      builder.export("_start", "main", { linkage: "weak", visibility: "protected" });
      builder.export("middle", { nav: "table", offset: 8 }, {});
      builder.export("value", { uav: { zero: 4 } }, {});
    });
    expect(fromCalls).toEqual(fromText);
  });

  it("writes integers and floats in the target's byte order, up to their limits", () => {
    const fromCalls = recordsOfCalls((builder) => {
      builder.data(
        "numbers",
        {},
        {
          data: (d) => {
            d.u16(0xfffe)
              .i16(-2)
              .u32(0xffff_fffe)
              .i32(-2)
              .u64(2n ** 64n - 2n)
              .i64(-2)
              .f32(1.5)
              .f64(-2)
              .raw(Uint8Array.of(7));
            expect(d.length).toBe(41);
          },
        },
      );
    });
    const bytes = "feff feff feffffff feffffff feffffffffffffff feffffffffffffff 0000c03f 00000000000000c0 07";
    expect(fromCalls).toMatchObject({ decls: [{ bytes: bytes.replaceAll(" ", "") }] });
  });
});
