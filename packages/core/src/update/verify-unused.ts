/**
 * Space in the file that nothing takes: between the atoms of a section, and between and behind tables. It holds zeros, or
 * in .text `int3`, so that no byte of what was removed is left.
 */

import { strayBytes, tableBroken } from "../diagnostics/verify.js";
import { phdrSize } from "../elf/phdr.js";
import { shdrSize } from "../elf/shdr.js";
import { NONE, NodeKind } from "../image/node-table.js";
import { isNobits, SECTIONS, Section } from "../link/sections.js";
import { SymField } from "../link/symbol-table.js";
import { describe, differ, isLive, type ProgramView } from "./verify-view.js";

interface Taken {
  readonly start: number;
  readonly end: number;
  readonly what: string;
}

const INT3 = 0xcc;

export function verifyUnused(view: ProgramView): void {
  const { file } = view;
  const { ehdr } = file;
  const taken: Taken[] = [
    { start: 0, end: ehdr.ehsize, what: "the ELF header" },
    { start: ehdr.phoff, end: ehdr.phoff + ehdr.phnum * phdrSize(file.format), what: "the program headers" },
    { start: ehdr.shoff, end: ehdr.shoff + ehdr.shnum * shdrSize(file.format), what: "the section headers" },
  ];
  const sections = new Set<string>();
  view.program.parts.layout.sectionNodes.forEach((root, section) => {
    if (root === NONE || root === undefined || section === 0) return;
    const atoms = atomsOf(view, section, root);
    if (isNobits(section) || atoms.length === 0) return;
    sections.add(SECTIONS[section]!.name);
    for (const atom of atoms) taken.push(atom);
  });
  for (const { name, header, bytes } of file.sections)
    if (!sections.has(name)) taken.push({ start: header.offset, end: header.offset + bytes.length, what: name });
  verifyGaps(view, taken);
}

/** The atoms of a section, in the order in which they stand there. */
function atomsOf(view: ProgramView, section: number, root: number): Taken[] {
  const { program } = view;
  const { nodes } = program.parts.image;
  const own = view.sectionOf(section);
  if (own === undefined && nodes.first(root) === NONE) return [];
  if (own === undefined) return differ(tableBroken("image", "has no section header", SECTIONS[section]!.name));
  const { offset } = own.header;
  const atoms: Taken[] = [];
  for (let node = nodes.first(root); node !== NONE; node = nodes.next(node)) {
    const kind = nodes.kind(node);
    if (kind !== NodeKind.NAV && kind !== NodeKind.UAV) continue;
    const symbol = nodes.owner(node);
    const isOwned = isLive(program, symbol) && program.parts.symbols.get(symbol, SymField.NODE) === node;
    if (!isOwned) differ(tableBroken("image", `node ${node} belongs to no symbol`, describe(program, symbol)));
    const what = view.nameOf(symbol);
    atoms.push({ start: offset + nodes.offset(node), end: offset + nodes.end(node), what: `"${what}"` });
  }
  return atoms;
}

function verifyGaps({ file: { bytes }, program }: ProgramView, all: readonly Taken[]): void {
  const taken = all.filter(({ start, end }) => end > start);
  const { image, layout } = program.parts;
  const code = layout.sectionNodes[Section.TEXT]!;
  const codeStart = image.fileOffset(code);
  const codeEnd = codeStart + image.nodes.size(code);
  taken.sort((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  let after = "its start";
  for (const { start, end, what } of [...taken, { start: bytes.length, end: bytes.length, what: "" }]) {
    for (; at < start; at++) {
      const isPadding = bytes[at] === 0 || (bytes[at] === INT3 && at >= codeStart && at < codeEnd);
      if (!isPadding) differ(strayBytes(at, bytes[at]!, after));
    }
    if (end >= at) {
      at = end;
      after = what;
    }
  }
}
