/**
 * The node tree of an output, rebuilt from its headers and symbols: file, segments, sections, and in them navs, uavs
 * and exports. The image of a running link knows more (indices, slack, what has moved); this is what the file itself
 * tells.
 */

import {
  type ElfFile,
  type ElfSection,
  type ElfSymbol,
  ET,
  ehdrSize,
  nameOrHex,
  PT,
  phdrSize,
  SHF,
  SHT,
  STB,
  STT,
  segmentFlagLetters,
  shdrSize,
  symBind,
  symType,
} from "@manifold/core";
import { hex } from "./table.js";

export interface TreeNode {
  readonly kind: "file" | "ehdr" | "phdr" | "shdr" | "segment" | "section" | "nav" | "uav" | "export";
  readonly name?: string;
  /** Bytes from the start of the parent. */
  readonly offset: number;
  /** Bytes; for what occupies no file space, bytes of memory. */
  readonly size: number;
  readonly align?: number;
  /** The global names of a nav or uav. */
  readonly exports?: readonly string[];
  readonly children: readonly TreeNode[];
}

/** Real files nest segments three deep; hostile ones shall not exhaust the stack. */
const MAX_DEPTH = 16;

/** Rebuilds the tree; `symbols` are all of the file's. */
export function buildTree(file: ElfFile, symbols: readonly ElfSymbol[]): TreeNode {
  const root: Draft = { kind: "file", name: file.label.file, start: 0, end: file.bytes.length, children: [] };
  const open: Draft[] = [];
  for (const draft of drafts(file, symbols).sort(outermostFirst)) {
    while (open.length > 0 && !contains(open.at(-1)!, draft)) open.pop();
    (open.at(-1) ?? root).children.push(draft);
    if (draft.kind === "segment" && open.length < MAX_DEPTH) open.push(draft);
  }
  return finished(root, 0);
}

export function countNodes(node: TreeNode): number {
  return node.children.reduce((count, child) => count + countNodes(child), 1);
}

/** A line a node, each level indented by one space, in the manner of the seed's `printNode` (seed lines 4182-4250). */
export function treeLines(node: TreeNode, depth = 0): readonly string[] {
  const name = node.name === undefined ? "" : `(${node.name})`;
  const align = node.align === undefined ? "" : ` align=${hex(node.align)}`;
  const exports = node.exports === undefined ? "" : ` exports=${node.exports.join(",")}`;
  const line = `${" ".repeat(depth)}${node.kind}${name} offset=${hex(node.offset)} size=${hex(node.size)}${align}${exports}`;
  return [line, ...node.children.flatMap((child) => treeLines(child, depth + 1))];
}

/** A node whose parent is not known yet; places are those in the file. */
interface Draft {
  readonly kind: TreeNode["kind"];
  readonly name?: string;
  readonly start: number;
  readonly end: number;
  /** Where that is not the distance of start and end. */
  readonly size?: number;
  readonly align?: number;
  readonly isLoad?: boolean;
  /** Nodes that are finished already. */
  readonly inside?: readonly TreeNode[];
  readonly children: Draft[];
}

function drafts(file: ElfFile, symbols: readonly ElfSymbol[]): Draft[] {
  const { ehdr, format } = file;
  const header = (kind: Draft["kind"], start: number, size: number): Draft[] =>
    size === 0 ? [] : [{ kind, start, end: start + size, children: [] }];
  const inside = nodesBySection(file, symbols);
  return [
    ...header("ehdr", 0, ehdrSize(format)),
    ...header("phdr", ehdr.phoff, file.segments.length * phdrSize(format)),
    ...header("shdr", ehdr.shoff, file.sections.length * shdrSize(format)),
    ...file.segments.map(
      (phdr): Draft => ({
        kind: "segment",
        name: `${nameOrHex(PT, phdr.type)} ${segmentFlagLetters(phdr.flags).replaceAll(" ", "")}`.trimEnd(),
        start: phdr.offset,
        end: phdr.offset + phdr.filesz,
        size: phdr.memsz,
        align: phdr.align,
        isLoad: phdr.type === PT.LOAD,
        children: [],
      }),
    ),
    ...file.sections.slice(1).map(({ index, name, header: { type, offset, size, addralign } }): Draft => {
      const end = type === SHT.NOBITS ? offset : offset + size;
      const common = { kind: "section", name, start: offset, end, size, align: addralign } as const;
      return { ...common, inside: inside.get(index) ?? [], children: [] };
    }),
  ];
}

