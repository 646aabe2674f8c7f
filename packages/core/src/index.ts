/** The public face of core: what workers and the command may use of it. */
export * from "./diagnostics/diagnostic.js";
export * from "./diagnostics/values.js";
