/** A generated program as its edits see it: modules with functions and variables, whose text follows from seeds. */

import type { Language } from "../projects/source-tree.js";

/** Identities of functions and variables are below these: a body may ask for any, and takes those that exist. */
export const FUNCTIONS = 60;
export const VARIABLES = 50;
export const HOOKS = 6;

type Linkage = "global" | "static" | "weak";

export interface FunctionModel {
  id: number;
  seed: number;
  /** Statements. */
  length: number;
  linkage: Linkage;
}

export const VARIABLE_KINDS = [
  "data",
  "bss",
  "rodata",
  "tls data",
  "tls bss",
  "common",
  "functions",
  "strings",
  "initialised by code",
] as const;

type VariableKind = (typeof VARIABLE_KINDS)[number];

export interface VariableModel {
  id: number;
  seed: number;
  length: number;
  kind: VariableKind;
  static: boolean;
}

export interface ModuleModel {
  name: string;
  /** Whether it is a member of the archive. */
  member: boolean;
  /** Whether the main file asks for it: a member that is not listed is linked only where something calls it. */
  listed: boolean;
  functions: FunctionModel[];
  variables: VariableModel[];
  /** Functions that run before main, by their seeds. */
  constructors: number[];
  /** Functions that others call where they exist. */
  hooks: number[];
}

export interface ProgramModel {
  language: Language;
  /** In the order in which the linker gets them. */
  modules: ModuleModel[];
  /** Of the inline functions in the header. */
  headerSeed: number;
  /** Statements that break the link, by module. */
  faults: { module: string; text: string }[];
}

/** What a module can name: what is its own, and what is not static elsewhere. */
export function visible<Item extends FunctionModel | VariableModel>(
  program: ProgramModel,
  module: ModuleModel,
  id: number,
  list: (module: ModuleModel) => readonly Item[],
  isStatic: (item: Item) => boolean,
): Item | undefined {
  const own = list(module).find((item) => item.id === id);
  if (own !== undefined) return own;
  for (const other of program.modules) {
    const found = list(other).find((item) => item.id === id && !isStatic(item));
    if (found !== undefined) return found;
  }
  return undefined;
}