/** By place, the larger before what it contains; of equal ones loads before other segments, and those before leaves. */
function outermostFirst(a: Draft, b: Draft): number {
  const rank = (draft: Draft) => (draft.isLoad === true ? 0 : draft.kind === "segment" ? 1 : 2);
  return a.start - b.start || b.end - a.end || rank(a) - rank(b);
}

function contains(segment: Draft, draft: Draft): boolean {
  // A segment of no bytes (GNU_STACK) contains nothing.
  return segment.end > segment.start && segment.start <= draft.start && draft.end <= segment.end;
}

function finished(draft: Draft, parentStart: number): TreeNode {
  const { kind, name, start, end, size, align, inside = [], children } = draft;
  return {
    kind,
    ...(name === undefined ? {} : { name }),
    offset: start - parentStart,
    size: size ?? end - start,
    ...(align === undefined ? {} : { align }),
    children: [...inside, ...children.map((child) => finished(child, start))],
  };
}

function nodesBySection(file: ElfFile, symbols: readonly ElfSymbol[]): ReadonlyMap<number, readonly TreeNode[]> {
  const bySection = new Map<number, ElfSymbol[]>();
  for (const symbol of symbols) {
    const type = symType(symbol.sym.info);
    const isLocalLabel = type === STT.NOTYPE && symBind(symbol.sym.info) === STB.LOCAL;
    if (symbol.section === undefined || type === STT.SECTION || type === STT.FILE || isLocalLabel) continue;
    const list = bySection.get(symbol.section);
    if (list === undefined) bySection.set(symbol.section, [symbol]);
    else list.push(symbol);
  }
  const tls = file.segments.find((phdr) => phdr.type === PT.TLS)?.vaddr ?? 0;
  return new Map(
    Array.from(bySection, ([index, list]) => [index, symbolNodes(list, startOf(file, file.sections[index]!, tls))]),
  );
}

/** What symbol values count from: addresses, offsets of the TLS image, or in objects offsets in the section. */
function startOf(file: ElfFile, { header }: ElfSection, tls: number): number {
  if (file.ehdr.type === ET.REL) return 0;
  return (header.flags & SHF.TLS) !== 0 ? header.addr - tls : header.addr;
}

/** Locals are navs, or uavs where they have no name; globals are the exports of what lies at their place. */
function symbolNodes(symbols: readonly ElfSymbol[], start: number): readonly TreeNode[] {
  const isLocal = ({ sym }: ElfSymbol) => symBind(sym.info) === STB.LOCAL;
  const exports = new Map<number, string[]>();
  for (const symbol of symbols) {
    if (isLocal(symbol)) continue;
    const names = exports.get(symbol.sym.value);
    if (names === undefined) exports.set(symbol.sym.value, [symbol.name]);
    else names.push(symbol.name);
  }
  const nodes: TreeNode[] = [];
  for (const symbol of symbols.toSorted((a, b) => a.sym.value - b.sym.value)) {
    const { name, sym } = symbol;
    const place = { offset: sym.value - start, size: sym.size, children: [] };
    if (isLocal(symbol)) {
      const names = exports.get(sym.value);
      exports.delete(sym.value);
      const common = { ...place, ...(names === undefined ? {} : { exports: names }) };
      nodes.push(name === "" ? { kind: "uav", ...common } : { kind: "nav", name, ...common });
    }
  }
  // What is left has no local symbol beside it.
  const orphans = symbols.filter((symbol) => !isLocal(symbol) && exports.has(symbol.sym.value));
  for (const { name, sym } of orphans) {
    nodes.push({ kind: "export", name, offset: sym.value - start, size: sym.size, children: [] });
  }
  return nodes.sort((a, b) => a.offset - b.offset);
}
