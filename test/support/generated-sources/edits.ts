/** Random edits of a generated program. What can be said of the result is what GNU ld's does. */

import { hash } from "../program-model/hash.js";
import type { Edit } from "../projects/project.js";
import { type Language, SourceTree } from "../projects/source-tree.js";
import {
  FUNCTIONS,
  type FunctionModel,
  HOOKS,
  type ModuleModel,
  type ProgramModel,
  VARIABLE_KINDS,
  VARIABLES,
  type VariableModel,
} from "./model.js";
import { renderProgram } from "./render.js";

const MODULES = 12;
/** How far an edit may go back. */
const PAST = 6;

/** An edit changes the program and says what it did, or nothing where it cannot be made. */
type Action = (author: Author) => string | undefined;

/** Somebody who edits a program at random. */
class Author {
  readonly #seed: number;
  #count = 0;
  program: ProgramModel;
  /** Sources whose objects are written again. */
  readonly touched: Set<string> = new Set();
  /** The program as it was some steps ago. */
  readonly past: ProgramModel[] = [];
  #modules = 0;

  constructor(language: Language, seed: number) {
    this.#seed = hash(seed, language === "c" ? 1 : 2);
    this.program = { language, modules: [], headerSeed: seed, faults: [] };
    for (let module = 0; module < MODULES; module++) addModule(this);
  }

  random(): number {
    return hash(this.#seed, this.#count++);
  }

  below(limit: number): number {
    return this.random() % limit;
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(Math.max(list.length, 1))];
  }

  module(): ModuleModel | undefined {
    return this.pick(this.program.modules);
  }

  /** A function and the module that has it. */
  function(): readonly [FunctionModel, ModuleModel] | undefined {
    return this.pick(this.program.modules.flatMap((module) => module.functions.map((one) => [one, module] as const)));
  }

  variable(): readonly [VariableModel, ModuleModel] | undefined {
    return this.pick(this.program.modules.flatMap((module) => module.variables.map((one) => [one, module] as const)));
  }

  functions(id: number): FunctionModel[] {
    return this.program.modules.flatMap(({ functions }) => functions.filter((one) => one.id === id));
  }

  /** An identity that nothing has. */
  free(limit: number, taken: readonly { readonly id: number }[]): number | undefined {
    const used = new Set(taken.map(({ id }) => id));
    return this.pick(Array.from({ length: limit }, (_, id) => id).filter((id) => !used.has(id)));
  }

  newName(): string {
    return `m${this.#modules++}`;
  }
}

function addModule(author: Author): string {
  const { modules } = author.program;
  const member = author.below(3) === 0;
  const module: ModuleModel = {
    name: author.newName(),
    member,
    listed: !member || author.below(2) === 0,
    functions: [],
    variables: [],
    constructors: author.below(3) === 0 ? [author.below(1000)] : [],
    hooks: [],
  };
  modules.splice(author.below(modules.length + 1), 0, module);
  for (let count = author.below(4) + 1; count > 0; count--) addFunction(author, module);
  for (let count = author.below(4); count > 0; count--) addVariable(author, module);
  return `${module.name} comes${member ? ", a member of the archive" : ""}`;
}

function addFunction(author: Author, module: ModuleModel | undefined): string | undefined {
  const id = author.free(
    FUNCTIONS,
    author.program.modules.flatMap(({ functions }) => functions),
  );
  if (module === undefined || id === undefined) return undefined;
  const linkage = (["global", "global", "global", "static", "weak"] as const)[author.below(5)]!;
  module.functions.push({ id, seed: author.random(), length: author.below(12) + 1, linkage });
  return `${module.name} gets ${linkage} f_${id}`;
}

function addVariable(author: Author, module: ModuleModel | undefined): string | undefined {
  const id = author.free(
    VARIABLES,
    author.program.modules.flatMap(({ variables }) => variables),
  );
  if (module === undefined || id === undefined) return undefined;
  const kind = author.pick(VARIABLE_KINDS)!;
  const isStatic = kind !== "common" && author.below(4) === 0;
  module.variables.push({ id, kind, seed: author.random(), length: author.below(30) + 1, static: isStatic });
  return `${module.name} gets v_${id} (${kind}${isStatic ? ", static" : ""})`;
}

