import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TargetAbi } from "./abi.js";
import { CWriter, type TwinOptions, twinTypes } from "./c-twin.test.support.js";
import { compileSymbols, type ObjectSymbol } from "./gcc-object.test.support.js";
import { lower } from "./lower.js";
import { ByteSink, type ReferenceTarget } from "./sink.js";
import { TypeTable } from "./type-table.js";

const DECLARATIONS = 400;

/** Declares the values as C and as JSON, and compares all that came of them. */
function compare(target: TargetAbi, options: TwinOptions, ...flags: string[]): void {
  const types = new TypeTable(target, [], ["A", "B", "C"]);
  const declaration = twinTypes(options).chain((type) => type.value.map((value) => ({ type, value })));
  const batch = fc.array(declaration, { minLength: DECLARATIONS, maxLength: DECLARATIONS, size: "max" });
  const check = fc.property(batch, (declarations) => {
    const writer = new CWriter(types);
    writer.lines.push("extern char g0[], g1[], g2[];");
    const twins = declarations.map(({ type, value }, index) => {
      const { json, c } = value(writer);
      const name = writer.type(type);
      writer.lines.push(`${name} v${index} = ${c};`, `struct P${index} { char c; ${name} x; };`);
      writer.lines.push(
        `unsigned long long l${index}[2] = {sizeof(${name}), __builtin_offsetof(struct P${index}, x)};`,
      );
      return { spec: type.spec, json };
    });
    const symbols = compileSymbols(writer.lines.join("\n"), ...flags);
    for (const [index, { spec, json }] of twins.entries()) {
      const layout = Buffer.from(symbols.get(`l${index}`)!.bytes);
      const context = `${JSON.stringify(spec)} = ${JSON.stringify(json)}`;
      const { size, align } = types.layout(spec);
      expect({ size, align }, context).toEqual({
        size: Number(layout.readBigUInt64LE(0)),
        align: Number(layout.readBigUInt64LE(8)),
      });
      expectEqual(types, symbols, symbols.get(`v${index}`)!, spec, json, context);
    }
  });
  fc.assert(check, { numRuns: 1, endOnFailure: true, seed: 20240607 });
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
});
