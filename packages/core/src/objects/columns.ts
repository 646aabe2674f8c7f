/** Columns of tables that grow: one typed array a field, all of one length. */

/** A typed array with room for at least `length` elements and the old contents; new elements are 0. */
export function grown<T extends Int32Array | Float64Array | Uint8Array>(column: T, length: number): T {
  if (length <= column.length) return column;
  const make = column.constructor as new (length: number) => T;
  const larger = new make(Math.max(length, column.length * 2, 64));
  larger.set(column);
  return larger;
}
