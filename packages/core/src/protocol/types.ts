/**
 * The types of a manifest on their way between workers. A declaration of types may stand anywhere, while chunks are
 * emitted in parallel; so workers report those they meet, as text, and the coordinator hands all of a manifest's to
 * the workers that emit its typed values.
 */

/** A `type` or `errors` declaration: its JSON, which is well-formed and has the right keys. */
export interface TypeText {
  readonly text: string;
  readonly source: number;
  /** Byte of the source where it begins. */
  readonly offset: number;
}

/** All such declarations of one manifest, in the order of the input. */
export interface ManifestTypes {
  readonly scope: number;
  readonly declarations: readonly TypeText[];
}
