/** Declarations as a compiler in TypeScript writes them: MANIFEST.md's, with bytes as they are. */

/** Machine code or data: bytes, or their hexadecimal or `base64:` text. */
export type Bytes = Uint8Array | string;

/** `[offset, type, target, addend]`; the type is the psABI's name less `R_X86_64_`. */
export type Relocation = readonly [offset: number, type: string, target: string, addend?: number];

export type Visibility = "default" | "hidden" | "protected";

/** A type of typed values: its name, or an object whose first key is its kind, as `docs/values.md` says. */
export type ValueType = string | Readonly<Record<string, unknown>>;

/**
 * A typed value, in the form that its type asks for. Numbers may be of any size as text; a bigint is written so.
 * Bytes stand where the type is an array of u8.
 */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value | ValueType };

/**
 * Exactly one of `bytes`, `text` (UTF-8, without a terminator), `zero` (a size in bytes), and `type` with `init`, whose
 * pointers become relocations by themselves.
 */
export type Contents =
  | { readonly type: ValueType; readonly init: Value }
  | { readonly bytes: Bytes; readonly relocs?: readonly Relocation[] }
  | { readonly text: string; readonly relocs?: readonly Relocation[] }
  | { readonly zero: number };

/** What a name in `refs` stands for: an unnamed value, a lazy symbol, or a place inside a nav. */
export type Reference =
  | { readonly uav: Contents & { readonly align?: number } }
  | { readonly lazy: "code" | "data"; readonly type: ValueType }
  | { readonly nav: string; readonly offset?: number };

export type References = Readonly<Record<string, Reference>>;

export interface Func {
  readonly func: string;
  readonly align?: number;
  /** Machine code, or assembly in the Intel syntax of GNU `as`. */
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

/** A named type. It may be declared after what uses it. */
export interface Type {
  readonly type: string;
  readonly is: ValueType;
}
/** Errors of the global error set, in the order of their numbers. Several such declarations add up. */
export interface Errors {
  readonly errors: readonly string[];
}

export type Declaration = Func | Const | Var | Extern | Export | Type | Errors;

/** One line of NDJSON. */
export function declarationLine(declaration: Declaration): string {
  return JSON.stringify(declaration, function (this: Readonly<Record<string, unknown>>, key, json: unknown) {
    // A Buffer has been turned into an object of its own by now.
    const value = this[key];
    if (typeof value === "bigint") return String(value);
    if (!(value instanceof Uint8Array)) return json;
    const text = `base64:${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}`;
    return key === "bytes" ? text : { bytes: text };
  });
}
