/**
 * What core needs of a pool: shifts over chunks. The workers package has two pools, one of Piscina threads and one that
 * runs shifts on the calling thread.
 */

import type { ApplyPlan, Unapplied } from "../link/apply.js";
import type { ResolveOptions, Unresolved } from "../link/resolve.js";
import type { EmissionBuffers, LinkBuffers } from "../link/shared-link.js";
import type { Phase } from "../phases/phase.js";
import type { InputPolicy, InputText } from "./inputs.js";
import type { Blamed, Source } from "./sources.js";
import type { ManifestTypes, TypeText } from "./types.js";

/** One shift: every chunk of it is claimed by some worker and worked on. */
export type Shift = EmitShift | LinkShift;

interface ShiftBase {
  /** The chunks `[first, limit)`; where `only` is given, those at these positions of it. */
  readonly first: number;
  readonly limit: number;
  readonly only?: readonly number[];
  /** Where chunks, sources and arenas are. */
  readonly emission: EmissionBuffers;
}

/** Parse and lower declarations: blobs and records into arenas. */
export interface EmitShift extends ShiftBase {
  readonly work: {
    readonly kind: "emit";
    readonly functionAlignLog2: number;
    /**
     * By manifest, all types that it declares. A chunk with typed values of a manifest that is not among them is left
     * WAITING. What is wrong with the types is blamed once, even if no chunk is emitted.
     */
    readonly types: readonly ManifestTypes[];
    readonly inputs: InputPolicy;
  };
  /** The sources of the chunks, by index: these alone, because the message copies them. */
  readonly sources: ReadonlyMap<number, Source>;
}

/** Work that needs the tables of the link as well. */
export interface LinkShift extends ShiftBase {
  readonly work: LinkWork;
  readonly link: LinkBuffers;
}

export type LinkWork =
  /** Find the symbol of each reference. */
  | { readonly kind: "resolve"; readonly options: ResolveOptions }
  /** Copy blobs into the image and apply relocations. */
  | { readonly kind: "apply"; readonly plan: ApplyPlan };

/** What came of a shift, all workers together. Failures are data, in the order of chunks. */
export interface ShiftReport {
  readonly blamed: readonly Blamed[];
  readonly unresolved: readonly Unresolved[];
  readonly unapplied: readonly Unapplied[];
  /** The `type` and `errors` declarations in the chunks that were emitted, in the order of the input. */
  readonly types: readonly TypeText[];
  /** The chunks that were left WAITING, likewise. */
  readonly waiting: readonly number[];
  /** The inputs that are declared in the chunks that were emitted, likewise. */
  readonly inputs: readonly InputText[];
  readonly phases: readonly Phase[];
}

export interface EmitPool {
  /** Threads that work on a shift. */
  readonly workers: number;
  /** One arena a worker, for as long as the link lasts. */
  readonly arenas: readonly SharedArrayBuffer[];
  /**
   * Runs a shift. Resolves when all its chunks are finished, also when a worker crashed: then `blamed` says at what, and
   * the chunks it left are FAILED. Rejects for faults of the linker only.
   */
  run(shift: Shift): Promise<ShiftReport>;
}
