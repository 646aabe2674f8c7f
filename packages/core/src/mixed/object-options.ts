/** What the header of a manifest asks of a link of objects. */

import type { Header } from "../manifest/header.js";
import type { ObjectLinkOptions } from "../objects/options.js";

const PAGE_SIZE = 4096;

/** A program that gcc links from the same objects with `-static` or `-static-pie` has the same. */
export function objectOptions({ pie, entry, imageBase, stackSize }: Header): ObjectLinkOptions {
  return {
    output: pie ? "static-pie" : "executable",
    entry,
    imageBase,
    gcSections: false,
    strip: "none",
    discardLocals: "none",
    buildId: "none",
    ehFrameHdr: true,
    relro: true,
    execStack: undefined,
    stackSize,
    // The entry may come from an archive, and has to come from somewhere.
    undefined: [entry],
    required: [entry],
    definitions: [],
    wraps: [],
    allowMultipleDefinition: false,
    unresolved: "error",
    traced: [],
    warnCommon: false,
    merge: true,
    pageSize: PAGE_SIZE,
    separateCode: true,
  };
}