function changeFunction(author: Author, title: string, change: (one: FunctionModel) => void): string | undefined {
  const found = author.function();
  if (found === undefined) return undefined;
  const [one, module] = found;
  change(one);
  return `${module.name}: f_${one.id} ${title}`;
}

function changeVariable(author: Author, title: string, change: (one: VariableModel) => void): string | undefined {
  const found = author.variable();
  if (found === undefined) return undefined;
  const [one, module] = found;
  change(one);
  return `${module.name}: v_${one.id} ${title}`;
}

/** Moves a function or a variable from its module to another. */
function move<Item>(
  author: Author,
  found: readonly [Item, ModuleModel] | undefined,
  list: (module: ModuleModel) => Item[],
): string | undefined {
  const target = author.module();
  if (found === undefined || target === undefined || target === found[1]) return undefined;
  const [item, source] = found;
  list(source).splice(list(source).indexOf(item), 1);
  list(target).push(item);
  return `something moves from ${source.name} to ${target.name}`;
}

const ACTIONS: readonly (readonly [weight: number, Action])[] = [
  [6, (author) => changeFunction(author, "has another body", (one) => (one.seed = author.random()))],
  [3, (author) => changeFunction(author, "grows", (one) => (one.length = Math.min(one.length * 3, 200)))],
  [2, (author) => changeFunction(author, "shrinks", (one) => (one.length = Math.max(one.length >> 2, 1)))],
  [3, (author) => addFunction(author, author.module())],
  [
    3,
    (author) => {
      const found = author.function();
      if (found === undefined) return undefined;
      const [one, module] = found;
      module.functions.splice(module.functions.indexOf(one), 1);
      return `${module.name}: f_${one.id} goes`;
    },
  ],
  [
    2,
    (author) =>
      changeFunction(author, "has another linkage", (one) => {
        if (author.functions(one.id).length === 1)
          one.linkage = one.linkage === "global" ? (author.below(2) === 0 ? "static" : "weak") : "global";
      }),
  ],
  [
    2,
    (author) => {
      const weak = author.program.modules.flatMap(({ functions }) => functions.filter((one) => one.linkage === "weak"));
      const [one, module] = [author.pick(weak), author.module()];
      if (one === undefined || module === undefined || author.functions(one.id).length > 1) return undefined;
      if (module.functions.includes(one)) return undefined;
      module.functions.push({ id: one.id, seed: author.random(), length: 3, linkage: "global" });
      return `${module.name} overrides f_${one.id}`;
    },
  ],
  [2, (author) => move(author, author.function(), ({ functions }) => functions)],
  [1, (author) => move(author, author.variable(), ({ variables }) => variables)],
  [3, (author) => addVariable(author, author.module())],
  [
    2,
    (author) => {
      const found = author.variable();
      if (found === undefined) return undefined;
      const [one, module] = found;
      module.variables.splice(module.variables.indexOf(one), 1);
      return `${module.name}: v_${one.id} goes`;
    },
  ],
  [2, (author) => changeVariable(author, "has other contents", (one) => (one.seed = author.random()))],
  [2, (author) => changeVariable(author, "grows", (one) => (one.length = Math.min(one.length * 4 + 1, 20_000)))],
  [1, (author) => changeVariable(author, "shrinks", (one) => (one.length = (one.length >> 2) + 1))],
  [1, (author) => changeVariable(author, "is of another kind", (one) => (one.kind = author.pick(VARIABLE_KINDS)!))],
  [
    1,
    (author) =>
      changeVariable(author, "has another linkage", (one) => (one.static = one.kind !== "common" && !one.static)),
  ],
  [2, addModule],
  [
    2,
    (author) => {
      const { modules } = author.program;
      if (modules.length < 5) return undefined;
      const [gone] = modules.splice(author.below(modules.length), 1);
      return `${gone!.name} goes`;
    },
  ],
  [
    2,
    (author) => {
      const module = author.module();
      if (module === undefined) return undefined;
      module.member = !module.member;
      return `${module.name} moves ${module.member ? "into" : "out of"} the archive`;
    },
  ],
  [
    2,
    (author) => {
      const module = author.module();
      if (module === undefined) return undefined;
      module.listed = !module.listed;
      return `${module.name} is ${module.listed ? "asked for" : "no longer asked for"}`;
    },
  ],
  [
    1,
    (author) => {
      author.program.modules.push(...author.program.modules.splice(0, author.below(4) + 1));
      return "the modules change their order";
    },
  ],
  [
    1,
    (author) => {
      author.program.headerSeed = author.random();
      return "the inline functions in the header change";
    },
  ],
  [
    1,
    (author) => {
      const module = author.module();
      if (module === undefined) return undefined;
      if (module.constructors.length > 1) module.constructors = [];
      else module.constructors.push(author.below(1000));
      return `${module.name} has ${module.constructors.length} constructors`;
    },
  ],
  [
    1,
    (author) => {
      const hook = author.below(HOOKS);
      const owner = author.program.modules.find(({ hooks }) => hooks.includes(hook));
      const module = owner ?? author.module();
      if (module === undefined) return undefined;
      if (owner === undefined) module.hooks.push(hook);
      else owner.hooks.splice(owner.hooks.indexOf(hook), 1);
      return `${module.name} ${owner === undefined ? "gets" : "loses"} hook_${hook}`;
    },
  ],
  [
    1,
    (author) => {
      const module = author.module();
      if (module === undefined) return undefined;
      author.touched.add(`${module.name}${author.program.language === "c" ? ".c" : ".cpp"}`);
      return `${module.name} is compiled again`;
    },
  ],
  [1, () => "nothing changes"],
  [
    1,
    (author) => {
      const found = author.function();
      const module = author.module();
      if (found === undefined || module === undefined || module === found[1] || found[0].linkage !== "global")
        return undefined;
      if (module.functions.some(({ id }) => id === found[0].id)) return undefined;
      const text = `unsigned f_${found[0].id}(unsigned x);
unsigned f_${found[0].id}(unsigned x)
{
    return x;
}`;
      author.program.faults.push({ module: module.name, text });
      return `${module.name} defines f_${found[0].id}, too`;
    },
  ],
  [
    1,
    (author) => {
      const module = author.module();
      if (module === undefined) return undefined;
      const name = `missing_${author.below(5)}`;
      const text = `unsigned ${name}(unsigned x);
unsigned wants_${name}(unsigned x)
{
    return ${name}(x) + 1;
}`;
      author.program.faults.push({ module: module.name, text });
      return `${module.name} needs ${name}`;
    },
  ],
  [
    2,
    (author) => {
      const earlier = author.pick(author.past);
      if (earlier === undefined) return undefined;
      author.program = structuredClone(earlier);
      return "the program is what it was some steps ago";
    },
  ],
];

