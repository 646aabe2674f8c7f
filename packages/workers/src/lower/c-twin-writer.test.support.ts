/** For tests: what a type or value with a twin in C is, and the C file while it is written. */

import type fc from "fast-check";
import type { TypeSpec } from "./type.js";
import type { TypeTable } from "./type-table.js";

export interface TwinValue {
  readonly json: unknown;
  readonly c: string;
}

export type WriteValue = (writer: CWriter) => TwinValue;

export interface TwinType {
  readonly spec: TypeSpec;
  /** Writes the typedef and returns its name. */
  readonly typedef: (writer: CWriter) => string;
  readonly value: fc.Arbitrary<WriteValue>;
  readonly isScalar?: boolean;
  /** Of structs: fields by name. */
  readonly fields?: readonly (readonly [name: string, type: TwinType])[];
  /** Of arrays. */
  readonly length?: number;
}

/** Collects the C file. */
export class CWriter {
  readonly types: TypeTable;
  readonly lines: string[] = [];
  /** C names of uav objects, with the JSON they come from. */
  readonly objects: Map<string, { readonly spec: TypeSpec; readonly json: unknown }> = new Map();
  readonly #typedefs = new Map<TwinType, string>();
  #count = 0;

  constructor(types: TypeTable) {
    this.types = types;
  }

  name(prefix: string): string {
    return `${prefix}${this.#count++}`;
  }

  type(type: TwinType): string {
    let name = this.#typedefs.get(type);
    if (name === undefined) {
      name = type.typedef(this);
      this.#typedefs.set(type, name);
    }
    return name;
  }

  /** Writes `typedef …;` with the new name in place of `@`, and returns it. */
  define(declaration: string): string {
    const name = this.name("T");
    this.lines.push(`typedef ${declaration.replace("@", name)};`);
    return name;
  }

  object(type: TwinType, value: TwinValue): string {
    const name = this.name("u");
    this.lines.push(`const ${this.type(type)} ${name} = ${value.c};`);
    this.objects.set(name, { spec: type.spec, json: value.json });
    return name;
  }
}
