/**
 * For tests: random types and values, each with its twin in C. A type writes its typedefs, a value its initializer, and
 * what it points to as objects of its own; names are given while writing.
 */

import fc from "fast-check";
import type { TypeSpec } from "./type.js";
import type { TypeTable } from "./type-table.js";

export interface TwinValue {
  readonly json: unknown;
  readonly c: string;
}

type WriteValue = (writer: CWriter) => TwinValue;

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

export interface TwinOptions {
  readonly pointerBytes: 4 | 8;
  /** Only what gcc can store in the other byte order: integers, small floats, and structs and arrays of them. */
  readonly plain?: boolean;
}

const INT_NAMES: Readonly<Record<number, string>> = {
  8: "char",
  16: "short",
  32: "int",
  64: "long long",
  128: "__int128",
};

function intValue(bits: number, signed: boolean): fc.Arbitrary<bigint> {
  const low = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const high = low + (1n << BigInt(bits)) - 1n;
  return fc.oneof(fc.bigInt({ min: low, max: high }), fc.constantFrom(low, high, 0n, 1n));
}

/** One integer in one of the spellings that JSON has for it. */
function spell(value: bigint): fc.Arbitrary<unknown> {
  const magnitude = value < 0n ? -value : value;
  const texts: unknown[] = [String(value), `${value < 0n ? "-" : ""}0x${magnitude.toString(16)}`];
  if (magnitude < 2n ** 53n) texts.push(Number(value), Number(value));
  return fc.constantFrom(...texts);
}

function cInteger(type: string, bits: number, value: bigint): string {
  const raw = BigInt.asUintN(bits, value);
  const part = (word: bigint): string => `0x${BigInt.asUintN(64, word).toString(16)}ULL`;
  return bits <= 64
    ? `(${type})${part(raw)}`
    : `(${type})((unsigned __int128)${part(raw >> 64n)} << 64 | ${part(raw)})`;
}

function intType(bits: number, signed: boolean): TwinType {
  const name = `${signed ? "signed" : "unsigned"} ${INT_NAMES[bits]}`;
  return {
    spec: `${signed ? "i" : "u"}${bits}`,
    isScalar: true,
    typedef: (writer) => writer.define(`${name} @`),
    value: intValue(bits, signed).chain((value) =>
      spell(value).map((json) => () => ({ json, c: cInteger(name, bits, value) })),
    ),
  };
}

const FLOATS: Readonly<
  Record<number, readonly [type: string, suffix: string, decimalExponent: number, binaryExponent: number]>
> = {
  16: ["_Float16", "f16", 9, 27],
  32: ["float", "f", 48, 152],
  64: ["double", "", 330, 1080],
  80: ["long double", "L", 4960, 16460],
  128: ["__float128", "Q", 4970, 16500],
};

function floatType(bits: number): TwinType {
  const [type, suffix, decimals, binaries] = FLOATS[bits]!;
  const sign = fc.constantFrom("", "-");
  const decimal = fc
    .tuple(sign, fc.stringMatching(/^[0-9]{1,40}\.[0-9]{0,20}$/), fc.integer({ min: -decimals, max: decimals }))
    .map(([minus, digits, exponent]) => `${minus}${digits}e${exponent}`);
  const hexadecimal = fc
    .tuple(sign, fc.stringMatching(/^[0-9a-f]{1,8}\.[0-9a-f]{0,32}$/), fc.integer({ min: -binaries, max: binaries }))
    .map(([minus, digits, exponent]) => `${minus}0x${digits}p${exponent}`);
  const text = fc.oneof(decimal, hexadecimal).map((json) => ({ json: json as unknown, c: `${json}${suffix}` }));
  const number = fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((json) => ({ json: json as unknown, c: cDouble(json) }));
  const special = fc.constantFrom(
    { json: "inf" as unknown, c: "__builtin_inf()" },
    { json: "-inf", c: "-__builtin_inf()" },
    { json: "nan", c: '__builtin_nan("")' },
    { json: "-0", c: "-0.0" },
  );
  const value = fc.oneof(
    { weight: 6, arbitrary: text },
    { weight: 3, arbitrary: number },
    { weight: 1, arbitrary: special },
  );
  return {
    spec: `f${bits}`,
    isScalar: true,
    typedef: (writer) => writer.define(`${type} @`),
    value: value.map((twin) => () => twin),
  };
}

