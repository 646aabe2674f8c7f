/** For tests: arrays, structs, unions, optionals and error unions with their twins in C. */

import fc from "fast-check";
import type { CWriter, TwinType, WriteValue } from "./c-twin-writer.test.support.js";

export function arrayType(element: TwinType, length: number, sentinel: boolean): TwinType {
  const isText = element.spec === "u8";
  const list = fc.array(element.value, { minLength: length, maxLength: length }).map((values) => (writer: CWriter) => {
    const twins = values.map((value) => value(writer));
    return { json: twins.map((twin) => twin.json) as unknown, c: `{${twins.map((twin) => twin.c).join()}}` };
  });
  const text = fc.stringMatching(new RegExp(`^[ -~]{${length}}$`)).map((json) => () => ({
    json: json as unknown,
    c: `{${[...Buffer.from(json)].join()}}`,
  }));
  const repeated = element.value.map((value) => (writer: CWriter) => {
    const twin = value(writer);
    return { json: { repeat: twin.json } as unknown, c: `{${new Array<string>(length).fill(twin.c).join()}}` };
  });
  return {
    spec: { array: element.spec, len: length, ...(sentinel ? { sentinel: 0 } : {}) },
    length,
    typedef: (writer) => writer.define(`${writer.type(element)} @[${length + (sentinel ? 1 : 0)}]`),
    value: isText ? fc.oneof(text, list) : fc.oneof({ weight: 3, arbitrary: list }, { weight: 1, arbitrary: repeated }),
  };
}

export function vectorType(element: TwinType, length: number, bytes: number): TwinType {
  const array = arrayType(element, length, false);
  return {
    spec: { vector: element.spec, len: length },
    typedef: (writer) => writer.define(`${writer.type(element)} @ __attribute__((vector_size(${bytes})))`),
    value: array.value,
  };
}

export interface TwinField {
  readonly name: string;
  readonly type: TwinType;
  readonly align: number;
}

/** The C twin of a struct whose fields are in `order`. */
function structDeclaration(writer: CWriter, fields: readonly TwinField[], attributes: string): string {
  const members = fields.map(({ name, type, align }) => {
    const aligned = align === 0 ? "" : ` __attribute__((packed, aligned(${align})))`;
    return `${writer.type(type)} ${name}${aligned};`;
  });
  return writer.define(`struct ${attributes}{ ${members.join(" ")} } @`);
}

function fieldSpec(field: TwinField): unknown {
  return field.align === 0 ? field.type.spec : { type: field.type.spec, align: field.align };
}

function structValue(fields: readonly TwinField[], asList: boolean): fc.Arbitrary<WriteValue> {
  return fc.tuple(fc.boolean(), ...fields.map((field) => field.type.value)).map(([reversed, ...values]) => (writer) => {
    const twins = values.map((value, index) => ({ name: fields[index]!.name, ...value(writer) }));
    const entries = twins.map(({ name, json }) => [name, json] as const);
    const json = asList ? twins.map((twin) => twin.json) : Object.fromEntries(reversed ? entries.reverse() : entries);
    return { json, c: `{${twins.map(({ name, c }) => `.${name} = ${c}`).join(", ")}}` };
  });
}

export function structType(
  fields: readonly TwinField[],
  layout: "auto" | "extern" | "tuple",
  attributes: string,
): TwinType {
  const spec =
    layout === "tuple"
      ? { tuple: fields.map((field) => field.type.spec) }
      : { struct: Object.fromEntries(fields.map((field) => [field.name, fieldSpec(field)])), layout };
  const alignOf = (writer: CWriter, field: TwinField): number =>
    field.align || writer.types.layout(field.type.spec).align;
  return {
    spec,
    ...(layout === "tuple" ? {} : { fields: fields.map((field) => [field.name, field.type] as const) }),
    typedef: (writer) => {
      const order = layout === "auto" ? [...fields].sort((a, b) => alignOf(writer, b) - alignOf(writer, a)) : fields;
      return structDeclaration(writer, order, attributes);
    },
    value:
      layout === "tuple" ? structValue(fields, true) : fc.oneof(structValue(fields, false), structValue(fields, true)),
  };
}

export function unionType(fields: readonly TwinField[], layout: "auto" | "extern"): TwinType {
  return {
    spec: { union: Object.fromEntries(fields.map((field) => [field.name, field.type.spec])), layout },
    typedef: (writer) =>
      writer.define(`union { ${fields.map(({ name, type }) => `${writer.type(type)} ${name};`).join(" ")} } @`),
    value: fc.oneof(
      ...fields.map(({ name, type }) =>
        type.value.map((value) => (writer: CWriter) => {
          const twin = value(writer);
          return { json: { [name]: twin.json } as unknown, c: `{.${name} = ${twin.c}}` };
        }),
      ),
    ),
  };
}

/** A union with its tag, as C would place them by hand. */
export function taggedType(fields: readonly TwinField[], tag: TwinType): TwinType {
  const bare = unionType(fields, "auto");
  return {
    spec: { union: Object.fromEntries(fields.map((field) => [field.name, field.type.spec])), tag: tag.spec },
    typedef: (writer) => {
      const tagFirst = writer.types.layout(tag.spec).align >= writer.types.layout(bare.spec).align;
      const parts = [`${writer.type(tag)} tag;`, `${writer.type(bare)} payload;`];
      return writer.define(`struct { ${(tagFirst ? parts : parts.reverse()).join(" ")} } @`);
    },
    value: bare.value.map((value) => (writer) => {
      const { json, c } = value(writer);
      const index = fields.findIndex((field) => field.name === Object.keys(json as object)[0]);
      return { json, c: `{.payload = ${c}, .tag = ${index}}` };
    }),
  };
}

export function optionalType(payload: TwinType): TwinType {
  return {
    spec: { optional: payload.spec },
    typedef: (writer) => writer.define(`struct { ${writer.type(payload)} payload; _Bool some; } @`),
    value: payload.value.map((value) => (writer) => {
      const { json, c } = value(writer);
      return { json: { some: json }, c: `{.payload = ${c}, .some = 1}` };
    }),
  };
}

export function errorUnionType(payload: TwinType): TwinType {
  return {
    spec: { errorUnion: payload.spec },
    typedef: (writer) => {
      const parts = [`${writer.type(payload)} payload;`, "unsigned short error;"];
      const errorFirst = writer.types.layout(payload.spec).align < 2;
      return writer.define(`struct { ${(errorFirst ? parts.reverse() : parts).join(" ")} } @`);
    },
    value: payload.value.map((value) => (writer) => {
      const { json, c } = value(writer);
      return { json: { ok: json }, c: `{.payload = ${c}, .error = 0}` };
    }),
  };
}
