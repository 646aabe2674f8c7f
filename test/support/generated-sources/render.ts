/** The text of a generated program. */

import { choose, hash } from "../program-model/hash.js";
import type { SourceTree } from "../projects/source-tree.js";
import {
  FUNCTIONS,
  type FunctionModel,
  HOOKS,
  type ModuleModel,
  type ProgramModel,
  VARIABLES,
  type VariableModel,
  visible,
} from "./model.js";
import { ALL_CXX_CALLS, baseText, CALLS, headerText, mainText } from "./support-text.js";

/** Makes the files of a tree those of a program. */
export function renderProgram(program: ProgramModel, tree: SourceTree): void {
  const cxx = program.language === "cxx";
  const extension = cxx ? ".cpp" : ".c";
  const listed = program.modules.filter((module) => module.listed).map(({ name }) => name);
  const files = new Map([
    ["base.h", headerText(cxx, program.headerSeed)],
    [`base${extension}`, baseText(cxx)],
    [`main${extension}`, mainText(cxx, listed)],
    ...program.modules.map((module) => [`${module.name}${extension}`, new ModuleText(program, module).text()] as const),
  ]);
  for (const name of [...tree.files.keys()]) if (!files.has(name)) tree.remove(name);
  for (const [name, text] of files) tree.set(name, text);
  const names = (member: boolean): string[] =>
    program.modules.filter((module) => module.member === member).map(({ name }) => `${name}${extension}`);
  tree.objects.splice(0, tree.objects.length, `main${extension}`, ...names(false), `base${extension}`);
  tree.members.splice(0, tree.members.length, ...names(true));
}

class ModuleText {
  readonly #program: ProgramModel;
  readonly #module: ModuleModel;
  readonly #cxx: boolean;
  /** What the text names and does not define. */
  readonly #declarations: Set<string> = new Set();

  constructor(program: ProgramModel, module: ModuleModel) {
    this.#program = program;
    this.#module = module;
    this.#cxx = program.language === "cxx";
  }

  text(): string {
    const { name, functions, variables, constructors, hooks } = this.#module;
    const seen = variables.filter((variable) => !variable.static);
    const own = [...functions.map(prototype), ...seen.map(declaration)];
    const parts = [
      ...variables.map((variable) => this.#definition(variable)),
      ...functions.map((one) => `${prototype(one).slice(0, -1)}\n${this.#body(one)}`),
      ...hooks.map((hook) => `unsigned hook_${hook}(unsigned x)\n{\n    return x + ${hash(hook)}u;\n}`),
      ...constructors.map(constructorText),
      ...this.#program.faults.filter(({ module }) => module === name).map(({ text }) => text),
      this.#table(),
    ];
    return ['#include "base.h"\n', ...own, ...this.#declarations, "", ...parts.map((part) => `${part}\n`)].join("\n");
  }

  #function(id: number): FunctionModel | undefined {
    return visible(
      this.#program,
      this.#module,
      id,
      ({ functions }) => functions,
      ({ linkage }) => linkage === "static",
    );
  }

  #variable(id: number): VariableModel | undefined {
    return visible(
      this.#program,
      this.#module,
      id,
      ({ variables }) => variables,
      (variable) => variable.static,
    );
  }

  /** The name of a function, if this module may call it. */
  #callee(id: number): string | undefined {
    const callee = this.#function(id);
    if (callee === undefined) return undefined;
    if (!this.#module.functions.includes(callee)) this.#declarations.add(`unsigned f_${id}(unsigned x);`);
    return `f_${id}`;
  }

