import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TargetAbi } from "./abi.js";
import { type TwinOptions, twinTypes } from "./c-twin.test.support.js";
import { CWriter } from "./c-twin-writer.test.support.js";
import { compileSymbols, type ObjectSymbol } from "./gcc-object.test.support.js";
import { lower } from "./lower.js";
import { ByteSink, type ReferenceTarget } from "./sink.js";
import { TypeTable } from "./type-table.js";

/** One run of gcc takes them all. Another seed gives other types and values. */
const DECLARATIONS = 400;
const SEED = 20240607;

/** Declares the values as C and as JSON, and compares all that came of them. */
function compare(target: TargetAbi, options: TwinOptions, ...flags: string[]): void {
  const types = new TypeTable(target, [], ["A", "B", "C"]);
  const declaration = twinTypes(options)
    .filter((type) => options.plain !== true || type.fields !== undefined)
    .chain((type) => type.value.map((value) => ({ type, value })));
  const writer = new CWriter(types);
  writer.lines.push("extern char g0[], g1[], g2[];");
  const samples = fc.sample(declaration, { numRuns: DECLARATIONS, seed: SEED });
  const twins = samples.map(({ type, value }, index) => {
    const { json, c } = value(writer);
    const name = writer.type(type);
    writer.lines.push(`${name} v${index} = ${c};`, `struct P${index} { char c; ${name} x; };`);
    writer.lines.push(`unsigned long long l${index}[2] = {sizeof(${name}), __builtin_offsetof(struct P${index}, x)};`);
    return { spec: type.spec, json };
  });
  const symbols = compileSymbols(writer.lines.join("\n"), ...flags);
  for (const [index, { spec, json }] of twins.entries()) {
    const context = `${JSON.stringify(spec)} = ${JSON.stringify(json)}`;
    const layout = Buffer.from(symbols.get(`l${index}`)!.bytes);
    const expected = { size: Number(layout.readBigUInt64LE(0)), align: Number(layout.readBigUInt64LE(8)) };
    expect(types.layout(spec), context).toEqual(expected);
    expectEqual(types, symbols, symbols.get(`v${index}`)!, spec, json, context);
  }
}

/** Compares one value, and through its references the uavs that it leads to. */
function expectEqual(
  types: TypeTable,
  symbols: Map<string, ObjectSymbol>,
  symbol: ObjectSymbol,
  spec: unknown,
  json: unknown,
  context: string,
): void {
  const sink = new ByteSink();
  lower(types, spec, json, sink);
  expect(Buffer.from(sink.bytes).toString("hex"), context).toBe(Buffer.from(symbol.bytes).toString("hex"));
  const references = [...sink.references].sort((a, b) => a.offset - b.offset);
  expect(
    references.map(({ offset, addend }) => ({ offset, addend })),
    context,
  ).toEqual(symbol.relocations.map(({ offset, addend }) => ({ offset, addend })));
  for (const [index, { target }] of references.entries()) {
    const name = symbol.relocations[index]!.symbol;
    if (!("uav" in target)) expect(navName(target), context).toBe(name);
    else expectEqual(types, symbols, symbols.get(name)!, target.type, target.value, `${context} → ${name}`);
  }
}

function navName(target: ReferenceTarget): string {
  return "nav" in target ? target.nav : "";
}

describe("values that C can express", () => {
  it("are for x86-64 what gcc makes of their C twins, in size, alignment, bytes and relocations", () => {
    compare({ pointerBytes: 8, littleEndian: true }, { pointerBytes: 8 });
  });

  it("are for i386 what gcc makes of their C twins, in size, alignment, bytes and relocations", () => {
    compare({ pointerBytes: 4, littleEndian: true }, { pointerBytes: 4 }, "-m32", "-msse2");
  });

  it("are in the other byte order what gcc makes of their C twins", () => {
    compare({ pointerBytes: 8, littleEndian: false }, { pointerBytes: 8, plain: true });
  });
});
