/**
 * Reads `"asm"`: the text of a function becomes its code in the arena, and the names in it pending relocations. What the
 * assembler objects to becomes a diagnostic that quotes the line of the assembly, at the place in the manifest.
 */

import {
  type Arena,
  assemblyError,
  blame,
  EscapeMap,
  hash0,
  hash1,
  hash2,
  hashBytes,
  type JsonCursor,
  WIDTH,
  x8664RelocationName,
} from "@manifold/core";
import type { Assembler, AssemblyError } from "../x86/index.js";
import type { Fault } from "./faults.js";
import { addPending, Pending, Target } from "./pending.js";
import { assembler } from "./tools.js";
import type { WordList } from "./word-list.js";

const NEWLINE = 0x0a;
const QUOTE = 0x22;
/** Up to here a loop copies code faster than `set`, which is a call out of the engine's own code. */
const LOOP_LIMIT = 128;
const EMPTY = new Uint8Array(0);

/** Where the fields of the assembler's relocation records are. */
type Fields = ReturnType<typeof assembler>["Relocation"];

export class AssemblyReader {
  readonly faults: Fault[] = [];
  /** What was read: where the code is in the arena, its size in bytes, and the alignment that it needs, in bytes. */
  blob = 0;
  size = 0;
  alignment = 1;
  readonly #cursor: JsonCursor;
  readonly #arena: Arena;
  readonly #pending: WordList;
  #assembler: Assembler | undefined;
  readonly #escapes = new EscapeMap();
  #decoded = EMPTY;
  /** The text that was assembled, `#text[#start, #end)`. */
  #text: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  /** Where the string begins in the chunk's text. */
  #source = 0;

  constructor(cursor: JsonCursor, arena: Arena, pending: WordList) {
    this.#cursor = cursor;
    this.#arena = arena;
    this.#pending = pending;
  }

