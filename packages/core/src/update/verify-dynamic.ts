/**
 * Relocations that stay in the output: in a position-independent executable one R_X86_64_RELATIVE for each field that holds
 * an address, in a relocatable file all of them, each in the table of its section.
 */

import { headerDiffers, relocationDiffers, symbolExtra } from "../diagnostics/verify.js";
import { DT, type Dyn, dynSize, readDyn } from "../elf/dyn.js";
import { nameOrHex } from "../elf/names.js";
import { type Rela, readRela, relaSize } from "../elf/rela.js";
import { symSize } from "../elf/sym.js";
import { R_X86_64 } from "../elf/x86-64.js";
import type { ElfSection } from "../input/elf-file.js";
import { SECTIONS, Section, UNDEFINED } from "../link/sections.js";
import { SymField } from "../link/symbol-table.js";
import { NO_FIELD, NONE } from "./tables.js";
import { type Relocated, relocatedAtoms, spell, typeName } from "./verify-contents.js";
import { FieldValues } from "./verify-field.js";
import { differ, hex, type ProgramView } from "./verify-view.js";

export function verifyDynamic(updated: ProgramView, fresh: ProgramView): void {
  const { mode } = updated.program;
  if (mode === "static") return;
  const wanted = mode === "pie" ? relativeEntries(updated) : allEntries(updated);
  const { entries, relocations } = updated.program.parts;
  wanted.forEach((expected, table) => {
    const name = mode === "pie" ? ".rela.dyn" : `.rela${SECTIONS[table]!.name}`;
    const section = updated.section(name);
    const found = section === undefined ? [] : relasOf(updated, section);
    if (found.length !== entries[table]!.length)
      differ(headerDiffers(`the number of entries in ${name}`, String(found.length), String(entries[table]!.length)));
    found.forEach((rela, index) => {
      const relocation = entries[table]!.get(index);
      const entry = expected.get(relocation);
      if (entry === undefined) {
        const at = `entry ${index} of ${name}, at ${hex(rela.offset)}, for relocation ${relocation} of ${relocations.length},`;
        differ(headerDiffers(at, "there", "absent: nothing needs it"));
      }
      expected.delete(relocation);
      compareEntry(updated, `entry ${index} of ${name}`, rela, entry);
    });
    for (const { owner, spelled } of expected.values())
      differ(relocationDiffers(updated.nameOf(owner), spelled, `without an entry in ${name}`, "with one"));
  });
  if (mode === "pie") verifyTags(updated, fresh);
}

interface Entry extends Rela {
  readonly owner: number;
  readonly spelled: string;
}

/** By table, then by relocation. */
type Expected = Map<number, Map<number, Entry>>;

function relativeEntries(view: ProgramView): Expected {
  const values = new FieldValues(view);
  const expected = new Map<number, Entry>();
  for (const [owner, relocations] of relocatedAtoms(view)) {
    if (view.program.parts.symbols.get(owner, SymField.SECTION) === Section.TEXT) continue;
    for (const relocated of relocations) {
      const isAddress = relocated.type === R_X86_64["64"] && view.entryOf(relocated.target)?.sym.shndx !== 0;
      if (!isAddress) continue;
      expected.set(relocated.relocation, {
        offset: values.placeOf(owner, relocated),
        sym: 0,
        type: R_X86_64.RELATIVE,
        addend: values.valueOf(owner, relocated),
        owner,
        spelled: spell(view, owner, relocated),
      });
    }
  }
  return new Map([[0, expected]]);
}

function allEntries(view: ProgramView): Expected {
  const { symbols, image } = view.program.parts;
  const expected: Expected = new Map(view.program.parts.entries.map((_, table) => [table, new Map()]));
  for (const [owner, relocations] of relocatedAtoms(view)) {
    const section = symbols.get(owner, SymField.SECTION);
    if (section === UNDEFINED) continue;
    const place = image.nodes.offset(symbols.get(owner, SymField.NODE));
    for (const relocated of relocations) {
      if (relocated.type === NO_FIELD) continue;
      expected.get(section)!.set(relocated.relocation, {
        offset: place + relocated.offset,
        sym: slotOf(view, owner, relocated),
        type: relocated.type,
        addend: relocated.addend + relocated.inside,
        owner,
        spelled: spell(view, owner, relocated),
      });
    }
  }
  return expected;
}