  #body({ id, seed, length }: FunctionModel): string {
    const lines = Array.from({ length }, (_, index) => `    ${this.#statement(seed, index)}`);
    return `{\n    if (fuel-- <= 0)\n        return x + ${id};\n${lines.join("\n")}\n    return x;\n}`;
  }

  #statement(seed: number, index: number): string {
    const random = (salt: number): number => hash(seed, index, salt);
    const plain = `x = x * ${random(1) | 1}u + ${random(2)}u;`;
    switch (random(0) % 14) {
      case 0:
      case 1:
      case 2: {
        const callee = this.#callee(random(1) % FUNCTIONS);
        return callee === undefined ? plain : `x += ${callee}(x ^ ${random(2)}u);`;
      }
      case 3:
      case 4: {
        const variable = this.#variable(random(1) % VARIABLES);
        return variable === undefined ? plain : this.#use(variable, random(2));
      }
      case 5:
        return `x ^= fold("${"text of any length ".repeat((random(1) % 6) + 1)}${random(2)}", ${(random(1) % 6) + 5});`;
      case 6: {
        const cases = Array.from({ length: 10 }, (_, at) => `case ${at}: x ^= ${hash(random(1), at)}u; break;`);
        return `switch (x % 13) { ${cases.join(" ")} default: x += 3; }`;
      }
      case 7:
      case 8:
        return `x += ${choose(this.#cxx ? ALL_CXX_CALLS : CALLS, random(1))};`;
      case 9:
        return `x = mixed_${(random(1) % 3) + 1}(x);`;
      case 10:
        return `{ static unsigned count = ${random(1) % 100}; x += count++; }`;
      case 11: {
        const hook = `hook_${random(1) % HOOKS}`;
        if (!this.#module.hooks.includes(random(1) % HOOKS))
          this.#declarations.add(`extern unsigned ${hook}(unsigned x) __attribute__((weak));`);
        else this.#declarations.add(`unsigned ${hook}(unsigned x);`);
        return `if (${hook} != NULL) x = ${hook}(x);`;
      }
      default:
        return plain;
    }
  }

  #use(variable: VariableModel, random: number): string {
    const own = this.#module.variables.includes(variable);
    if (!own) this.#declarations.add(this.#foreign(variable));
    const { id, kind, length } = variable;
    const item = `v_${id}[x % ${length}]`;
    switch (kind) {
      case "rodata":
        return `x ^= ${item};`;
      case "functions":
        return `x += ${item}(x ^ ${random}u);`;
      case "strings":
        return `x ^= fold(${item}, 3);`;
      default:
        return random % 2 === 0 ? `x ^= ${item};` : `${item} += x;`;
    }
  }

  /** How a module that does not define a variable declares it. */
  #foreign(variable: VariableModel): string {
    // A second tentative definition, whose size differs.
    if (variable.kind === "common" && !this.#cxx && variable.seed % 2 === 0)
      return `unsigned v_${variable.id}[${variable.length + (this.#module.name.length % 3) * 5}];`;
    return declaration(variable);
  }

  #definition({ id, kind, seed, length, ...variable }: VariableModel): string {
    const linkage = variable.static ? "static " : "";
    const items = Array.from({ length: Math.min(length, 200) }, (_, index) => hash(seed, index));
    const head = `${linkage}${typed(kind, `v_${id}[${length}]`)}`;
    switch (kind) {
      case "bss":
        return `${head} = { 0 };`;
      case "tls bss":
      case "common":
        return `${head};`;
      case "functions": {
        const callees = items.map((item) => this.#callee(item % FUNCTIONS) ?? "printed");
        return `${head} = { ${[...callees, ...Array(length - callees.length).fill("sorted")].join(", ")} };`;
      }
      case "strings": {
        const texts = Array.from({ length }, (_, index) => `"text ${items[index] ?? 0}"`);
        return `${head} = { ${texts.join(", ")} };`;
      }
      case "initialised by code":
        if (!this.#cxx) return `${head} = { ${items.map((item) => `${item}u`).join(", ")} };`;
        return `${head} = { ${items
          .slice(0, 3)
          .map((item) => `printed(${item}u)`)
          .join(", ")} };`;
      default:
        return `${head} = { ${items.map((item) => `${item}u`).join(", ")} };`;
    }
  }

  /** What the main file sees of a module: its functions, and a function that sums up its variables. */
  #table(): string {
    const { name, functions, variables } = this.#module;
    const entries = functions.filter(({ linkage }) => linkage !== "static").map(({ id }) => `{ "f_${id}", f_${id} }, `);
    const folds = variables
      .filter(({ kind }) => kind !== "functions" && kind !== "strings")
      .map(({ id }) => `    sum += fold(v_${id}, sizeof v_${id});\n`);
    return `static const struct entry entries[] = { ${entries.join("")}{ NULL, NULL } };

static unsigned state(void)
{
    unsigned sum = ${variables.length};
${folds.join("")}    return sum;
}

extern const struct module ${name};
const struct module ${name} = { "${name}", entries, ${entries.length}, state };`;
  }
}

function prototype({ id, linkage }: FunctionModel): string {
  const prefix = { global: "", static: "static ", weak: "__attribute__((weak)) " }[linkage];
  return `${prefix}unsigned f_${id}(unsigned x);`;
}

/** Some have a priority. */
function constructorText(seed: number, index: number): string {
  const priority = seed % 3 === 0 ? `(${200 + (seed % 50)})` : "";
  return `__attribute__((constructor${priority})) static void construct_${index}(void)
{
    note(${seed % 1000});
}`;
}

function declaration({ id, kind, length }: VariableModel): string {
  return `extern ${typed(kind, `v_${id}[${length}]`)};`;
}

function typed(kind: VariableModel["kind"], name: string): string {
  if (kind === "functions") return `function *const ${name}`;
  if (kind === "strings") return `const char *${name}`;
  if (kind === "rodata") return `const unsigned ${name}`;
  return `${kind.startsWith("tls") ? "__thread " : ""}unsigned ${name}`;
}
