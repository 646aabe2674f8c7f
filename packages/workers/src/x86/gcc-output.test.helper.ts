/** Functions as gcc writes them: compiles C with `-masm=intel`, takes its output apart, and has GNU `as` assemble each
 * function on its own. */
import { spawnSync } from "node:child_process";
import { type Field, render, runGnuAs } from "./gnu-as.test.helper.js";

export interface GccFunction {
  readonly name: string;
  /** The text between the function's label and its `.size`. */
  readonly text: string;
}

/** Compiles C (or C++) text to assembly text, without jump tables and cold parts, which live in other sections. */
export function compile(source: string, options: readonly string[], language = "c"): string {
  const plain = ["-S", "-masm=intel", "-fno-jump-tables", "-fno-reorder-blocks-and-partition", "-o", "-", "-w"];
  const run = spawnSync("gcc", ["-x", language, ...plain, ...options, "-"], {
    input: source,
    encoding: "utf8",
    maxBuffer: 1 << 29,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout;
}

/** The functions in gcc's output. */
export function functionsOf(assembly: string): GccFunction[] {
  const functions: GccFunction[] = [];
  let name = "";
  let body: string[] | undefined;
  for (const line of assembly.split("\n")) {
    const type = /^\t\.type\t(\S+), @function$/.exec(line);
    if (type !== null) name = type[1]!;
    if (body === undefined && name !== "" && line === `${name}:`) body = [];
    else if (body !== undefined && line === `\t.size\t${name}, .-${name}`) {
      functions.push({ name, text: `${body.join("\n")}\n` });
      body = undefined;
      name = "";
    } else body?.push(line);
  }
  return functions;
}

/**
 * What GNU `as` makes of each function in a section of its own, where no other function's name is defined: bytes and
 * relocations rendered; addresses of the function's own labels are relative to `self`.
 */
export function gnuFunctions(functions: readonly GccFunction[]): string[] {
  const parts = functions.map((f, i) => `.section .text.f${i},"ax",@progbits\n${f.text}`);
  const { object, messages } = runGnuAs(`.intel_syntax noprefix\n${parts.join("")}`);
  if (object === undefined) throw new Error(messages.slice(0, 4000));
  const byName = new Map(object.sections.map((section) => [section.name, section]));
  return functions.map((_, i) => {
    const section = byName.get(`.text.f${i}`)!;
    const own = (field: Field): Field => (field.name === section.name ? { ...field, name: "self" } : field);
    return render(section.bytes, section.relocations.map(own));
  });
}