const WEIGHTED: readonly Action[] = ACTIONS.flatMap(([weight, action]) => Array<Action>(weight).fill(action));

/** One step: what was broken is mended, and a few edits are made. */
function takeStep(author: Author): string {
  const titles = author.program.faults.length > 0 ? ["what was broken is mended"] : [];
  author.program.faults = [];
  author.past.push(structuredClone(author.program));
  if (author.past.length > PAST) author.past.shift();
  for (let count = author.below(3) + 1; count > 0; ) {
    const title = author.pick(WEIGHTED)!(author);
    if (title === undefined) continue;
    titles.push(title);
    count--;
  }
  return titles.join("; ");
}

/** A program and so many steps of edits, all of which follow from the seed. */
export function randomProject(
  language: Language,
  seed: number,
  steps: number,
): { readonly makeTree: () => SourceTree; readonly edits: Iterable<Edit> } {
  const author = new Author(language, seed);
  const render = (tree: SourceTree): void => {
    renderProgram(author.program, tree);
    for (const name of author.touched) if (tree.sources().includes(name)) tree.touched.add(name);
    author.touched.clear();
  };
  const makeTree = (): SourceTree => {
    const tree = new SourceTree(language);
    render(tree);
    return tree;
  };
  function* edits(): Iterable<Edit> {
    for (let step = 0; step < steps; step++) yield { title: takeStep(author), effect: "any", apply: render };
  }
  return { makeTree, edits: edits() };
}
