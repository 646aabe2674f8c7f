/** Declarations as a compiler in TypeScript writes them: MANIFEST.md's, with bytes as they are. */

/** Machine code or data: bytes, or their hexadecimal or `base64:` text. */
export type Bytes = Uint8Array | string;

/** `[offset, type, target, addend]`; the type is the psABI's name less `R_X86_64_`. */
export type Relocation = readonly [offset: number, type: string, target: string, addend?: number];

export type Visibility = "default" | "hidden" | "protected";

/** A type of the manifest: its name, or what it is made of (see docs/values.md). */
export type Type = string | { readonly [part: string]: unknown };

/** Exactly one of `bytes`, `text` (UTF-8, without a terminator), `zero` (a size in bytes) and a typed value. */
export type Contents =
  | { readonly bytes: Bytes; readonly relocs?: readonly Relocation[] }
  | { readonly text: string; readonly relocs?: readonly Relocation[] }
  | { readonly zero: number }
  | { readonly type: Type; readonly init: unknown };

/** What a name in `refs` stands for: an unnamed value, a lazy symbol, or a place inside a nav. */
export type Reference =
  | { readonly uav: Contents & { readonly align?: number } }
  | { readonly lazy: "code" | "data"; readonly type: Type }
  | { readonly nav: string; readonly offset?: number };

export type References = Readonly<Record<string, Reference>>;

export interface Func {
  readonly func: string;
  readonly align?: number;
  readonly code: { readonly bytes: Bytes; readonly relocs?: readonly Relocation[] } | { readonly asm: string };
  readonly refs?: References;
}
export type Const = { readonly const: string; readonly align?: number; readonly refs?: References } & Contents;
export type Var = {
  readonly var: string;
  readonly align?: number;
  readonly threadlocal?: boolean;
  readonly refs?: References;
} & Contents;
export interface Extern {
  readonly extern: string;
  readonly is?: "func" | "object" | "tls";
  readonly weak?: boolean;
  readonly visibility?: Visibility;
}
export interface Export {
  readonly export: string;
  readonly of: string | Reference;
  readonly linkage?: "strong" | "weak" | "internal";
  readonly visibility?: Visibility;
  readonly refs?: References;
}

/** A named type. */
export interface TypeDeclaration {
  readonly type: string;
  readonly is: Type;
}
/** Names of the global error set; several of these add up. */
export interface Errors {
  readonly errors: readonly string[];
}

export type Declaration = Func | Const | Var | Extern | Export | TypeDeclaration | Errors;

/** One line of NDJSON. */
export function declarationLine(declaration: Declaration): string {
  return JSON.stringify(declaration, (_key, value: unknown) => {
    return value instanceof Uint8Array
      ? `base64:${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}`
      : value;
  });
}
