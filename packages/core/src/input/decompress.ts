/**
 * Compressed sections: those with SHF_COMPRESSED, which start with a Chdr (ELF gABI, "Section Compression"), and the
 * older `.zdebug_*` of GNU, which start with "ZLIB" and the size as a big-endian word of 64 bits. What comes out is
 * never more than the header says, and that never more than the bytes could possibly stand for: a small file does not
 * make the linker allocate much.
 */

import { inflateSync } from "node:zlib";
import { DiagnosticError, type Place } from "../diagnostics/diagnostic.js";
import { brokenCompression, unsupportedCompression } from "../diagnostics/sections.js";
import { COMPRESS, chdrSize, readChdr } from "../elf/chdr.js";
import { ELF64_LE } from "../elf/format.js";
import { type InputLabel, locating } from "./label.js";

/** Before the compressed bytes of `.zdebug_*`: "ZLIB" and the size. */
const ZDEBUG_HEAD = 12;

/** Deflate makes no more than 258 bytes of two bits, which is 1032 of one byte (zlib, "Maximum Compression Factor"). */
const MOST_PER_BYTE = 1032;

export interface CompressedSection {
  /** Bytes of the section once decompressed. */
  readonly size: number;
  /** Of the section once decompressed; undefined for `.zdebug_*`, where it is that of the section. */
  readonly addralign: number | undefined;
  /** What zlib made, a view. */
  readonly stream: Uint8Array;
}

/** Whether a section of that name and without SHF_COMPRESSED is compressed; `.zdebug_x` is `.debug_x` once it is not. */
export function isOldCompressed(sectionName: string): boolean {
  return sectionName.startsWith(".zdebug");
}

/**
 * Reads the header of a compressed section of class 64, little endian. `sectionName` tells which header it has. Throws
 * MF0441, MF0442 (compressed with anything but zlib) and MF0401.
 */
export function readCompressed(bytes: Uint8Array, label: InputLabel, sectionName: string): CompressedSection {
  const place = { ...label, section: sectionName };
  const section = isOldCompressed(sectionName) ? readOld(bytes, place) : readNew(bytes, place);
  if (section.size > section.stream.length * MOST_PER_BYTE) {
    throw broken(place, `${section.stream.length} bytes cannot hold the ${section.size} that its header says`);
  }
  return section;
}

/** The contents of a compressed section; throws as `readCompressed` does. */
export function decompressSection(bytes: Uint8Array, label: InputLabel, sectionName: string): Uint8Array {
  const { size, stream } = readCompressed(bytes, label, sectionName);
  const place = { ...label, section: sectionName };
  const result = inflate(stream, size, place);
  if (result.length !== size) throw broken(place, `it holds ${result.length} bytes, its header says ${size}`);
  return result;
}

function inflate(stream: Uint8Array, size: number, place: Place): Uint8Array {
  try {
    // One chunk with a byte to spare takes everything, where smaller ones would have to be put together.
    return inflateSync(stream, { maxOutputLength: Math.max(size, 1), chunkSize: Math.max(size + 1, 64) });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw broken(
      place,
      code === "ERR_BUFFER_TOO_LARGE" ? `it holds more than the ${size} bytes that its header says` : message,
    );
  }
}

function readNew(bytes: Uint8Array, place: Place): CompressedSection {
  const head = chdrSize(ELF64_LE);
  if (bytes.length < head) throw broken(place, "its header is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { type, size, addralign } = locating(place, () => readChdr(view, 0, ELF64_LE));
  if (type !== COMPRESS.ZLIB) {
    throw new DiagnosticError(unsupportedCompression(place, type === COMPRESS.ZSTD ? "zstd" : `method ${type}`));
  }
  return { size, addralign, stream: bytes.subarray(head) };
}

function readOld(bytes: Uint8Array, place: Place): CompressedSection {
  if (bytes.length < ZDEBUG_HEAD) throw broken(place, "its header is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, false) !== 0x5a4c4942) throw broken(place, "it does not start with ZLIB");
  // Where this is not exact, it is far too large as well.
  const size = view.getUint32(4, false) * 2 ** 32 + view.getUint32(8, false);
  return { size, addralign: undefined, stream: bytes.subarray(ZDEBUG_HEAD) };
}

function broken(place: Place, reason: string): DiagnosticError {
  return new DiagnosticError(brokenCompression(place, reason));
}