/** The index in .symtab, whose entry has been found to be that symbol's. */
function slotOf(view: ProgramView, owner: number, relocated: Relocated): number {
  const slot = relocated.target === NONE ? 0 : view.program.parts.symbols.get(relocated.target, SymField.SLOT);
  if (slot === 0)
    differ(symbolExtra(view.nameOf(owner), `refers to a symbol without an entry: ${spell(view, owner, relocated)}`));
  return slot;
}

function compareEntry(view: ProgramView, which: string, rela: Rela, wanted: Entry): void {
  const symbolAt = (index: number): string => view.symtab[index]?.name || `symbol ${index}`;
  const fields = [
    ["r_offset", hex(rela.offset), hex(wanted.offset)],
    ["the type", typeName(rela.type), typeName(wanted.type)],
    ["the symbol", `${rela.sym} (${symbolAt(rela.sym)})`, `${wanted.sym} (${symbolAt(wanted.sym)})`],
    ["r_addend", hex(rela.addend), hex(wanted.addend)],
  ] as const;
  for (const [field, updated, other] of fields)
    if (updated !== other)
      differ(
        relocationDiffers(view.nameOf(wanted.owner), `${field} of ${which}, for ${wanted.spelled}`, updated, other),
      );
}

function relasOf(view: ProgramView, section: ElfSection): Rela[] {
  const { file } = view;
  const size = relaSize(file.format);
  const count = file.entryCount(section, size);
  return Array.from({ length: count }, (_, index) =>
    readRela(file.view, section.header.offset + index * size, file.format),
  );
}

// --- .dynamic ---------------------------------------------------------------------------------------------------

/** The same tags as in the full link, each saying what the section headers say (gABI, "Dynamic Section"). */
function verifyTags(updated: ProgramView, fresh: ProgramView): void {
  const [own, wanted] = [tagsOf(updated), tagsOf(fresh)];
  const spelled = (tags: readonly Dyn[]): string => tags.map(({ tag }) => nameOrHex(DT, tag)).join(" ");
  if (spelled(own) !== spelled(wanted))
    differ(headerDiffers("the list of tags in .dynamic", spelled(own), spelled(wanted)));
  own.forEach(({ tag, value }, index) => {
    const right = tagValue(updated, tag) ?? wanted[index]!.value;
    if (value !== right) differ(headerDiffers(`DT_${nameOrHex(DT, tag)}`, hex(value), hex(right)));
  });
}

function tagValue(view: ProgramView, tag: number): number | undefined {
  const header = (name: string): { readonly addr: number; readonly size: number } => view.section(name)!.header;
  const rela = relaSize(view.file.format);
  switch (tag) {
    case DT.HASH:
      return header(".hash").addr;
    case DT.STRTAB:
      return header(".dynstr").addr;
    case DT.SYMTAB:
      return header(".dynsym").addr;
    case DT.STRSZ:
      return header(".dynstr").size;
    case DT.SYMENT:
      return symSize(view.file.format);
    case DT.RELA:
      return header(".rela.dyn").addr;
    case DT.RELASZ:
      return header(".rela.dyn").size;
    case DT.RELAENT:
      return rela;
    case DT.RELACOUNT:
      return header(".rela.dyn").size / rela;
    default:
      return undefined;
  }
}

/** Up to DT_NULL; what stands behind it says nothing. */
function tagsOf(view: ProgramView): Dyn[] {
  const { file } = view;
  const section = view.section(".dynamic")!;
  const size = dynSize(file.format);
  const tags: Dyn[] = [];
  for (let at = 0; at + size <= section.bytes.length; at += size) {
    const dyn = readDyn(file.view, section.header.offset + at, file.format);
    tags.push(dyn);
    if (dyn.tag === DT.NULL) break;
  }
  return tags;
}
