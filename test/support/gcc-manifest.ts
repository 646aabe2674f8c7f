/**
 * gcc's assembly output as a manifest: every function by its own text, data as the bytes and relocations of its
 * directives. The linker's own assembler reads the latter too: in a manifest only functions are assembly.
 */

import { x8664RelocationName } from "@manifold/core";
import { Assembler, Relocation } from "@manifold/workers/x86";
import { tool } from "./command.js";
import type { Line } from "./manifest.js";

/** Compiles a C file to Intel syntax. Jump tables would lie in sections of their own, with labels of the function. */
export function compileToAssembly(file: string, ...options: readonly string[]): string {
  const plain = ["-S", "-masm=intel", "-fno-jump-tables", "-fno-reorder-blocks-and-partition", "-o", "-"];
  return tool("gcc", [...plain, ...options, file]);
}

interface Datum {
  readonly name: string;
  readonly section: string;
  readonly align: number;
  readonly lines: string[];
}

/** The declarations for gcc's output: functions, and what lies in sections of data. */
export function declarationsOf(assembly: string): Line[] {
  const declarations: Line[] = [];
  let section = ".text";
  let align = 1;
  let func = "";
  let body: string[] | undefined;
  let datum: Datum | undefined;
  const endDatum = (): void => {
    if (datum !== undefined) declarations.push(dataDeclaration(datum));
    datum = undefined;
  };
  for (const line of assembly.split("\n")) {
    if (body !== undefined) {
      if (line !== `\t.size\t${func}, .-${func}`) body.push(line);
      else {
        declarations.push({ func, code: { asm: body.join("\n") } });
        body = undefined;
        func = "";
      }
      continue;
    }
    const [, directive = "", rest = ""] = /^\t(\.\S+)\s*(.*)$/.exec(line) ?? [];
    const label = /^([^\s:]+):$/.exec(line)?.[1];
    if (directive === ".type" && rest.endsWith("@function")) func = rest.slice(0, rest.indexOf(","));
    else if (label !== undefined && label === func) body = [];
    else if (directive === ".section") section = rest.split(",")[0]!;
    else if ([".text", ".data", ".bss"].includes(directive)) section = directive;
    else if (directive === ".align") align = Number(rest);
    else if (directive === ".comm") {
      const [name, size, alignment] = rest.split(",");
      declarations.push({ var: name!, zero: Number(size), align: Number(alignment) });
    } else if (label !== undefined) {
      endDatum();
      datum = { name: label, section, align, lines: [] };
      align = 1;
    } else if (/^\.(byte|value|long|quad|string|ascii|zero)$/.test(directive)) datum?.lines.push(line);
    if (directive === ".section" || directive === ".text") endDatum();
  }
  endDatum();
  return declarations;
}

function dataDeclaration({ name, section, align, lines }: Datum): Line {
  const assembler = new Assembler();
  const text = Buffer.from(lines.join("\n"));
  if (!assembler.assemble(text, 0, text.length)) throw new Error(`${name}: ${assembler.error?.message}`);
  const bytes = Buffer.from(assembler.code.subarray(0, assembler.codeLength)).toString("hex");
  const relocs = Array.from({ length: assembler.relocationCount }, (_, index) => {
    const record = assembler.relocations.subarray(index * Relocation.SIZE, (index + 1) * Relocation.SIZE);
    const at = record[Relocation.NAME_START]!;
    return [
      record[Relocation.OFFSET],
      x8664RelocationName(record[Relocation.TYPE]!),
      text.toString("utf8", at, at + record[Relocation.NAME_LENGTH]!),
      record[Relocation.ADDEND_LOW]! + record[Relocation.ADDEND_HIGH]! * 2 ** 32,
    ];
  });
  const kind = section.startsWith(".rodata") || section.startsWith(".data.rel.ro") ? "const" : "var";
  return { [kind]: name, align, bytes, relocs };
}