  /** Assembles the string at the cursor. Where it cannot be, `faults` says why, and there is no code. */
  read(): void {
    const cursor = this.#cursor;
    if (cursor.peek() === QUOTE) {
      const start = cursor.at + 1;
      const end = this.readPlainly(cursor.bytes, start, cursor.end, Number.POSITIVE_INFINITY);
      if (end !== -1) {
        cursor.at = end + 1;
        return;
      }
    }
    this.blob = this.#arena.top;
    this.size = 0;
    this.alignment = 1;
    this.#fetch();
    this.#assembler ??= new (assembler().Assembler)();
    const assembly = this.#assembler;
    if (assembly.assemble(this.#text, this.#start, this.#end)) this.#take(assembly);
    else for (const error of assembly.errors) this.#fault(error);
  }

  /**
   * Assembles the string that begins at `start`, behind its quote, as it stands, without decoding it: its escapes are
   * mostly line ends and tabs. Returns where it ends, or -1, having done nothing, where something is wrong, for messages
   * are to show what was meant; or where the code has more than `room` bytes for each of the text.
   */
  readPlainly(bytes: Uint8Array, start: number, limit: number, room: number): number {
    this.#assembler ??= new (assembler().Assembler)();
    const assembly = this.#assembler;
    const end = assembly.assembleJson(bytes, start, limit);
    if (end === -1 || assembly.codeLength > room * (end - start)) return -1;
    const { Relocation } = assembler();
    const { relocations, relocationCount } = assembly;
    for (let at = Relocation.TYPE; at < relocationCount * Relocation.SIZE; at += Relocation.SIZE)
      if (!WIDTH[relocations[at]!]) return -1;
    this.#escapes.clear();
    this.#text = bytes;
    this.#source = start;
    this.#start = start;
    this.#end = end;
    this.#take(assembly);
    return end;
  }

  /** Takes what was assembled: code to the arena, and relocations. */
  #take(assembly: Assembler): void {
    const { Relocation } = assembler();
    const { code, codeLength, relocations, relocationCount } = assembly;
    const arena = this.#arena;
    arena.reserve(codeLength);
    const { bytes } = arena;
    this.blob = arena.top;
    if (codeLength > LOOP_LIMIT) bytes.set(code.subarray(0, codeLength), this.blob);
    else for (let from = 0, to = this.blob; from < codeLength; ) bytes[to++] = code[from++]!;
    arena.top += codeLength;
    this.size = codeLength;
    this.alignment = assembly.alignment;
    for (let index = 0; index < relocationCount; index++)
      this.#relocation(relocations, index * Relocation.SIZE, Relocation);
  }

  /** Decodes the string at the cursor, where it has escapes. */
  #fetch(): void {
    const cursor = this.#cursor;
    cursor.string("asm");
    this.#escapes.clear();
    this.#text = cursor.bytes;
    this.#source = cursor.stringStart;
    this.#start = cursor.stringStart;
    this.#end = cursor.stringEnd;
    if (!cursor.stringEscaped) return;
    const length = this.#end - this.#start;
    if (this.#decoded.length < length) this.#decoded = new Uint8Array(length * 2);
    this.#text = this.#decoded;
    this.#start = 0;
    this.#end = cursor.decodeString(this.#decoded, 0, this.#escapes);
  }

  #relocation(relocations: Int32Array, at: number, Relocation: Fields): void {
    const type = relocations[at + Relocation.TYPE]!;
    const name = relocations[at + Relocation.NAME_START]!;
    const length = relocations[at + Relocation.NAME_LENGTH]!;
    if (!WIDTH[type]) this.#unsupported(relocations, at, type);
    const target = name === -1 ? Target.SELF : Target.NAME;
    const pending = addPending(this.#pending, relocations[at + Relocation.OFFSET]!, type, 0, target);
    const { words } = this.#pending;
    words[pending + Pending.ADDEND_LOW] = relocations[at + Relocation.ADDEND_LOW]!;
    words[pending + Pending.ADDEND_HIGH] = relocations[at + Relocation.ADDEND_HIGH]!;
    const place = name === -1 ? relocations[at + Relocation.SOURCE]! : name;
    words[pending + Pending.SOURCE] = this.#sourceOffset(place);
    if (name === -1) return;
    hashBytes(this.#text, name, name + length);
    words[pending + Pending.HASH0] = hash0;
    words[pending + Pending.HASH1] = hash1;
    words[pending + Pending.HASH2] = hash2;
    words[pending + Pending.SOURCE_LENGTH] = this.#sourceOffset(name + length) - words[pending + Pending.SOURCE]!;
  }

  /** The offset in the chunk's text of an offset in the assembled text. */
  #sourceOffset(offset: number): number {
    return this.#source + this.#escapes.sourceOffset(offset - this.#start);
  }

  #unsupported(relocations: Int32Array, at: number, type: number): void {
    const { Relocation } = assembler();
    const offset = this.#sourceOffset(relocations[at + Relocation.SOURCE]!);
    const diagnostic = blame.unsupportedRelocation(x8664RelocationName(type) ?? String(type));
    this.faults.push({ diagnostic, offset, length: relocations[at + Relocation.SOURCE_LENGTH]! });
  }

  #fault(error: AssemblyError): void {
    const text = this.#text;
    const { line, column } = assembler().locate(text, error.offset, this.#start);
    const lineStart = error.offset - column + 1;
    const newline = text.indexOf(NEWLINE, lineStart);
    const lineEnd = newline === -1 || newline > this.#end ? this.#end : newline;
    const quote = (start: number, end: number): string => Buffer.from(text.subarray(start, end)).toString("utf8");
    const length = Math.max(1, Math.min(error.length, lineEnd - error.offset));
    this.faults.push({
      diagnostic: assemblyError({
        ...error,
        line,
        column,
        length,
        lineText: quote(lineStart, lineEnd),
        lineTextColumn: quote(lineStart, error.offset).length + 1,
      }),
      offset: this.#sourceOffset(error.offset),
      length,
    });
  }
}
