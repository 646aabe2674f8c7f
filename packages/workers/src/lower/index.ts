/** Typed constant values and lazy symbols, lowered to bytes and references. The syntax is in `docs/values.md`. */

export type { AbiName, Layout, TargetAbi } from "./abi.js";
export { GlobalErrorSet } from "./error-set.js";
export type { Origin } from "./json-place.js";
export { lazyCode } from "./lazy-code.js";
export { type LazyContents, lazyData } from "./lazy-data.js";
export { canonicalKey, type Lowered, lower, lowerKeyed, type ValueOrigin } from "./lower.js";
export {
  ByteSink,
  type LazyTarget,
  type NavTarget,
  type ReferenceTarget,
  type UavTarget,
  type ValueReference,
  type ValueSink,
} from "./sink.js";
export type { Type, TypeSpec } from "./type.js";
export { type DeclaredType, TypeTable } from "./type-table.js";
