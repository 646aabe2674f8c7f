/**
 * What `readelf` says of a file, for tests to compute with. Our own reader is not used here: a mistake that it shares
 * with the writer would not be seen.
 */

import { readFileSync } from "node:fs";
import { tool } from "./command.js";

export interface SymbolView {
  readonly index: number;
  readonly value: number;
  readonly size: number;
  readonly type: string;
  readonly bind: string;
  readonly visibility: string;
  readonly section: string;
  readonly name: string;
}

export interface SectionView {
  readonly index: number;
  readonly name: string;
  readonly type: string;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly flags: string;
  readonly info: number;
  readonly align: number;
}

export interface SegmentView {
  readonly type: string;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly flags: string;
  readonly align: number;
}

/** The entries of .symtab, the null entry included. */
export function symbols(path: string): SymbolView[] {
  const row = /^\s*(\d+): ([0-9a-f]+)\s+(\w+) (\w+)\s+(\w+)\s+(\w+)\s+(\w+) ?(.*)$/;
  const [, table] = tool("readelf", ["-sW", path]).split("Symbol table '.symtab'");
  return rows(table ?? "", row, ([index, value, size, type, bind, visibility, section, name]) => ({
    index: Number(index),
    value: Number.parseInt(value!, 16),
    size: Number(size),
    type: type!,
    bind: bind!,
    visibility: visibility!,
    section: section!,
    name: name!.trim(),
  }));
}

/** The one symbol of that name. */
export function symbol(path: string, name: string): SymbolView {
  const found = symbols(path).filter((symbol) => symbol.name === name);
  if (found.length !== 1) throw new Error(`${found.length} symbols are named ${name} in ${path}`);
  return found[0]!;
}

export function sections(path: string): SectionView[] {
  const row =
    /^\s*\[\s*(\d+)\] (\S*)\s+([A-Z_]+)\s+([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) [0-9a-f]+\s+([A-Za-z]*)\s+\d+\s+(\d+)\s+(\d+)$/;
  return rows(
    tool("readelf", ["-SW", path]),
    row,
    ([index, name, type, address, offset, size, flags, info, align]) => ({
      index: Number(index),
      name: name!,
      type: type!,
      address: Number.parseInt(address!, 16),
      offset: Number.parseInt(offset!, 16),
      size: Number.parseInt(size!, 16),
      flags: flags!,
      info: Number(info),
      align: Number(align),
    }),
  );
}

export function segments(path: string): SegmentView[] {
  const row =
    /^\s*([A-Z_]+)\s+(0x[0-9a-f]+) (0x[0-9a-f]+) 0x[0-9a-f]+ (0x[0-9a-f]+) (0x[0-9a-f]+) ([R ][W ][E ]) (0x[0-9a-f]+|0)$/;
  return rows(tool("readelf", ["-lW", path]), row, ([type, offset, address, fileSize, memorySize, flags, align]) => ({
    type: type!,
    offset: Number(offset),
    address: Number(address),
    fileSize: Number(fileSize),
    memorySize: Number(memorySize),
    flags: flags!.replaceAll(" ", ""),
    align: Number(align),
  }));
}

/** `size` bytes of the file, as they will be at `address` when it is loaded. */
export function bytesAt(path: string, address: number, size: number): Buffer {
  const segment = segments(path).find(
    ({ type, address: start, fileSize }) => type === "LOAD" && address >= start && address + size <= start + fileSize,
  );
  if (segment === undefined) throw new Error(`no segment of ${path} has contents at 0x${address.toString(16)}`);
  const offset = segment.offset + address - segment.address;
  return readFileSync(path).subarray(offset, offset + size);
}

function rows<Row>(text: string, pattern: RegExp, make: (cells: string[]) => Row): Row[] {
  return text.split("\n").flatMap((line) => {
    const match = pattern.exec(line);
    return match === null ? [] : [make(match.slice(1))];
  });
}
