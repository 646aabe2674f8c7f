/** What files are, looked up once as long as they stay the same. */

import { type FileFound, identifyFile } from "../../input/file-kind.js";
import { isSame, type Stamp, stampOf } from "./stamp.js";

export class KnownFiles {
  readonly #known = new Map<string, { readonly stamp: Stamp; readonly found: FileFound }>();

  /** As `identifyFile`. */
  readonly identify = (path: string): FileFound | undefined => {
    const stamp = stampOf(path);
    const known = this.#known.get(path);
    if (known !== undefined && isSame(known.stamp, stamp)) return known.found;
    const found = identifyFile(path);
    if (found === undefined || stamp === undefined) return found;
    const sized = { ...found, size: stamp[2] };
    this.#known.set(path, { stamp, found: sized });
    return sized;
  };
}
