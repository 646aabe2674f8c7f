/** The relocation types that a manifest expresses, and what they do to their field (psABI, "Relocation Types"). */

export type FixupType =
  | "64"
  | "32"
  | "32S"
  | "16"
  | "8"
  | "PC64"
  | "PC32"
  | "PC16"
  | "PC8"
  | "PLT32"
  | "GOTPCREL"
  | "TPOFF32"
  | "TPOFF64";

export interface FixupKind {
  /** Bytes of the field. */
  readonly width: 1 | 2 | 4 | 8;
  /** Whether the place itself is subtracted. */
  readonly pcRelative: boolean;
}

export const FIXUP_TYPES: Readonly<Record<FixupType, FixupKind>> = {
  "64": { width: 8, pcRelative: false },
  "32": { width: 4, pcRelative: false },
  "32S": { width: 4, pcRelative: false },
  "16": { width: 2, pcRelative: false },
  "8": { width: 1, pcRelative: false },
  PC64: { width: 8, pcRelative: true },
  PC32: { width: 4, pcRelative: true },
  PC16: { width: 2, pcRelative: true },
  PC8: { width: 1, pcRelative: true },
  PLT32: { width: 4, pcRelative: true },
  GOTPCREL: { width: 4, pcRelative: true },
  TPOFF32: { width: 4, pcRelative: false },
  TPOFF64: { width: 8, pcRelative: false },
};

export function isFixupType(name: string): name is FixupType {
  return Object.hasOwn(FIXUP_TYPES, name);
}
