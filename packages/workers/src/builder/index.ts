/** The builder: what a compiler in TypeScript writes code and data with. */

export type { Constant } from "./constants.js";
export type { DataBuilder, RelocationType } from "./data-builder.js";
export type { Func } from "./func-builder.js";
export type { Instructions } from "./instruction-methods.js";
export type { Mnemonic } from "./instructions.js";
export {
  type Address,
  byte,
  dword,
  type Memory,
  type MemoryMaker,
  ptr,
  qword,
  tbyte,
  word,
  xmmword,
} from "./memory.js";
export type { Operand } from "./operand-writer.js";
export {
  type AddressOf,
  addressOf,
  type Label,
  type Modifier,
  type Place,
  type Ref,
  type SymbolOptions,
  type SymbolPlace,
  symbol,
} from "./places.js";
export {
  type DataOptions,
  type ExportOptions,
  type ExternOptions,
  type FuncOptions,
  RecordsBuilder,
} from "./records-builder.js";
export type { DataContents, RawRelocation, Reference } from "./reference.js";
