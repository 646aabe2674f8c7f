/**
 * The codes of the diagnostics that tests expect, in one place. Codes are stable; a test that needs another one than
 * it did has found a change that users see.
 */

export type CodeName = "any" | "manifest" | "link" | "output";

export const CODES: Readonly<Record<CodeName, RegExp>> = {
  any: /^MF\d{4}$/,
  manifest: /^MF01\d\d$/,
  link: /^MF02\d\d$/,
  output: /^MF03\d\d$/,
};
