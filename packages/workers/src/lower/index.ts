/** Typed constant values and lazy symbols, lowered to bytes and references. The syntax is in `docs/values.md`. */

export type { TargetAbi } from "./abi.js";
export { GlobalErrorSet } from "./error-set.js";
export { lazyCode } from "./lazy-code.js";
export { lazyData } from "./lazy-data.js";
export { lower, lowerKeyed, type ValueOrigin } from "./lower.js";
export type { LazyTarget, UavTarget, ValueReference, ValueSink } from "./sink.js";
export { type DeclaredType, TypeTable } from "./type-table.js";
