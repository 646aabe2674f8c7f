/**
 * Declarations of objects and archives on their way from workers to the coordinator: they have no records, and may stand
 * anywhere in a manifest.
 */

/** What an emit shift does with them: reports them, or says that they cannot be here. */
export type InputPolicy =
  | "taken"
  /** Whoever links does not follow inputs. */
  | "refused"
  /** The output is a relocatable file. */
  | "object";

/** A declaration of an input. */
export interface InputText {
  /** As the manifest spells it, without escapes. */
  readonly path: string;
  readonly source: number;
  /** Byte of the source where the path begins. */
  readonly offset: number;
}
