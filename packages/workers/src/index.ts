/** The public face of workers. */
export * from "./x86/index.js";
