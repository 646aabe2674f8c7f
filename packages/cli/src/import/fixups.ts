/**
 * Relocations become fixups: targets resolved, types reduced to those that a manifest has, by relaxing what goes
 * through the GOT or asks for thread-local storage. Fields are zeroed: the addend stands in the fixup alone.
 */

import {
  type Diagnostic,
  isGotBranch,
  malformed,
  type Place,
  type Relocation,
  relaxGeneralDynamic,
  relaxGotLoad,
  relaxInitialExec,
  relaxLocalDynamic,
  SHN,
  STB,
  STT,
  symBind,
  symType,
  x8664RelocationName,
} from "@manifold/core";
import {
  absoluteTarget,
  encapsulatedSection,
  refersToDropped,
  unknownSequence,
  unsupportedRelocation,
  valueTooLarge,
} from "./diagnostics.js";
import { FIXUP_TYPES, type FixupType, isFixupType } from "./fixup-types.js";
import type { Fixup, GlobalSymbol, ImportedObject, InputSection, Target } from "./model.js";

type Report = (diagnostic: Diagnostic) => void;

/** A target, or the number that an absolute symbol stands for. */
type Resolved = Target | { readonly kind: "absolute"; readonly value: number };

/** Gives every section of the objects its fixups. */
export function resolveFixups(
  objects: readonly ImportedObject[],
  globals: ReadonlyMap<string, GlobalSymbol>,
  report: Report,
): void {
  const gathered = new Set(objects.flatMap(({ sections }) => Array.from(sections.values(), (section) => section.name)));
  for (const object of objects) {
    for (const [index, section] of object.sections) {
      const relocations = object.object.relocations.get(index);
      if (relocations === undefined) continue;
      section.fixups = new FixupBuilder(object, section, globals, gathered, report).build(relocations);
    }
  }
}

class FixupBuilder {
  readonly #object: ImportedObject;
  readonly #section: InputSection;
  readonly #bytes: Uint8Array;
  readonly #globals: ReadonlyMap<string, GlobalSymbol>;
  readonly #gathered: ReadonlySet<string>;
  readonly #report: Report;
  readonly #fixups: Fixup[] = [];

  constructor(
    object: ImportedObject,
    section: InputSection,
    globals: ReadonlyMap<string, GlobalSymbol>,
    gathered: ReadonlySet<string>,
    report: Report,
  ) {
    this.#object = object;
    this.#section = section;
    this.#bytes = section.bytes ?? new Uint8Array(0);
    this.#globals = globals;
    this.#gathered = gathered;
    this.#report = report;
  }

