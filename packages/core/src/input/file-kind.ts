/**
 * What a file is, found out from its first bytes: nobody's file name is believed. Only what tells the kinds apart is
 * read; whoever links the file reads the rest.
 */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { reasonOf } from "../diagnostics/output.js";
import { EI, ELFCLASS, ELFDATA, ELFMAG, ET } from "../elf/ehdr.js";
import { EM } from "../elf/machine.js";
import { nameOrHex } from "../elf/names.js";

type FileKind =
  | "object"
  | "archive"
  | "shared"
  | "bitcode"
  | "text"
  | "empty"
  /** Anything else, and what cannot be read; `what` says it. */
  | "other"
  | "unreadable";

export interface FileFound {
  readonly kind: FileKind;
  /**
   * The target that the file is for, in words, where that is another one: of an ELF file, of an archive whose first
   * member is one, of a linker script that says so.
   */
  readonly otherTarget: string | undefined;
  /** Bytes, where they were asked for. */
  readonly size?: number;
  /** Of kind `other`: what it is; of kind `unreadable`: why. A clause. */
  readonly what: string;
}

const HEAD_BYTES = 4096;
/** As much of an ELF header as says class, byte order, type and machine. */
const IDENTITY_BYTES = 20;
const MEMBER_HEADER_BYTES = 60;
/** Symbol index, its 64-bit form, and long names: more tables no archive has. */
const MOST_TABLES = 3;

/** How well-known formats begin, as bytes in hexadecimal. */
const OTHER_FORMATS: readonly (readonly [magic: string, what: string])[] = [
  ["feedface", "a Mach-O file, for macOS"],
  ["cffaedfe", "a Mach-O file, for macOS"],
  ["cefaedfe", "a Mach-O file, for macOS"],
  ["cafebabe", "a Java class, or a Mach-O file for several machines"],
  ["4d5a", "a program or DLL for Windows"],
  ["6486", "a COFF object, for Windows"],
  ["0061736d", "a WebAssembly module"],
  ["1f8b", "compressed with gzip"],
  ["fd377a585a00", "compressed with xz"],
  ["28b52ffd", "compressed with zstd"],
  ["504b0304", "a zip archive"],
];

/** Looks at a file; undefined where there is none of that name. */
export function identifyFile(path: string): FileFound | undefined {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : found("unreadable", reasonOf(cause));
  }
  try {
    const stats = fstatSync(fd);
    if (stats.isDirectory()) return found("unreadable", "it is a directory");
    if (!stats.isFile()) return found("unreadable", "it is not a regular file");
    return identify(fd, read(fd, 0, HEAD_BYTES));
  } catch (cause) {
    return found("unreadable", reasonOf(cause));
  } finally {
    closeSync(fd);
  }
}

function found(kind: FileKind, what = "", otherTarget?: string): FileFound {
  return { kind, what, otherTarget };
}

function identify(fd: number, head: Buffer): FileFound {
  if (head.length === 0) return found("empty");
  if (isElf(head)) return elfKind(head);
  const magic = head.toString("latin1", 0, 8);
  if (magic === "!<thin>\n") return found("archive");
  if (magic === "!<arch>\n") return found("archive", "", otherTargetOf(firstMember(fd)));
  const start = head.toString("hex", 0, 8);
  // "BC" 0xc0de, and the wrapper that Apple's tools put around it.
  if (start.startsWith("4243c0de") || start.startsWith("dec0170b")) return found("bitcode");
  const other = OTHER_FORMATS.find(([prefix]) => start.startsWith(prefix));
  if (other !== undefined) return found("other", other[1]);
  return isText(head)
    ? found("text", "", scriptTarget(head))
    : found("other", "it is neither ELF nor an archive nor a linker script");
}

function isElf(head: Uint8Array): boolean {
  return ELFMAG.every((byte, i) => head[i] === byte);
}

function elfKind(head: Buffer): FileFound {
  if (head.length < IDENTITY_BYTES) return found("other", "an ELF file that ends within its header");
  const type = halfAt(head, 16);
  const target = otherTargetOf(head);
  if (type === ET.REL) return found("object", "", target);
  if (type === ET.DYN) return found("shared", "", target);
  return found("other", type === ET.EXEC ? "a program that is linked already" : `of type ${nameOrHex(ET, type)}`);
}

/** A half word of the header, in the byte order that the header declares. */
function halfAt(head: Buffer, offset: number): number {
  return head[EI.DATA] === ELFDATA["2MSB"] ? head.readUInt16BE(offset) : head.readUInt16LE(offset);
}

/** The target of an ELF file, in words, unless it is ours or there is no telling. */
function otherTargetOf(head: Buffer): string | undefined {
  if (head.length < IDENTITY_BYTES || !isElf(head)) return undefined;
  const machine = halfAt(head, 18);
  const is64 = head[EI.CLASS] === ELFCLASS[64];
  const isLittle = head[EI.DATA] === ELFDATA["2LSB"];
  if (machine === EM.X86_64 && is64 && isLittle) return undefined;
  return `for ${nameOrHex(EM, machine)}, ${is64 ? 64 : 32}-bit, ${isLittle ? "little" : "big"} endian`;
}

function scriptTarget(head: Buffer): string | undefined {
  const format = /OUTPUT_FORMAT\s*\(\s*"?([^\s"(),]+)/.exec(head.toString("latin1"))?.[1];
  return format === undefined || format === "elf64-x86-64" ? undefined : `a linker script for ${format}`;
}

/** The first bytes of an archive's first member that is no table; none where that cannot be told. */
function firstMember(fd: number): Buffer {
  let at = 8;
  for (let tables = 0; tables <= MOST_TABLES; tables++) {
    const header = read(fd, at, MEMBER_HEADER_BYTES).toString("latin1");
    const name = header.slice(0, 16).trimEnd();
    const size = decimal(header.slice(48, 58));
    // BSD archives have names in front of the contents, of their index too.
    const nameBytes = name.startsWith("#1/") ? decimal(name.slice(3)) : 0;
    if (size === undefined || nameBytes === undefined) break;
    const start = at + MEMBER_HEADER_BYTES;
    const isIndex = nameBytes > 0 && read(fd, start, 9).toString("latin1") === "__.SYMDEF";
    if (!isIndex && !["/", "//", "/SYM64/"].includes(name) && !name.startsWith("__.SYMDEF"))
      return read(fd, start + nameBytes, IDENTITY_BYTES);
    at = start + size + (size & 1);
  }
  return Buffer.alloc(0);
}

function decimal(text: string): number | undefined {
  return /^\d{1,15} *$/.test(text) ? Number(text) : undefined;
}

/** Text has no control characters but white space. Bytes beyond ASCII may be of any encoding. */
function isText(head: Uint8Array): boolean {
  return head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

/** Up to `length` bytes from `at` on: fewer where the file ends. */
function read(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const got = readSync(fd, bytes, done, length - done, at + done);
    if (got === 0) break;
    done += got;
  }
  return bytes.subarray(0, done);
}
