/**
 * From a byte offset to file, line and column, for people. Lines are counted when something is wrong and not before: the
 * records carry offsets only.
 */

import { closeSync, openSync, readSync } from "node:fs";
import type { Diagnostic, Place } from "../diagnostics/diagnostic.js";
import { Decl } from "../protocol/records.js";
import { type Blamed, type RecordsSource, type Source, TEXT_LEAD, type TextSource } from "../protocol/sources.js";

const BLOCK = 1 << 20;
/** How much of a line a diagnostic quotes. */
const QUOTE_LIMIT = 160;
const NEWLINE = 0x0a;

/** Reads up to `target.length` bytes from `offset` on; returns how many there were. */
type Read = (target: Uint8Array, offset: number) => number;

export function locateInFile(path: string, offset: number, length: number): Place {
  const fd = openSync(path, "r");
  try {
    return locate(path, (target, at) => readSync(fd, target, 0, target.length, at), offset, length);
  } finally {
    closeSync(fd);
  }
}

/** The place of `length` bytes from byte `offset` of a source on. */
export function locateInSource(source: Source, offset: number, length: number): Place {
  if (source.kind === "file") return locateInFile(source.path, offset, length);
  if (source.kind === "records") return locateInRecords(source, offset);
  // A text source begins with a newline that the caller did not write.
  return locate(source.label, readerOf(source), offset - TEXT_LEAD, length);
}

/** The diagnostic with its place. What it says of the place itself, such as the line to quote, stays. */
export function locateBlamed({ diagnostic, source, offset, length }: Blamed, sources: readonly Source[]): Diagnostic {
  return { ...diagnostic, place: { ...locateInSource(sources[source]!, offset, length), ...diagnostic.place } };
}

/** Reads a part of a source's text again. */
export function readText(source: Source, offset: number, length: number): string {
  if (source.kind === "text") return Buffer.from(new Uint8Array(source.buffer, offset, length)).toString("utf8");
  if (source.kind === "records") return recordText(source, offset, length);
  const bytes = new Uint8Array(length);
  const fd = openSync(source.path, "r");
  try {
    return Buffer.from(bytes.subarray(0, readSync(fd, bytes, 0, length, offset))).toString("utf8");
  } finally {
    closeSync(fd);
  }
}

/** Records have no text: the place is the declaration whose name is the last one before `offset`. */
function locateInRecords(source: RecordsSource, offset: number): Place {
  const words = new Int32Array(source.arena, source.decls, source.declCount * Decl.WORDS);
  let symbol = "";
  for (let at = 0; at < words.length && words[at + Decl.NAME]! >>> 0 <= offset >>> 0; at += Decl.WORDS)
    symbol = recordText(source, words[at + Decl.NAME]!, words[at + Decl.NAME_LENGTH]!);
  return { file: source.label, symbol };
}

/** Arena offsets beyond 2^31 come as negative words. */
function recordText(source: RecordsSource, offset: number, length: number): string {
  return Buffer.from(new Uint8Array(source.arena, offset >>> 0, length)).toString("utf8");
}

function readerOf(source: TextSource): Read {
  const bytes = new Uint8Array(source.buffer, TEXT_LEAD);
  return (target, at) => {
    const part = bytes.subarray(at, at + target.length);
    target.set(part);
    return part.length;
  };
}

function locate(file: string, read: Read, offset: number, length: number): Place {
  const block = new Uint8Array(BLOCK);
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < offset; at += BLOCK) {
    const got = Math.min(read(block, at), offset - at);
    for (let i = block.indexOf(NEWLINE); i !== -1 && i < got; i = block.indexOf(NEWLINE, i + 1)) {
      line++;
      lineStart = at + i + 1;
    }
  }
  return { file, line, column: offset - lineStart + 1, length, offset, ...quote(read, lineStart, offset) };
}

/** The line, or where it is long the part of it around `offset`. */
function quote(read: Read, lineStart: number, offset: number): { lineText: string; lineTextColumn: number } {
  const start = offset - lineStart > QUOTE_LIMIT / 2 ? offset - QUOTE_LIMIT / 2 : lineStart;
  const bytes = new Uint8Array(QUOTE_LIMIT);
  const got = read(bytes, start);
  const newline = bytes.subarray(0, got).indexOf(NEWLINE);
  const end = newline === -1 ? got : newline;
  const text = Buffer.from(bytes.subarray(0, end)).toString("utf8");
  const lead = start > lineStart ? "…" : "";
  const before = Buffer.from(bytes.subarray(0, offset - start)).toString("utf8").length;
  return {
    lineText: lead + text + (newline === -1 && got === QUOTE_LIMIT ? "…" : ""),
    lineTextColumn: lead.length + before + 1,
  };
}
