/**
 * Looks at files no more than it must: what is called `.o` is taken for an object, as all but every such file is, and turns
 * out to be one or not when it is read. To open each file twice would take a large link a tenth of its time. Whoever links
 * what is gathered so, and finds errors, gathers once more by looking at everything.
 */

import { statSync } from "node:fs";
import { type FileFound, identifyFile } from "./file-kind.js";

/** What is known of a file that was taken for an object. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number;
  /** What makes it the same file under other names. */
  readonly dev: number;
  readonly ino: number;
}

export class QuickLook {
  /** Files that were taken for objects, by path. */
  readonly trusted: Map<string, FileFacts> = new Map();

  /** As `identifyFile`. */
  readonly identify = (path: string): FileFound | undefined => {
    if (!path.endsWith(".o")) return identifyFile(path);
    let facts: ReturnType<typeof statSync>;
    try {
      facts = statSync(path, { throwIfNoEntry: false });
    } catch {
      return identifyFile(path);
    }
    if (facts === undefined || !facts.isFile() || facts.size === 0) return identifyFile(path);
    // Less than all that there is to know: there may be tens of thousands.
    const { size, dev, ino } = facts;
    this.trusted.set(path, { size, dev, ino });
    return { kind: "object", what: "", otherTarget: undefined, size: facts.size };
  };
}
