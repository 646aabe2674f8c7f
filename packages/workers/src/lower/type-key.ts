/**
 * What identifies a type: a string that is equal for equal types. Declared structs, unions, enums and opaque types are
 * themselves by name; everything else is what it is made of, so that a declared `u32` is a `u32`. Keys depend on the
 * declarations alone, so that all workers find the same.
 */

import { createHash } from "node:crypto";
import type { Field, Type } from "./type.js";

/** Beyond this, a key becomes its hash: keys of keys would grow without end. */
const MAX_KEY = 120;

/** Levels that a key looks into, which ends cycles through types that are not themselves by name. */
const MAX_LEVELS = 200;

/** The SHA-256 of `content`, in 43 characters. */
export function digest(...content: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of content) hash.update(part);
  return hash.digest("base64url");
}

/** Keys, each worked out once. */
export class TypeKeys {
  readonly #known = new WeakMap<Type, string>();
  readonly #open = new Set<Type>();

  of(type: Type): string {
    // Arrays without a name are made for every text: spelling them again is quicker than remembering them.
    if (type.kind === "array" && type.name === "") return shorten(this.#spell(type));
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    // Only declared types can come back to themselves, since only names can refer backwards.
    if (type.name !== "" && (this.#open.has(type) || this.#open.size >= MAX_LEVELS)) return byName(type);
    this.#open.add(type);
    const text = this.#spell(type);
    this.#open.delete(type);
    const key = shorten(text);
    this.#known.set(type, key);
    return key;
  }

  #spell(type: Type): string {
    switch (type.kind) {
      case "void":
      case "bool":
        return type.kind;
      case "int":
        return `${type.signed ? "i" : "u"}${type.bits}`;
      case "float":
        return `f${type.bits}`;
      case "opaque":
        return byName(type);
      case "errorSet":
        return type.names === null ? "anyerror" : `error${JSON.stringify([...type.names].sort())}`;
      case "errorUnion":
        return `${this.of(type.errors)}!${this.of(type.payload)}`;
      case "optional":
        return `?${this.of(type.payload)}`;
      case "pointer": {
        const flags = `${type.allowZero ? "z" : ""}${type.childAlign === 0 ? "" : `a${type.childAlign}`}`;
        return `*${type.pointerSize}${flags}${sentinel(type.sentinel)} ${this.of(type.child)}`;
      }
      case "array":
        return `[${type.length}${sentinel(type.sentinel)}]${this.of(type.element)}`;
      case "vector":
        return `<${type.length}>${this.of(type.element)}`;
      case "struct":
        if (type.layout === "tuple") return `(${type.fields.map((field) => this.of(field.type)).join()})`;
        if (type.name !== "") return byName(type);
        return `${type.layout} struct${type.size},${type.align}${this.#fields(type.fields)}`;
      case "union":
        if (type.name !== "") return byName(type);
        return `${type.layout} union${type.align}${type.tag === null ? "" : this.of(type.tag)}${this.#fields(type.fields)}`;
      case "enum": {
        if (type.name !== "") return byName(type);
        const tags = type.names.map((name, index) => `${JSON.stringify(name)}=${type.values[index]}`);
        return `enum${type.open ? "+" : ""} ${this.of(type.tag)}{${tags.join()}}`;
      }
    }
  }

  #fields(fields: readonly Field[]): string {
    return `{${fields.map((field) => `${JSON.stringify(field.name)}@${field.offset}:${this.of(field.type)}`).join()}}`;
  }
}

const shorten = (text: string): string => (text.length <= MAX_KEY ? text : `#${digest(text)}`);

const byName = (type: Type): string => `@${JSON.stringify(type.name)}`;

const sentinel = (bits: bigint | null): string => (bits === null ? "" : `:${bits}`);
