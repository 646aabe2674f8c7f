/** Manifold as a library: `createLinker`, and the types of what goes in and comes out. */

export {
  type Diagnostic,
  DiagnosticError,
  type FlushResult,
  type Note,
  type Place,
  type Progress,
} from "@manifold/core";
export * from "./library/builder.js";
export {
  type BuildData,
  type BuildFunc,
  createLinker,
  type LinkerOptions,
  type ManifoldLinker,
  type Updating,
} from "./library/create-linker.js";
export type {
  Bytes,
  Const,
  Contents,
  Declaration,
  Errors,
  Export,
  Extern,
  Func,
  Reference,
  References,
  Relocation,
  Type,
  Value,
  ValueType,
  Var,
  Visibility,
} from "./library/declarations.js";
export {
  createObjectLinker,
  type ObjectLinker,
  type ObjectLinkerOptions,
  type ObjectLinkReport,
} from "./library/object-linker.js";
export type { Removed } from "./library/removed.js";
