/**
 * Columns of tables that grow: one typed array a field, all of one length. A column that has become long lies in shared
 * memory, where other threads see it, and has address space to grow into: its elements stay where they are.
 */

export type Column = Int32Array | Float64Array | Uint8Array;

/** From so many bytes on a column is worth its own stretch of address space. */
const LONG = 1 << 16;
/** Of a stretch, how many times what is needed is reserved. Pages that nobody touches cost nothing. */
const RESERVED = 16;

/** A typed array with room for at least `length` elements and the old contents; new elements are 0. */
export function grown<T extends Column>(column: T, length: number): T {
  if (length <= column.length) return column;
  const make = column.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => T;
  const wanted = Math.max(length, column.length * 2, 64);
  const bytes = wanted * column.BYTES_PER_ELEMENT;
  const { buffer } = column;
  if (buffer instanceof SharedArrayBuffer && buffer.growable && bytes <= buffer.maxByteLength) {
    buffer.grow(bytes);
    return new make(buffer, 0, wanted);
  }
  const isLong = bytes >= LONG;
  const larger = new make(isLong ? reserve(bytes) : new ArrayBuffer(bytes), 0, wanted);
  larger.set(column);
  return larger;
}

/** A column of `length` zeros, in shared memory. */
export function sharedInts(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(length * 4));
}

function reserve(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes, { maxByteLength: Math.min(bytes * RESERVED, 2 ** 32 - 65536) });
}

/** All columns that an object has as fields, in shared memory; short ones are copied there. */
export function shareColumns(holder: object): Record<string, Column> {
  const columns: Record<string, Column> = {};
  for (const [name, field] of Object.entries(holder)) {
    if (isColumn(field)) columns[name] = shared(field);
  }
  return columns;
}

function isColumn(field: unknown): field is Column {
  return field instanceof Int32Array || field instanceof Float64Array || field instanceof Uint8Array;
}

/** A column, or a copy of it in shared memory where it is not there. */
export function shared<T extends Column>(column: T): T {
  if (column.buffer instanceof SharedArrayBuffer) return column;
  const make = column.constructor as new (buffer: SharedArrayBuffer) => T;
  const copy = new make(new SharedArrayBuffer(column.byteLength));
  copy.set(column);
  return copy;
}
