/** For tests: pointers, slices and packed structs (which may hold pointers) with their twins in C. */

import fc from "fast-check";
import { arrayType } from "./c-twin-aggregate.test.support.js";
import { boolType, cInteger, intValue, spell } from "./c-twin-scalar.test.support.js";
import type { CWriter, TwinType, TwinValue, WriteValue } from "./c-twin-writer.test.support.js";

/** A pointer value of any kind that both sides can write. */
export function pointerValue(target: fc.Arbitrary<TwinType>, pointerBytes: 4 | 8): fc.Arbitrary<WriteValue> {
  const nav = fc
    .tuple(fc.constantFrom("g0", "g1", "g2"), fc.integer({ min: -1000, max: 100000 }))
    .map(([name, offset]) => () => ({ json: { nav: name, offset }, c: `(void *)(${name} + ${offset})` }));
  const address = fc.bigInt({ min: 1n, max: (1n << BigInt(8 * pointerBytes)) - 1n }).chain((value) =>
    spell(value).map((json) => () => ({
      json: { int: json },
      c: `(void *)${value}U${pointerBytes === 8 ? "LL" : ""}`,
    })),
  );
  const uav = target.chain((type) =>
    type.value.map((value) => (writer: CWriter) => {
      const twin = value(writer);
      const name = writer.object(type, twin);
      return { json: { uav: { type: type.spec, init: twin.json } }, c: `(void *)&${name}` };
    }),
  );
  const inner = fc.tuple(target, fc.nat()).map(([type, choice]) => (writer: CWriter) => {
    const name = writer.name("n");
    writer.lines.push(`extern ${writer.type(type)} ${name};`);
    const of = { nav: name, type: type.spec };
    if (type.fields !== undefined && type.fields.length > 0) {
      const [field] = type.fields[choice % type.fields.length]!;
      return { json: { field, of }, c: `(void *)&${name}.${field}` };
    }
    if (type.length !== undefined) {
      const index = choice % (type.length + 1);
      return { json: { element: index, of }, c: `(void *)&${name}[${index}]` };
    }
    return { json: of, c: `(void *)&${name}` };
  });
  return fc.oneof(nav, address, uav, inner);
}

export function pointerType(value: fc.Arbitrary<WriteValue>): TwinType {
  return { spec: { ptr: "opaque" }, typedef: (writer) => writer.define("void *@"), value };
}

export function optionalPointerType(pointer: TwinType): TwinType {
  const none = fc.constant((): TwinValue => ({ json: null, c: "0" }));
  const some = pointer.value.map((value) => (writer: CWriter): TwinValue => {
    const { json, c } = value(writer);
    return { json: { some: json }, c };
  });
  return { spec: { optional: pointer.spec }, typedef: pointer.typedef, value: fc.oneof(some, none) };
}

export function sliceType(element: TwinType): TwinType {
  const list = fc.integer({ min: 1, max: 5 }).chain((length) => {
    const array = arrayType(element, length, false);
    return array.value.map((value) => ({ array, length, value }));
  });
  return {
    spec: { ptr: element.spec, size: "slice" },
    typedef: (writer) => writer.define("struct { void *ptr; __SIZE_TYPE__ len; } @"),
    value: list.map(({ array, length, value }) => (writer) => {
      const twin = value(writer);
      const json = { uav: { type: array.spec, init: twin.json } };
      return { json, c: `{.ptr = (void *)&${writer.object(array, twin)}, .len = ${length}}` };
    }),
  };
}

/** Fields of `bits` in all, as bit-fields on the C side; with `pointer`, one of them a pointer at a byte's start. */
export function packedType(
  widths: readonly number[],
  signs: readonly boolean[],
  total: number,
  pointer: { readonly at: number; readonly type: TwinType } | null,
  reversed: boolean,
): TwinType {
  const fields: {
    name: string;
    spec: unknown;
    member: (writer: CWriter) => string;
    value: fc.Arbitrary<WriteValue>;
  }[] = [];
  const add = (width: number, signed: boolean): void => {
    const name = `b${fields.length}`;
    const value = intValue(width, signed).chain((number) =>
      spell(number).map((json) => () => ({ json, c: cInteger("long long", 64, number) })),
    );
    const member = (): string => `${signed ? "signed" : "unsigned"} long long ${name} : ${width};`;
    if (width === 1 && !signed)
      fields.push({ name, spec: "bool", member: () => `_Bool ${name} : 1;`, value: boolType.value });
    else fields.push({ name, spec: `${signed ? "i" : "u"}${width}`, member, value });
  };
  const fill = (bits: number): void => {
    let left = bits;
    for (let index = fields.length; left > 0; index++) {
      const width = Math.min(left, widths[index % widths.length]!);
      add(width, signs[index % signs.length]! && width > 1);
      left -= width;
    }
  };
  if (pointer === null) fill(total);
  else {
    const pointerBits = total === 128 ? 64 : 32;
    fill(pointer.at * 8);
    fields.push({
      name: "p",
      spec: pointer.type.spec,
      member: (writer) => `${writer.type(pointer.type)} p;`,
      value: pointer.type.value,
    });
    fill(total - pointerBits - pointer.at * 8);
  }
  return {
    spec: { struct: fields.map(({ name, spec }) => ({ name, type: spec })), layout: "packed", backing: `u${total}` },
    typedef: (writer) => {
      const align = writer.types.layout(`u${total}`).align;
      const members = fields.map((field) => field.member(writer));
      const order = reversed ? ', scalar_storage_order("big-endian")' : "";
      return writer.define(
        `struct __attribute__((packed, aligned(${align})${order})) { ${(reversed ? members.reverse() : members).join(" ")} } @`,
      );
    },
    value: fc.tuple(...fields.map((field) => field.value)).map((values) => (writer) => {
      const twins = values.map((value, index) => ({ name: fields[index]!.name, ...value(writer) }));
      const c = `{${twins.map(({ name, c }) => `.${name} = ${c}`).join(", ")}}`;
      return { json: Object.fromEntries(twins.map(({ name, json }) => [name, json])), c };
    }),
  };
}