/** A 64-bit constant, exactly; the initializer rounds it further. */
function cDouble(value: number): string {
  return Object.is(value, -0) ? "-0.0" : value.toExponential(17);
}

const boolType: TwinType = {
  spec: "bool",
  isScalar: true,
  typedef: (writer) => writer.define("_Bool @"),
  value: fc.boolean().map((json) => () => ({ json, c: json ? "1" : "0" })),
};

const errorType: TwinType = {
  spec: "anyerror",
  isScalar: true,
  typedef: (writer) => writer.define("unsigned short @"),
  value: fc.constantFrom("A", "B", "C").map((json) => () => ({ json, c: String(" ABC".indexOf(json)) })),
};

function enumType(tag: TwinType, numbers: readonly bigint[]): TwinType {
  const names = numbers.map((_, index) => `tag${index}`);
  return {
    spec: { enum: names.map((name, index) => [name, String(numbers[index])]), tag: tag.spec },
    isScalar: true,
    typedef: (writer) => writer.type(tag),
    value: fc.nat({ max: names.length - 1 }).map((index) => () => ({ json: names[index], c: `${numbers[index]}` })),
  };
}

function arrayType(element: TwinType, length: number, sentinel: boolean): TwinType {
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

function vectorType(element: TwinType, length: number, bytes: number): TwinType {
  const array = arrayType(element, length, false);
  return {
    spec: { vector: element.spec, len: length },
    typedef: (writer) => writer.define(`${writer.type(element)} @ __attribute__((vector_size(${bytes})))`),
    value: array.value,
  };
}

interface TwinField {
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

function structType(fields: readonly TwinField[], layout: "auto" | "extern" | "tuple", attributes: string): TwinType {
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

function unionType(fields: readonly TwinField[], layout: "auto" | "extern"): TwinType {
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
function taggedType(fields: readonly TwinField[], tag: TwinType): TwinType {
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

function optionalType(payload: TwinType): TwinType {
  return {
    spec: { optional: payload.spec },
    typedef: (writer) => writer.define(`struct { ${writer.type(payload)} payload; _Bool some; } @`),
    value: payload.value.map((value) => (writer) => {
      const { json, c } = value(writer);
      return { json: { some: json }, c: `{.payload = ${c}, .some = 1}` };
    }),
  };
}

function errorUnionType(payload: TwinType): TwinType {
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

/** A pointer value of any kind that both sides can write. */
function pointerValue(target: fc.Arbitrary<TwinType>, pointerBytes: 4 | 8): fc.Arbitrary<WriteValue> {
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

function pointerType(value: fc.Arbitrary<WriteValue>): TwinType {
  return { spec: { ptr: "opaque" }, typedef: (writer) => writer.define("void *@"), value };
}

function optionalPointerType(pointer: TwinType): TwinType {
  const none = fc.constant((): TwinValue => ({ json: null, c: "0" }));
  const some = pointer.value.map((value) => (writer: CWriter): TwinValue => {
    const { json, c } = value(writer);
    return { json: { some: json }, c };
  });
  return { spec: { optional: pointer.spec }, typedef: pointer.typedef, value: fc.oneof(some, none) };
}

function sliceType(element: TwinType): TwinType {
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
function packedType(
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

/** Random types with C twins. */
export function twinTypes(options: TwinOptions): fc.Arbitrary<TwinType> {
  const { pointerBytes, plain = false } = options;
  const attributes = plain ? '__attribute__((scalar_storage_order("big-endian"))) ' : "";
  const intWidths = pointerBytes === 8 && !plain ? [8, 16, 32, 64, 128] : [8, 16, 32, 64];
  const ints = intWidths.flatMap((bits) => [intType(bits, false), intType(bits, true)]);
  const floats = (plain ? [32, 64] : [16, 32, 64, 80, 128]).map(floatType);
  const enums = fc
    .tuple(
      fc.constantFrom(8, 16, 32),
      fc.uniqueArray(fc.bigInt({ min: -128n, max: 127n }), { minLength: 1, maxLength: 4 }),
    )
    .map(([bits, numbers]) => enumType(intType(bits, true), numbers));
  const scalar = fc.oneof(fc.constantFrom(...ints, ...floats, boolType, ...(plain ? [] : [errorType])), enums);
  const { type } = fc.letrec<{ type: TwinType; shallow: TwinType }>((tie) => {
    const any = tie("type");
    const fields = fc
      .array(fc.tuple(any, plain ? fc.constant(0) : fc.constantFrom(0, 0, 0, 0, 1, 2, 4, 8, 16, 64)), {
        minLength: 1,
        maxLength: 6,
      })
      .map((list) => list.map(([type, align], index) => ({ name: `f${index}`, type, align })));
    const scalars = fc
      .array(scalar, { minLength: 1, maxLength: 4 })
      .map((list) => list.map((type, index) => ({ name: `f${index}`, type, align: 0 })));
    const array = fc
      .tuple(any, fc.integer({ min: 1, max: 5 }), fc.boolean())
      .map(([element, length, sentinel]) => arrayType(element, length, sentinel && ints.includes(element)));
    const struct = fc
      .tuple(fields, fc.constantFrom("auto", "extern"))
      .map(([list, layout]) => structType(list, layout as "auto", attributes));
    const packed = fc
      .tuple(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(8, 16, 32, 64),
      )
      .map(([widths, signs, total]) => packedType(widths, signs, total, null, plain));
    if (plain)
      return { type: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scalar, array, struct, packed), shallow: scalar };
    const vector = fc
      .tuple(fc.constantFrom(8, 16, 32, 64), fc.boolean(), fc.constantFrom(1, 2, 4, 8))
      // On i386 gcc aligns 8-byte vectors to 8 on their own, and to 4 in some unions and structs.
      .filter(([bits, , length]) => pointerBytes === 8 || bits * length !== 64)
      .map(([bits, signed, length]) => vectorType(intType(bits, signed), length, (bits / 8) * length));
    const floatVector = fc
      .tuple(fc.constantFrom(32, 64), fc.constantFrom(2, 4))
      .filter(([bits, length]) => pointerBytes === 8 || bits * length !== 64)
      .map(([bits, length]) => vectorType(floatType(bits), length, (bits / 8) * length));
    const pointer = fc.constant(pointerType(pointerValue(any, pointerBytes)));
    const packedPointer = fc
      .tuple(
        pointer,
        fc.nat({ max: pointerBytes }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
      )
      .map(([type, at, widths]) => packedType(widths, [false], pointerBytes * 16, { at, type }, false));
    const union = fc.tuple(fields, fc.constantFrom("auto", "extern")).map(([list, layout]) =>
      unionType(
        list.map((field) => ({ ...field, align: 0 })),
        layout as "auto",
      ),
    );
    const tagged = fc
      .tuple(scalars, fc.constantFrom(8, 16, 32))
      .map(([list, bits]) => taggedType(list, intType(bits, false)));
    const tuple = fields.map((list) =>
      structType(
        list.map((field) => ({ ...field, align: 0 })),
        "tuple",
        "",
      ),
    );
    return {
      type: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        scalar,
        array,
        struct,
        struct,
        packed,
        packedPointer,
        vector,
        floatVector,
        pointer,
        pointer.map(optionalPointerType),
        union,
        tagged,
        tuple,
        any.filter((payload) => !isBarePointer(payload) && payload.spec !== "anyerror").map(optionalType),
        any.map(errorUnionType),
        any.map(sliceType),
      ),
      shallow: scalar,
    };
  });
  return type;
}

/** Whether an optional of it would be one word. */
function isBarePointer(type: TwinType): boolean {
  return typeof type.spec === "object" && type.spec !== null && "ptr" in type.spec;
}
