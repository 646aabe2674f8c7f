/** Random C functions: expressions, loops and branches over integers and floats of all widths. They need not make sense,
 * they only have to compile. */
import type { Random } from "./form-samples.test.helper.js";

const TYPES = [
  "int8_t",
  "uint8_t",
  "int16_t",
  "uint16_t",
  "int32_t",
  "uint32_t",
  "int64_t",
  "uint64_t",
  "float",
  "double",
] as const;

const isFloat = (type: string): boolean => type === "float" || type === "double";
const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;

interface Scope {
  readonly random: Random;
  /** Names and types of variables. */
  readonly variables: readonly (readonly [name: string, type: string])[];
}

function integer(scope: Scope, depth: number): string {
  const { random } = scope;
  const variables = scope.variables.filter(([, type]) => !isFloat(type));
  if (depth === 0)
    return random(4) === 0 ? String(random(3) === 0 ? random(0x7fffffff) : random(300)) : pick(random, variables)[0];
  const a = integer(scope, depth - 1);
  const b = integer(scope, depth - 1);
  switch (random(12)) {
    case 0:
      return `(${a} << (${b} & 7))`;
    case 1:
      return `((uint64_t)${a} >> (${b} & 31))`;
    case 2:
      return `(${a} / (${b} | 1))`;
    case 3:
      return `(${a} % ${2 + random(1000)})`;
    case 4:
      return `(${a} < ${b} ? ${a} : ${b})`;
    case 5:
      return `(${pick(random, TYPES.slice(0, 8))})(${a} - ${b})`;
    case 6:
      return `table[${a} & 255]`;
    case 7:
      return `(int)(${floating(scope, depth - 1)})`;
    case 8:
      return `outside(${a}, ${b})`;
    case 9:
      return `(${a} ^ ~${b})`;
    default:
      return `(${a} ${pick(random, ["+", "-", "*", "&", "|", "^"])} ${b})`;
  }
}

function floating(scope: Scope, depth: number): string {
  const { random } = scope;
  const variables = scope.variables.filter(([, type]) => isFloat(type));
  if (depth === 0) return random(4) === 0 ? `${random(100)}.5` : pick(random, variables)[0];
  const a = floating(scope, depth - 1);
  switch (random(6)) {
    case 0:
      return `(${integer(scope, depth - 1)} * 0.25f)`;
    case 1:
      return `(${a} > ${floating(scope, depth - 1)} ? ${a} : -${a})`;
    case 2:
      return `(${a} / ${floating(scope, depth - 1)})`;
    default:
      return `(${a} ${pick(random, ["+", "-", "*"])} ${floating(scope, depth - 1)})`;
  }
}

function statement(scope: Scope, depth: number): string {
  const { random } = scope;
  const [name, type] = pick(random, scope.variables);
  const value = isFloat(type) ? floating(scope, 2) : integer(scope, 2);
  if (depth === 0)
    return random(6) === 0 ? `table[${integer(scope, 1)} & 255] = ${integer(scope, 2)};` : `${name} = ${value};`;
  const inner = (): string => Array.from({ length: 1 + random(3) }, () => statement(scope, depth - 1)).join(" ");
  switch (random(5)) {
    case 0:
      return `if (${integer(scope, 1)} > ${integer(scope, 1)}) { ${inner()} } else { ${inner()} }`;
    case 1:
      return `for (int i = 0; i < (${integer(scope, 1)} & 63); i++) { ${inner()} }`;
    case 2:
      return `while (${integer(scope, 1)} != 5 && budget-- > 0) { ${inner()} }`;
    default:
      return inner();
  }
}

/** A C file of `count` functions. */
export function randomC(random: Random, count: number): string {
  const lines = ["#include <stdint.h>", "extern int table[256]; extern int outside(int, int); extern int budget;"];
  for (let i = 0; i < count; i++) {
    const variables = TYPES.map((type, v) => [`v${v}`, type] as const);
    const scope = { random, variables };
    const parameters = variables.map(([name, type]) => `${type} ${name}`).join(", ");
    const body = Array.from({ length: 3 + random(4) }, () => `  ${statement(scope, 2)}`).join("\n");
    lines.push(
      `int64_t f${i}(${parameters}) {\n${body}\n  return ${integer(scope, 2)} + (int64_t)v9 + (int64_t)v8;\n}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
