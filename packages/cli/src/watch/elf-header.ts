/** The head of an ELF file on disk: what it takes to tell whether this machine executes it, and where it starts. */

import { closeSync, constants, openSync, readSync } from "node:fs";
import {
  DiagnosticError,
  type Ehdr,
  EI,
  ELF64_LE,
  ELFCLASS,
  ELFDATA,
  ELFMAG,
  EM,
  ET,
  ehdrSize,
  readEhdr,
} from "@manifold/core";

/** Undefined where `file` is no sound ELF file of class 64 and little-endian. Throws what `fs` throws. */
export function readElfHeader(file: string): Ehdr | undefined {
  const header = new Uint8Array(ehdrSize(ELF64_LE));
  // What is no file, such as a FIFO, must not be waited for.
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (readSync(fd, header, 0, header.length, 0) < header.length) return undefined;
  } finally {
    closeSync(fd);
  }
  const is64 = header[EI.CLASS] === ELFCLASS[64] && header[EI.DATA] === ELFDATA["2LSB"];
  if (!is64 || ELFMAG.some((byte, i) => header[i] !== byte)) return undefined;
  try {
    return readEhdr(new DataView(header.buffer), 0, ELF64_LE);
  } catch (cause) {
    if (cause instanceof DiagnosticError) return undefined;
    throw cause;
  }
}

/** What Node calls the processor, and the ELF machine that it executes. */
const MACHINES: Readonly<Record<string, number>> = { x64: EM.X86_64, arm64: EM.AARCH64, riscv64: EM.RISCV };

/**
 * Why this machine would not execute `file`; undefined where it may. To be asked before Node's `spawn`: what the
 * kernel does not take, `execvp` hands to the shell, which would run whatever the file's bytes happen to say.
 */
export function whyNotExecutable(file: string): string | undefined {
  const header = readElfHeader(file);
  if (header === undefined) return "it is not a 64-bit ELF program";
  if (header.type !== ET.EXEC && header.type !== ET.DYN) return "it is an object, not a program";
  if (header.machine !== MACHINES[process.arch]) return "it is for another machine";
  return undefined;
}
