/** Options of a link, for tests that care about few of them. */

import type { ObjectLinkOptions } from "./options.js";

/** What is not defined is not complained about. */
export const PLAIN_OPTIONS: ObjectLinkOptions = {
  output: "executable",
  entry: "_start",
  imageBase: undefined,
  gcSections: false,
  strip: "none",
  discardLocals: "none",
  buildId: "none",
  ehFrameHdr: true,
  relro: true,
  execStack: undefined,
  stackSize: 0,
  undefined: [],
  required: [],
  definitions: [],
  wraps: [],
  allowMultipleDefinition: false,
  unresolved: "ignore",
  traced: [],
  warnCommon: false,
  merge: true,
  pageSize: 4096,
  separateCode: true,
};
