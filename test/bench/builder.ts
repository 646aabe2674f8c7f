/**
 * Functions per second that a compiler gets into an executable through the library: as calls of the builder, and as
 * declarations with assembly. The same functions, one emit thread, from the first call to the end of the flush.
 *
 *     node test/dist/bench/builder.js [functions]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createLinker,
  dword,
  eax,
  ecx,
  edi,
  type FuncBuilder,
  type ManifoldLinker,
  qword,
  rax,
  rbp,
  rbx,
  rcx,
  rdi,
  rsp,
} from "manifold";
import { Bench } from "tinybench";

const count = Number(process.argv[2] ?? 100_000);
const directory = mkdtempSync(join(tmpdir(), "bench-builder-"));

/** Twenty instructions with two calls, a loop, a variable and a string. */
function build(f: FuncBuilder, i: number): void {
  const text = f.ref({ uav: { text: `function ${i & 1023}\n` } });
  const done = f.label();
  f.push(rbp);
  f.mov(rbp, rsp);
  f.push(rbx);
  f.sub(rsp, 24);
  f.mov(rbx, rdi);
  f.xor(eax, eax);
  const again = f.place();
  f.mov(ecx, dword(rbx, { index: rax, scale: 4, disp: 8 }));
  f.add(dword(rbp, -20), ecx);
  f.inc(rax);
  f.cmp(rax, 100 + i);
  f.jne(again);
  f.lea(rdi, text);
  f.call(`f${i >> 1}`);
  f.test(eax, eax);
  f.je(done);
  f.mov(rcx, qword("counter"));
  f.mov(edi, i);
  f.call(`f${i >> 2}`);
  f.place(done);
  f.lea(rsp, qword(rbp, -8));
  f.pop(rbx);
  f.pop(rbp);
  f.ret();
}

const assembly = (i: number): string => `push rbp
mov rbp, rsp
push rbx
sub rsp, 24
mov rbx, rdi
xor eax, eax
again:
mov ecx, DWORD PTR [rbx+rax*4+8]
add DWORD PTR [rbp-20], ecx
inc rax
cmp rax, ${100 + i}
jne again
lea rdi, [rip+text]
call f${i >> 1}
test eax, eax
je done
mov rcx, QWORD PTR counter[rip]
mov edi, ${i}
call f${i >> 2}
done:
lea rsp, [rbp-8]
pop rbx
pop rbp
ret`;

function byCalls(linker: ManifoldLinker): void {
  for (let i = 0; i < count; i++) linker.func(`f${i}`, (f) => build(f, i));
}

function byText(linker: ManifoldLinker): void {
  for (let i = 0; i < count; i++) {
    const refs = { text: { uav: { text: `function ${i & 1023}\n` } } };
    linker.add({ func: `f${i}`, code: { asm: assembly(i) }, refs });
  }
}

/** Milliseconds that the caller's thread was busy, by way. */
const calling: Record<string, number> = {};

async function link(name: string, declare: (linker: ManifoldLinker) => void): Promise<void> {
  await using linker = createLinker({ target: "x86_64-linux", file: join(directory, name), workers: 1 });
  const start = performance.now();
  declare(linker);
  linker.data("counter", { writable: true, align: 8 }, { zero: 8 });
  linker.export("_start", "f0");
  calling[name] = Math.min(calling[name] ?? Number.POSITIVE_INFINITY, performance.now() - start);
  const { diagnostics } = await linker.flush();
  if (diagnostics.length > 0) throw new Error(diagnostics[0]!.message);
}

const bench = new Bench({ time: 1, iterations: 3, warmupTime: 1, warmupIterations: 1 });
bench.add("builder", () => link("builder", byCalls));
bench.add("text", () => link("text", byText));
await bench.run();
rmSync(directory, { recursive: true });

/** The fastest run counts: what else the machine does only ever adds. */
const rows = bench.tasks.map(({ name, result }) => {
  if (!("latency" in result)) throw new Error(`${name} did not run`);
  const ms = result.latency.min;
  const perSecond = (duration: number): number => Math.round((count / duration) * 1000);
  return {
    way: name,
    "ms (fastest)": Math.round(ms),
    "functions/s": perSecond(ms),
    "calls/s": perSecond(calling[name]!),
  };
});
console.log(`${count} functions, linked with one emit thread; calls/s is the caller's thread alone`);
console.table(rows);