  build(relocations: readonly Relocation[]): readonly Fixup[] {
    // Producers sort by offset; the pairs of TLS sequences rely on it.
    const sorted = relocations.toSorted((a, b) => a.offset - b.offset);
    for (let i = 0; i < sorted.length; i++) {
      if (this.#add(sorted[i]!, sorted[i + 1])) i++;
    }
    const fixups = this.#fixups.sort((a, b) => a.offset - b.offset);
    for (const { offset, type } of fixups) this.#bytes.fill(0, offset, offset + FIXUP_TYPES[type].width);
    return fixups;
  }

  /** Adds what one relocation comes to; true where that used up the next one too. */
  #add(relocation: Relocation, next: Relocation | undefined): boolean {
    const { offset, addend } = relocation;
    const name = x8664RelocationName(relocation.type) ?? String(relocation.type);
    if (name === "NONE") return false;
    const place = this.#place(relocation);
    if (addend === undefined) {
      this.#report(unsupportedRelocation(place, `${name} without an addend (section type REL)`));
      return false;
    }
    const target = this.#resolve(relocation, name, place);
    if (target === undefined) return false;
    switch (name) {
      case "GOTPCREL":
      case "GOTPCRELX":
      case "REX_GOTPCRELX":
        this.#addGotLoad(name, offset, target, addend, place);
        return false;
      case "TLSGD": {
        const relaxed = next && relaxGeneralDynamic(this.#bytes, offset, next.offset);
        if (relaxed === undefined) this.#report(unknownSequence(place, name));
        else this.#push("TPOFF32", relaxed.offset, target, addend + relaxed.addendChange, place);
        return relaxed !== undefined;
      }
      case "TLSLD": {
        const relaxed = next !== undefined && relaxLocalDynamic(this.#bytes, offset, next.offset);
        if (!relaxed) this.#report(unknownSequence(place, name));
        return relaxed;
      }
      case "DTPOFF32":
        // Relative to the block that TLSLD now takes to begin at the thread pointer.
        this.#push("TPOFF32", offset, target, addend, place);
        return false;
      case "GOTTPOFF": {
        const relaxed = relaxInitialExec(this.#bytes, offset);
        if (relaxed === undefined) this.#report(unknownSequence(place, name));
        else this.#push("TPOFF32", relaxed.offset, target, addend + relaxed.addendChange, place);
        return false;
      }
      default:
        if (isFixupType(name)) this.#push(name, offset, target, addend, place);
        else this.#report(unsupportedRelocation(place, name));
        return false;
    }
  }

  #addGotLoad(name: string, offset: number, target: Resolved, addend: number, place: Place): void {
    const defined = target.kind === "spot" || (target.kind === "global" && target.definition.kind === "common");
    const relaxable = name !== "GOTPCREL" && addend === -4;
    if (relaxable && (defined || isGotBranch(this.#bytes, offset))) {
      const relaxed = relaxGotLoad(this.#bytes, offset);
      if (relaxed !== undefined) {
        this.#push(relaxed.type, relaxed.offset, target, addend, place);
        return;
      }
    }
    this.#push("GOTPCREL", offset, target, addend, place);
  }

  #push(type: FixupType, offset: number, target: Resolved, addend: number, place: Place): void {
    const { width, pcRelative } = FIXUP_TYPES[type];
    if (offset + width > this.#bytes.length) {
      this.#report(malformed(place, `a relocation of ${width} bytes lies across the section's end`));
    } else if (target.kind !== "absolute") {
      this.#fixups.push({ offset, type, target, addend });
    } else if (pcRelative || type === "TPOFF32" || type === "TPOFF64") {
      this.#report(absoluteTarget(place, type));
    } else {
      this.#fold(type, offset, target.value + addend, place);
    }
  }

  /** Writes a value that no longer depends on anything. */
  #fold(type: FixupType, offset: number, value: number, place: Place): void {
    const { width } = FIXUP_TYPES[type];
    const limit = 2 ** (8 * width);
    const least = type === "32" ? 0 : -limit / 2;
    const most = type === "32S" ? limit / 2 : limit;
    if (!Number.isSafeInteger(value) || value < least || value >= most) {
      this.#report(valueTooLarge(place, type, value));
      return;
    }
    for (let i = 0; i < width; i++) this.#bytes[offset + i] = Math.floor(value / 256 ** i) & 0xff;
  }

  #resolve({ symbol }: Relocation, type: string, place: Place): Resolved | undefined {
    const { sym, section: index } = symbol;
    if (symbol.index === 0) return { kind: "absolute", value: 0 };
    if (symBind(sym.info) !== STB.LOCAL) {
      const global = this.#globals.get(symbol.name)!;
      if (global.definition.kind === "section") return global.definition.spot;
      if (global.definition.kind === "absolute") return global.definition;
      if (global.definition.kind === "undefined" && !this.#mayBeExtern(global, type, place)) return undefined;
      return global;
    }
    if (sym.shndx === SHN.ABS) return { kind: "absolute", value: sym.value };
    if (index === undefined) {
      this.#report(malformed(place, `the local symbol ${symbol.name} is not defined`));
      return undefined;
    }
    const section = this.#object.sections.get(index);
    if (section !== undefined) {
      return { kind: "spot", section, value: sym.value, named: symType(sym.info) !== STT.SECTION };
    }
    const reason = this.#object.dropped.get(index);
    // Without a reason the section itself has been refused already.
    if (reason !== undefined) this.#report(refersToDropped(place, this.#object.object.sections[index]!.name, reason));
    return undefined;
  }

  #mayBeExtern({ name }: GlobalSymbol, type: string, place: Place): boolean {
    const gathered = /^__(?:start|stop)_(.+)$/.exec(name)?.[1];
    if (gathered !== undefined && this.#gathered.has(gathered)) {
      this.#report(encapsulatedSection(place, gathered));
      return false;
    }
    if (name === "_GLOBAL_OFFSET_TABLE_") {
      this.#report(unsupportedRelocation(place, type));
      return false;
    }
    return true;
  }

  #place({ offset, symbol }: Relocation): Place {
    const sectionName = symbol.section === undefined ? "" : this.#object.object.sections[symbol.section]!.name;
    const name = symbol.name === "" ? sectionName : symbol.name;
    return { ...this.#section.label, section: this.#section.name, offset, ...(name === "" ? {} : { symbol: name }) };
  }
}
