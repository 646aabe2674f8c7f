/**
 * The contents of lazy code, for x86-64: a function from an enum's tag value to its name.
 *
 * System V calling convention: the value in `rdi` (of which only as many bytes are read as the tag has in memory, since
 * the caller need not extend it), the name's address in `rax` and its length in `rdx`; null and 0 for a value that has
 * no name. It uses `rcx` and the flags beside. The names are those of the enum's lazy data.
 *
 * Tags that count up by one are looked up in a table of offsets behind the code, others in a chain of comparisons.
 */

import { DiagnosticError, noLazySymbol } from "@manifold/core";
import { writeInteger } from "./integer.js";
import { JsonPlace, type Origin } from "./json-place.js";
import type { LazyContents } from "./lazy-data.js";
import { terminated } from "./lazy-data.js";
import { lazyKey } from "./lazy-key.js";
import type { ReferenceTarget, ValueReference } from "./sink.js";
import { type EnumType, type TypeSpec, typeName } from "./type.js";
import type { TypeTable } from "./type-table.js";

/** The alignment of functions on x86-64. */
const FUNCTION_ALIGN = 16;

/**
 * The function for an enum whose tag has at most 64 bits.
 * @throws DiagnosticError for other types and machines
 */
export function lazyCode(types: TypeTable, spec: TypeSpec, origin: Origin = {}): LazyContents {
  const at = new JsonPlace(origin.path ?? "type", origin.place).at();
  const type = types.resolve(spec, origin);
  const key = lazyKey(types, "code", type, at);
  if (typeof key !== "string") throw new DiagnosticError(key);
  const data = lazyKey(types, "data", type, at);
  if (types.abi.machine !== "x86_64" || type.kind !== "enum" || typeof data !== "string") {
    throw new DiagnosticError(noLazySymbol(at, "code", typeName(type), "x86_64"));
  }
  const code = new Code({ lazy: "data", type: spec, key: data });
  const { starts } = terminated(type.names);
  loadTag(code, type);
  const first = type.values[0];
  const consecutive = first !== undefined && type.values.every((value, index) => value === first + BigInt(index));
  if (consecutive) lookUp(code, first, starts);
  else compare(code, type.values, starts);
  return { key, bytes: Uint8Array.from(code.bytes), align: FUNCTION_ALIGN, references: code.references };
}

/** Machine code as it grows. */
class Code {
  readonly bytes: number[] = [];
  readonly references: ValueReference[] = [];
  readonly #names: ReferenceTarget;

  constructor(names: ReferenceTarget) {
    this.#names = names;
  }

  emit(...bytes: readonly number[]): void {
    this.bytes.push(...bytes);
  }

  /** A little-endian integer of `size` bytes. */
  integer(value: bigint | number, size: number): void {
    const bytes = new Uint8Array(size);
    writeInteger(bytes, 0, size, BigInt(value), true);
    this.bytes.push(...bytes);
  }

  /** A 32-bit displacement from the end of itself to `offset` within the names. */
  namesDisplacement(offset: number): void {
    this.references.push({ offset: this.bytes.length, type: "PC32", target: this.#names, addend: offset - 4 });
    this.emit(0, 0, 0, 0);
  }

  /** Fills the 32-bit displacement at `at` so that it leads here. */
  land(at: number): void {
    const bytes = new Uint8Array(4);
    writeInteger(bytes, 0, 4, BigInt(this.bytes.length - (at + 4)), true);
    for (let index = 0; index < 4; index++) this.bytes[at + index] = bytes[index]!;
  }

  /** Reserves a 32-bit displacement for `land`. */
  displacement(): number {
    this.emit(0, 0, 0, 0);
    return this.bytes.length - 4;
  }
}

/** Extends the tag in `rdi` to 64 bits by its sign. */
function loadTag(code: Code, type: EnumType): void {
  const { size, signed } = type.tag;
  if (size === 0) code.emit(0x31, 0xff); // xor edi, edi
  if (size === 1) code.emit(...(signed ? [0x48, 0x0f, 0xbe, 0xff] : [0x40, 0x0f, 0xb6, 0xff])); // movsx/movzx, dil
  if (size === 2) code.emit(...(signed ? [0x48, 0x0f, 0xbf, 0xff] : [0x0f, 0xb7, 0xff])); // movsx/movzx, di
  if (size === 4) code.emit(...(signed ? [0x48, 0x63, 0xff] : [0x89, 0xff])); // movsxd rdi, edi / mov edi, edi
}

/** `return {null, 0}` */
function returnNone(code: Code): void {
  code.emit(0x31, 0xc0); // xor eax, eax
  code.emit(0x31, 0xd2); // xor edx, edx
  code.emit(0xc3); // ret
}

/** Tags `first`, `first + 1`, …: the distance from the first is an index into a table of offsets. */
function lookUp(code: Code, first: bigint, starts: readonly number[]): void {
  if (first !== 0n) {
    code.emit(0x48, 0xb9); // movabs rcx, first
    code.integer(first, 8);
    code.emit(0x48, 0x29, 0xcf); // sub rdi, rcx
  }
  code.emit(0x48, 0x81, 0xff); // cmp rdi, count
  code.integer(starts.length - 1, 4);
  code.emit(0x0f, 0x83); // jae none
  const none = code.displacement();
  code.emit(0x48, 0x8d, 0x0d); // lea rcx, [rip + table]
  const table = code.displacement();
  code.emit(0x8b, 0x04, 0xb9); // mov eax, [rcx + rdi*4]
  code.emit(0x8b, 0x54, 0xb9, 0x04); // mov edx, [rcx + rdi*4 + 4]
  code.emit(0x29, 0xc2); // sub edx, eax
  code.emit(0xff, 0xca); // dec edx: the zero byte does not count
  code.emit(0x48, 0x8d, 0x0d); // lea rcx, [rip + names]
  code.namesDisplacement(0);
  code.emit(0x48, 0x01, 0xc8); // add rax, rcx
  code.emit(0xc3); // ret
  code.land(none);
  returnNone(code);
  while (code.bytes.length % 4 !== 0) code.emit(0xcc); // int3
  code.land(table);
  for (const start of starts) code.integer(start, 4);
}

function compare(code: Code, values: readonly bigint[], starts: readonly number[]): void {
  for (const [index, value] of values.entries()) {
    const start = starts[index]!;
    if (BigInt.asIntN(32, value) === value) {
      code.emit(0x48, 0x81, 0xff); // cmp rdi, value
      code.integer(value, 4);
    } else {
      code.emit(0x48, 0xb9); // movabs rcx, value
      code.integer(value, 8);
      code.emit(0x48, 0x39, 0xcf); // cmp rdi, rcx
    }
    code.emit(0x75, 0x0d); // jne: over the 13 bytes that follow
    code.emit(0x48, 0x8d, 0x05); // lea rax, [rip + name]
    code.namesDisplacement(start);
    code.emit(0xba); // mov edx, length
    code.integer(starts[index + 1]! - start - 1, 4);
    code.emit(0xc3); // ret
  }
  returnNone(code);
}
