/** What tracing finds out about a section of code. */

import type { Fixup } from "./model.js";

/** Per byte of a section. */
export const FLAG = {
  /** An instruction begins here. */
  START: 1,
  /** An instruction goes on here. */
  INSIDE: 2,
  /** Control may arrive here from the instruction before. */
  FLOWED_INTO: 4,
} as const;

/** How an instruction uses the place that a field names. */
export interface FieldUse {
  /**
   * `access`: exactly `size` bytes there are read or written. `branch`: control goes there. `address`: anything may be
   * done with it, so that it need not lie in what it belongs to.
   */
  readonly kind: "access" | "branch" | "address";
  readonly size: number;
  /** Where the instruction ends: what PC-relative fields count from. */
  readonly end: number;
}

/** A place of the same section that an instruction names without a relocation. */
export interface InternalReference extends FieldUse {
  /** The field. */
  readonly offset: number;
  readonly width: number;
  readonly target: number;
}

export interface CodeTrace {
  readonly flags: Uint8Array;
  /** By the fixup whose field it is. */
  readonly uses: Map<Fixup, FieldUse>;
  readonly internal: InternalReference[];
  /** Why nothing of this can be relied upon. */
  problem: string | undefined;
}
