/**
 * Resolution of global names among the objects (ELF gABI, "Symbol Table"): a strong definition beats a common block,
 * that beats a weak definition, and two strong ones are an error. What nobody defines stays undefined, to become an
 * extern.
 */

import { type Diagnostic, type ElfSymbol, SHN, STB, STT, STV, symBind, symType, symVisibility } from "@manifold/core";
import { duplicateSymbol } from "./diagnostics.js";
import type { Definition, GlobalSymbol, ImportedObject } from "./model.js";

/** gABI: of the visibilities of one name the most constraining holds. */
const CONSTRAINT: readonly number[] = [STV.DEFAULT, STV.PROTECTED, STV.HIDDEN, STV.INTERNAL];

/** All global names, in the order of their first appearance. */
export function resolveGlobals(
  objects: readonly ImportedObject[],
  report: (diagnostic: Diagnostic) => void,
): ReadonlyMap<string, GlobalSymbol> {
  const globals = new Map<string, GlobalSymbol>();
  for (const object of objects) {
    for (const symbol of object.object.symbols) {
      if (symBind(symbol.sym.info) === STB.LOCAL) continue;
      const global = globals.get(symbol.name) ?? undefinedSymbol(symbol.name, object);
      globals.set(symbol.name, global);
      const definition = definitionBy(object, symbol);
      addReference(global, symbol, definition.kind === "undefined");
      if (rank(definition) === 3 && rank(global.definition) === 3) {
        report(duplicateSymbol(global.name, placeOf(object, definition), placeOf(global, global.definition)));
      } else if (rank(definition) > rank(global.definition)) {
        global.definition = definition;
        global.label = object.label;
      } else if (definition.kind === "common" && global.definition.kind === "common") {
        global.definition = largest(definition, global.definition);
      }
    }
  }
  return globals;
}

function undefinedSymbol(name: string, { label }: ImportedObject): GlobalSymbol {
  const start = { weakReference: true, visibility: STV.DEFAULT, threadLocal: false };
  return { kind: "global", name, definition: { kind: "undefined" }, label, ...start };
}

function addReference(global: GlobalSymbol, symbol: ElfSymbol, isReference: boolean): void {
  const visibility = symVisibility(symbol.sym.other);
  if (CONSTRAINT.indexOf(visibility) > CONSTRAINT.indexOf(global.visibility)) global.visibility = visibility;
  if (symType(symbol.sym.info) === STT.TLS) global.threadLocal = true;
  if (isReference && symBind(symbol.sym.info) !== STB.WEAK) global.weakReference = false;
}

function definitionBy(object: ImportedObject, symbol: ElfSymbol): Definition {
  const { sym, section: index } = symbol;
  if (sym.shndx === SHN.COMMON || sym.shndx === SHN.X86_64_LCOMMON) {
    // st_value of a common symbol is its alignment.
    return { kind: "common", size: sym.size, align: Math.max(1, sym.value) };
  }
  if (sym.shndx === SHN.ABS) return { kind: "absolute", value: sym.value };
  const section = index === undefined ? undefined : object.sections.get(index);
  // What lies in a dropped section is defined by the group that was kept, or by nobody.
  if (section === undefined) return { kind: "undefined" };
  const weak = symBind(sym.info) !== STB.GLOBAL;
  return { kind: "section", spot: { kind: "spot", section, value: sym.value, named: true }, weak, symbol };
}

function rank(definition: Definition): number {
  switch (definition.kind) {
    case "undefined":
      return 0;
    case "common":
      return 2;
    case "absolute":
      return 3;
    case "section":
      return definition.weak ? 1 : 3;
  }
}

function largest(a: Definition & { kind: "common" }, b: Definition & { kind: "common" }): Definition {
  return { kind: "common", size: Math.max(a.size, b.size), align: Math.max(a.align, b.align) };
}

function placeOf({ label }: { readonly label: ImportedObject["label"] }, definition: Definition) {
  if (definition.kind !== "section") return label;
  return { ...label, section: definition.spot.section.name, offset: definition.spot.value };
}
