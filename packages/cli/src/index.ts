/** Manifold as a library: `createLinker`, and the types of what goes in and comes out. */

export {
  type Diagnostic,
  DiagnosticError,
  type FlushResult,
  type Note,
  type Place,
  type Progress,
} from "@manifold/core";
export { createLinker, type LinkerOptions, type ManifoldLinker } from "./library/create-linker.js";
export type {
  Bytes,
  Const,
  Contents,
  Declaration,
  Export,
  Extern,
  Func,
  Reference,
  References,
  Relocation,
  Var,
  Visibility,
} from "./library/declarations.js";
