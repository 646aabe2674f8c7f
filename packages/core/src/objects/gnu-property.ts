/**
 * Merges the `.note.gnu.property` sections of the inputs into that of the output (Linux Extensions to gABI, "Program
 * Property"; x86-64 psABI, "Program Property"), as GNU ld does (bfd/elf-properties.c, bfd/elfxx-x86.c). Of what an
 * object says, each type of property has a rule for what all of them say:
 *
 *   AND     bits that all objects have; none, where one object lacks the property (control-flow protection: IBT, SHSTK)
 *   OR      bits that any object has (needed instruction sets)
 *   USED    bits that any object has; dropped where one object lacks the property (used instruction sets)
 *   LARGEST (stack size), ANY (no copy on protected)
 *
 * Where no bits are left of AND and OR, the property is dropped. So are unknown types: nobody could say what they mean for
 * a whole program.
 */

import { ELF64_LE } from "../elf/format.js";
import { NHDR_SIZE, NT, readNhdr, writeNhdr } from "../elf/nhdr.js";
import { alignUp } from "../image/node-table.js";

/** `pr_type`. */
const GNU_PROPERTY = {
  STACK_SIZE: 1,
  NO_COPY_ON_PROTECTED: 2,
  UINT32_AND_LO: 0xb0000000,
  UINT32_OR_LO: 0xb0008000,
  UINT32_OR_HI: 0xb000ffff,
  X86_COMPAT_ISA_1_USED: 0xc0000000,
  X86_COMPAT_ISA_1_NEEDED: 0xc0000001,
  X86_UINT32_AND_LO: 0xc0000002,
  X86_UINT32_OR_LO: 0xc0008000,
  X86_UINT32_OR_AND_LO: 0xc0010000,
  X86_UINT32_OR_AND_HI: 0xc0017fff,
} as const;

type Rule = "and" | "or" | "used" | "largest" | "any";

/** Of the section, and of the notes and properties in it, in files of class 64. */
const ALIGN_LOG2 = 3;
/** Header and name of a note: "GNU" and its zero. */
const NOTE_HEAD = NHDR_SIZE + 4;
/** `pr_type` and `pr_datasz`. */
const PROPERTY_HEAD = 8;
const GNU = 0x00554e47;

export interface MergedProperties {
  /** The section of the output, to be aligned to 8 bytes; undefined where no property is left. */
  readonly bytes: Uint8Array | undefined;
  /** Indices of the sections that cannot be read, in order: these objects count as having no properties. */
  readonly malformed: readonly number[];
}

/** `sections` has one entry for each object that is linked, undefined for one without the section. Never throws. */
export function mergeGnuProperties(sections: readonly (Uint8Array | undefined)[]): MergedProperties {
  const objects = sections.map((section) => (section === undefined ? NO_PROPERTIES : readProperties(section)));
  const malformed = objects.flatMap((properties, index) => (properties === undefined ? [index] : []));
  const types = new Set(objects.flatMap((properties) => [...(properties?.keys() ?? [])]));
  const merged = new Map<number, number>();
  for (const type of [...types].sort((a, b) => a - b)) {
    const value = mergeValues(
      ruleOf(type)!,
      objects.map((properties) => properties?.get(type)),
    );
    if (value !== undefined) merged.set(type, value);
  }
  return { bytes: merged.size === 0 ? undefined : writeProperties(merged), malformed };
}

/** Values by type; undefined where the section is malformed. */
type Properties = ReadonlyMap<number, number>;

const NO_PROPERTIES: Properties = new Map();

/** How values of the type are merged; undefined for types that are not known. */
function ruleOf(type: number): Rule | undefined {
  if (type === GNU_PROPERTY.STACK_SIZE) return "largest";
  if (type === GNU_PROPERTY.NO_COPY_ON_PROTECTED) return "any";
  if (type < GNU_PROPERTY.UINT32_AND_LO) return undefined;
  if (type < GNU_PROPERTY.UINT32_OR_LO) return "and";
  if (type <= GNU_PROPERTY.UINT32_OR_HI) return "or";
  if (type < GNU_PROPERTY.X86_COMPAT_ISA_1_USED) return undefined;
  if (type === GNU_PROPERTY.X86_COMPAT_ISA_1_USED) return "used";
  if (type === GNU_PROPERTY.X86_COMPAT_ISA_1_NEEDED) return "or";
  if (type < GNU_PROPERTY.X86_UINT32_OR_LO) return "and";
  if (type < GNU_PROPERTY.X86_UINT32_OR_AND_LO) return "or";
  return type <= GNU_PROPERTY.X86_UINT32_OR_AND_HI ? "used" : undefined;
}

