/** Names: hashing them, entering them into the table, finding them there. */

import { hash0, hash1, hash2, hashBytes, NameTable } from "@manifold/core";
import type { Part } from "./part.js";

const NAMES = 100_000;

export function nameParts(): Part[] {
  const names = Array.from({ length: NAMES }, (_, i) => new TextEncoder().encode(`module${i % 97}.function${i}`));
  const full = enter(names, new NameTable(NAMES));
  return [
    { name: "hash a name of 20 bytes", operations: NAMES, run: () => names.forEach(hash) },
    { name: "hash and enter a name", operations: NAMES, run: () => void enter(names, new NameTable(NAMES)) },
    {
      name: "hash and enter a name, the table grows",
      operations: NAMES,
      run: () => void enter(names, new NameTable(16)),
    },
    { name: "hash and find a name", operations: NAMES, run: () => find(names, full) },
  ];
}

function hash(name: Uint8Array): void {
  hashBytes(name, 0, name.length);
}

function enter(names: readonly Uint8Array[], table: NameTable): NameTable {
  for (const [index, name] of names.entries()) {
    hash(name);
    table.reserve(1);
    table.insert(hash0, hash1, hash2, index);
  }
  return table;
}

function find(names: readonly Uint8Array[], table: NameTable): void {
  for (const [index, name] of names.entries()) {
    hash(name);
    if (table.find(hash0, hash1, hash2) !== index) throw new Error("a name is not found");
  }
}
