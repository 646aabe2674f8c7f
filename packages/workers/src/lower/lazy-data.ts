/**
 * The contents of lazy data. For the global error set, the table of names (seed lines 5453-5506): the number of errors
 * as u32; if there are any, for each the offset of its name from the start of the table, and the offset of the end;
 * then the names, each with a zero byte. So the offset of error `n` is the `n`th u32, and a name ends one byte before
 * the next offset. For an enum, the names of its tags in order of declaration, each with a zero byte.
 */

import { DiagnosticError } from "@manifold/core";
import { writeNumber } from "./integer.js";
import { JsonPlace, type Origin } from "./json-place.js";
import { lazyKey } from "./lazy-key.js";
import type { ValueReference } from "./sink.js";
import type { TypeSpec } from "./type.js";
import type { TypeTable } from "./type-table.js";

/** What a lazy symbol consists of. */
export interface LazyContents {
  /** As in `LazyTarget`. */
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Bytes; the symbol needs it. */
  readonly align: number;
  readonly references: readonly ValueReference[];
}

const encoder = new TextEncoder();

/**
 * The lazy data of an enum or of `anyerror`. The table of errors is to be made again when the error set has grown.
 * @throws DiagnosticError for other types
 */
export function lazyData(types: TypeTable, spec: TypeSpec, origin: Origin = {}): LazyContents {
  const type = types.resolve(spec, origin);
  const key = lazyKey(types, "data", type, new JsonPlace(origin.path ?? "type", origin.place).at());
  if (typeof key !== "string") throw new DiagnosticError(key);
  if (type.kind === "enum") return { key, bytes: terminated(type.names).bytes, align: 1, references: [] };
  return { key, bytes: errorTable(types.errors.names, types.abi.littleEndian), align: 4, references: [] };
}

/** The names with their zero bytes, and where each begins, with the end as the last. */
export function terminated(names: readonly string[]): {
  readonly bytes: Uint8Array;
  readonly starts: readonly number[];
} {
  const starts: number[] = [];
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const name of names) {
    const part = encoder.encode(`${name}\0`);
    starts.push(end);
    parts.push(part);
    end += part.length;
  }
  starts.push(end);
  const bytes = new Uint8Array(end);
  for (const [index, part] of parts.entries()) bytes.set(part, starts[index]!);
  return { bytes, starts };
}

function errorTable(names: readonly string[], littleEndian: boolean): Uint8Array {
  const text = terminated(names);
  const header = 4 * (1 + names.length + (names.length > 0 ? 1 : 0));
  const bytes = new Uint8Array(header + text.bytes.length);
  writeNumber(bytes, 0, 4, names.length, littleEndian);
  if (names.length === 0) return bytes;
  for (const [index, start] of text.starts.entries())
    writeNumber(bytes, 4 * (index + 1), 4, header + start, littleEndian);
  bytes.set(text.bytes, header);
  return bytes;
}