/** `pr_datasz` of types with that rule. */
function dataBytes(rule: Rule): number {
  return rule === "largest" ? 8 : rule === "any" ? 0 : 4;
}

/** The value for all objects, of which `values` has one each; undefined where the property is dropped. */
function mergeValues(rule: Rule, values: readonly (number | undefined)[]): number | undefined {
  const present = values.filter((value) => value !== undefined);
  const inAll = present.length === values.length;
  switch (rule) {
    case "and":
      return inAll ? nonZero(present.reduce((all, bits) => all & bits)) : undefined;
    case "or":
      return nonZero(present.reduce((all, bits) => all | bits));
    case "used":
      return inAll ? present.reduce((all, bits) => all | bits) : undefined;
    case "largest":
      return Math.max(...present);
    case "any":
      return 0;
  }
}

function nonZero(bits: number): number | undefined {
  return bits === 0 ? undefined : bits;
}

function readProperties(section: Uint8Array): Properties | undefined {
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength);
  const properties = new Map<number, number>();
  for (let at = 0; at < section.length; ) {
    if (at + NHDR_SIZE > section.length) return undefined;
    const { namesz, descsz, type } = readNhdr(view, at, ELF64_LE);
    const desc = at + alignUp(NHDR_SIZE + namesz, ALIGN_LOG2);
    if (desc + descsz > section.length) return undefined;
    const isGnu = namesz === 4 && view.getUint32(at + NHDR_SIZE, true) === GNU;
    if (isGnu && type === NT.GNU_PROPERTY_TYPE_0) {
      if (descsz < PROPERTY_HEAD || alignUp(descsz, ALIGN_LOG2) !== descsz) return undefined;
      if (!readArray(view, desc, desc + descsz, properties)) return undefined;
    }
    at = desc + alignUp(descsz, ALIGN_LOG2);
  }
  return properties;
}

/** Adds the properties in [at, end), a multiple of 8 bytes, to `properties`; returns whether they are well formed. */
function readArray(view: DataView, start: number, end: number, properties: Map<number, number>): boolean {
  for (let at = start; at < end; ) {
    const type = view.getUint32(at, true);
    const size = view.getUint32(at + 4, true);
    const data = at + PROPERTY_HEAD;
    if (data + size > end) return false;
    const rule = ruleOf(type);
    if (rule !== undefined) {
      if (size !== dataBytes(rule)) return false;
      const before = properties.get(type) ?? 0;
      if (rule === "largest") {
        const value = view.getUint32(data + 4, true) * 2 ** 32 + view.getUint32(data, true);
        if (!Number.isSafeInteger(value)) return false;
        properties.set(type, Math.max(before, value));
      } else {
        properties.set(type, rule === "any" ? 0 : before | view.getInt32(data, true));
      }
    }
    at = data + alignUp(size, ALIGN_LOG2);
  }
  return true;
}

/** One note with the properties, which come in the order of their types as the specification asks. */
function writeProperties(properties: Properties): Uint8Array {
  const sizes = [...properties.keys()].map((type) => PROPERTY_HEAD + alignUp(dataBytes(ruleOf(type)!), ALIGN_LOG2));
  const descsz = sizes.reduce((sum, size) => sum + size, 0);
  const bytes = new Uint8Array(NOTE_HEAD + descsz);
  const view = new DataView(bytes.buffer);
  writeNhdr(view, 0, ELF64_LE, { namesz: 4, descsz, type: NT.GNU_PROPERTY_TYPE_0 });
  view.setUint32(NHDR_SIZE, GNU, true);
  let at = NOTE_HEAD;
  for (const [type, value] of properties) {
    const size = dataBytes(ruleOf(type)!);
    view.setUint32(at, type, true);
    view.setUint32(at + 4, size, true);
    if (size > 0) view.setUint32(at + PROPERTY_HEAD, value >>> 0, true);
    if (size > 4) view.setUint32(at + PROPERTY_HEAD + 4, Math.floor(value / 2 ** 32), true);
    at += PROPERTY_HEAD + alignUp(size, ALIGN_LOG2);
  }
  return bytes;
}
