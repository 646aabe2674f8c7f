/**
 * Thread-local storage in the local-exec model, which is right for whatever becomes part of the executable itself
 * (psABI, "Linker Optimizations": general dynamic, local dynamic and initial exec to local exec). The sequences are
 * exactly those that the psABI prescribes to compilers; anything else is left alone and refused by the caller.
 */

/** What a rewritten sequence needs: a TPOFF32 field at `offset`, the addend changed by `addendChange`. */
export interface LocalExec {
  readonly offset: number;
  readonly addendChange: number;
}

const ADDEND_OF_RIP = 4;

/** mov %fs:0, %rax; lea x@tpoff(%rax), %rax */
export const LOAD_AND_ADD: readonly number[] = [0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0, 0x48, 0x8d, 0x80, 0, 0, 0, 0];

/** mov %fs:0, %rax, behind prefixes that fill the place of the longer sequence. */
export const LOAD: readonly number[] = [0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0];

/**
 * `data16 lea x@tlsgd(%rip), %rdi`, and a call of `__tls_get_addr` directly or through the GOT, 16 bytes in all. `offset`
 * is the field of TLSGD, `call` the field of the call.
 */
export function relaxGeneralDynamic(bytes: Uint8Array, offset: number, call: number): LocalExec | undefined {
  const isLea = matches(bytes, offset - 4, [0x66, 0x48, 0x8d, 0x3d]);
  const direct = matches(bytes, offset + 4, [0x66, 0x66, 0x48, 0xe8]);
  const indirect = matches(bytes, offset + 4, [0x66, 0x48, 0xff, 0x15]);
  if (!isLea || !(direct || indirect) || call !== offset + 8 || call + 4 > bytes.length) return undefined;
  bytes.set(LOAD_AND_ADD, offset - 4);
  return { offset: offset + 8, addendChange: ADDEND_OF_RIP };
}

/** `lea x@tlsld(%rip), %rdi`, and a call of `__tls_get_addr`: the start of the block, with no field left. */
export function relaxLocalDynamic(bytes: Uint8Array, offset: number, call: number): boolean {
  const isLea = matches(bytes, offset - 3, [0x48, 0x8d, 0x3d]);
  const direct = matches(bytes, offset + 4, [0xe8]) && call === offset + 5;
  const indirect = matches(bytes, offset + 4, [0xff, 0x15]) && call === offset + 6;
  if (!isLea || !(direct || indirect) || call + 4 > bytes.length) return false;
  const prefixes = Array.from({ length: direct ? 3 : 4 }, () => 0x66);
  bytes.set([...prefixes, ...LOAD], offset - 3);
  return true;
}

/** Whether `mov x@gottpoff(%rip), %reg` or `add x@gottpoff(%rip), %reg` stands around the field at `offset`. */
export function isInitialExec(bytes: Uint8Array, offset: number): boolean {
  const rex = bytes[offset - 3];
  const opcode = bytes[offset - 2];
  return (rex === 0x48 || rex === 0x4c) && (opcode === 0x8b || opcode === 0x03) && (bytes[offset - 1]! & 0xc7) === 0x05;
}

/** Makes an immediate of it: the field takes the offset from the thread pointer. */
export function rewriteInitialExec(bytes: Uint8Array, offset: number): void {
  // The register moves from the reg to the rm half of ModRM, and its fourth bit from REX.R to REX.B. add stays add,
  // where the psABI has lea: the flags are then right too.
  bytes[offset - 3] = bytes[offset - 3] === 0x4c ? 0x49 : 0x48;
  bytes[offset - 2] = bytes[offset - 2] === 0x8b ? 0xc7 : 0x81;
  bytes[offset - 1] = 0xc0 | ((bytes[offset - 1]! >>> 3) & 7);
}

/** Both of it; `undefined`, and nothing changed, where something else stands there. */
export function relaxInitialExec(bytes: Uint8Array, offset: number): LocalExec | undefined {
  if (!isInitialExec(bytes, offset)) return undefined;
  rewriteInitialExec(bytes, offset);
  return { offset, addendChange: ADDEND_OF_RIP };
}

/** Whether `pattern` stands at `at`, -1 in it being any byte. */
export function matches(bytes: Uint8Array, at: number, pattern: readonly number[]): boolean {
  return at >= 0 && pattern.every((byte, i) => byte === -1 || bytes[at + i] === byte);
}
