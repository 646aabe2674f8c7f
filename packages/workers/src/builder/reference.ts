/** What `ref` takes: MANIFEST.md's references, with bytes as they are and data by calls. */

import type { DataBuilder, RelocationType } from "./data-builder.js";
import type { Place } from "./places.js";

/** `[offset, type, target, addend]`, as in a manifest. */
export type RawRelocation = readonly [offset: number, type: RelocationType, target: Place, addend?: number];

/** The contents of data: exactly one of bytes, text (UTF-8, without a terminator) and a number of zeros; or calls. */
export type DataContents =
  | { readonly bytes: Uint8Array; readonly relocs?: readonly RawRelocation[] }
  | { readonly text: string; readonly relocs?: readonly RawRelocation[] }
  | { readonly zero: number }
  | { readonly data: (d: DataBuilder) => void };

/** An unnamed value, which equal ones share whichever way they were made; or a place inside a nav. */
export type Reference =
  | { readonly uav: DataContents & { readonly align?: number } }
  | { readonly nav: string; readonly offset?: number };
