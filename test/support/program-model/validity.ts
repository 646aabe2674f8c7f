/** Which programs the model can speak about: those that are right, and whose meaning does not hang on order. */

import type { Item, Program } from "./program.js";

/** So many, lest programs grow without end. */
const ITEMS = 70;

export function isValid({ items }: Program): boolean {
  return items.length <= ITEMS && haveOwnNames(items) && exportsAreClear(items);
}

/** In a manifest, functions, data and externs share their names; types do, and exports do. */
function haveOwnNames(items: readonly Item[]): boolean {
  const seen = new Set<string>();
  return items.every((item) => {
    if (!("name" in item)) return true;
    const space = item.kind === "export" ? "export" : item.kind === "type" || item.kind === "enum" ? "type" : "name";
    const key = `${space} ${item.scope} ${item.name}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Of exports of one name, one is strong at most; and what exports an export has a name that no other has. */
function exportsAreClear(items: readonly Item[]): boolean {
  const aliased = new Set(items.filter(({ kind }) => kind === "export" || kind === "extern").map(({ id }) => id));
  const exports = items.filter((item) => item.kind === "export");
  return exports.every((one) => {
    const same = exports.filter((other) => other !== one && other.name === one.name);
    if (aliased.has(one.of)) return same.length === 0;
    return one.linkage !== "strong" || same.every(({ linkage }) => linkage !== "strong");
  });
}
