/**
 * What the coordinator writes into the image itself, while the workers bring in the chunks: headers, the entries and
 * names of global symbols, .dynamic and .comment.
 */

import { SHN } from "../elf/shdr.js";
import type { MappedFile } from "../image/mapped-file.js";
import type { Header } from "../manifest/header.js";
import { type ApplyPlan, CODE_PADDING, writeSymbolEntry } from "./apply.js";
import { isDynamic, writeDynamic } from "./dynamic.js";
import { writeHeaders } from "./headers.js";
import type { Layout } from "./layout.js";
import type { Records } from "./link-records.js";
import { COMMENT } from "./relocatable.js";
import { SECTION_COUNT, SECTIONS, Section } from "./sections.js";
import { SYMBOL_WORDS, type SymbolTable, SymField } from "./symbol-table.js";

export function makePlan(header: Header, layout: Layout, mode: ApplyPlan["mode"]): ApplyPlan {
  const relaOf = new Float64Array(SECTION_COUNT);
  for (let section = 1; section < SECTION_COUNT; section++)
    relaOf[section] = layout.find(`.rela${SECTIONS[section]!.name}`)?.offset ?? 0;
  const shndx = Int32Array.from(layout.shndx);
  // The header itself is in no section; symbols there are absolute.
  shndx[Section.HEADERS] = SHN.ABS;
  return {
    base: header.imageBase,
    address: layout.address,
    fileOffset: layout.fileOffset,
    shndx,
    tlsOffset: layout.tlsOffset,
    tlsSize: layout.tlsSize,
    symtab: layout.find(".symtab")!.offset,
    strtab: layout.find(".strtab")!.offset,
    mode,
    rela: layout.find(".rela.dyn")?.offset ?? 0,
    relaOf,
  };
}

export interface Unfinished {
  readonly image: MappedFile;
  readonly layout: Layout;
  readonly plan: ApplyPlan;
  readonly header: Header;
  readonly symbols: SymbolTable;
  readonly records: Records;
  /** Global symbols with an entry in .symtab. */
  readonly listed: readonly number[];
  /** The symbol at which the program begins, or -1. */
  readonly entry: number;
  /** Gaps between functions that no chunk fills: see `DensePlaces`. */
  readonly textGaps: readonly number[];
}

export function finishImage({
  image,
  layout,
  plan,
  header,
  symbols,
  records,
  listed,
  entry,
  textGaps,
}: Unfinished): void {
  writeHeaders(image, layout, header, entry === -1 ? 0 : addressOf(symbols, plan, entry));
  image.write(layout.find(".comment")!.node, 0, COMMENT);
  if (isDynamic(layout)) writeDynamic(image, layout, layout.find(".dynamic")!.node);
  const { bytes } = image;
  const view = new DataView(bytes.buffer, 0, bytes.length);
  const text = plan.fileOffset[Section.TEXT]!;
  for (let gap = 0; gap < textGaps.length; gap += 2)
    bytes.fill(CODE_PADDING, text + textGaps[gap]!, text + textGaps[gap + 1]!);
  for (const symbol of listed) {
    const alias = symbols.get(symbol, SymField.ALIAS);
    writeSymbolEntry(view, plan, symbols.words, symbol * SYMBOL_WORDS, (alias === -1 ? symbol : alias) * SYMBOL_WORDS);
    bytes.set(records.nameBytes(symbol), plan.strtab + symbols.getUnsigned(symbol, SymField.STRTAB));
  }
}

function addressOf(symbols: SymbolTable, plan: ApplyPlan, symbol: number): number {
  return plan.base + plan.address[symbols.get(symbol, SymField.SECTION)]! + symbols.getUnsigned(symbol, SymField.VALUE);
}
