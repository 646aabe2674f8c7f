/**
 * Thread-local storage in the local-exec model, which is right for whatever becomes part of an executable (psABI,
 * "Linker Optimizations"; "TLS Descriptors for x86"). The sequences are those that the psABI prescribes to compilers.
 * Each function returns false, and changes nothing, where something else stands there.
 */

import { LOAD, LOAD_AND_ADD, matches } from "../link/relax-tls.js";

/** How many bytes a sequence takes behind the field, and where the offset from the thread pointer goes; -1: nowhere. */
export interface TlsSequence {
  readonly field: number;
}

const FIELDLESS: TlsSequence = { field: -1 };

/** movabs $__tls_get_addr@pltoff, %rax; add %rbx or %r15, %rax; call *%rax */
const LARGE_CALLS = [
  [0x48, 0xb8, -1, -1, -1, -1, -1, -1, -1, -1, 0x48, 0x01, 0xd8, 0xff, 0xd0],
  [0x48, 0xb8, -1, -1, -1, -1, -1, -1, -1, -1, 0x4c, 0x01, 0xf8, 0xff, 0xd0],
];

/** General dynamic: `lea x@tlsgd(%rip), %rdi` with its field at `at`, and a call of `__tls_get_addr`; `end` is the section's. */
export function rewriteGeneralDynamic(
  bytes: Uint8Array,
  at: number,
  start: number,
  end: number,
): TlsSequence | undefined {
  if (at - 4 >= start && at + 12 <= end && matches(bytes, at - 4, [0x66, 0x48, 0x8d, 0x3d])) {
    const direct = matches(bytes, at + 4, [0x66, 0x66, 0x48, 0xe8]) || matches(bytes, at + 4, [0x66, 0x48, 0x66, 0xe8]);
    if (direct || matches(bytes, at + 4, [0x66, 0x48, 0xff, 0x15])) {
      bytes.set(LOAD_AND_ADD, at - 4);
      return { field: 8 };
    }
  }
  if (
    at - 3 >= start &&
    at + 19 <= end &&
    matches(bytes, at - 3, [0x48, 0x8d, 0x3d]) &&
    LARGE_CALLS.some((call) => matches(bytes, at + 4, call))
  ) {
    bytes.set([...LOAD_AND_ADD, 0x66, 0x0f, 0x1f, 0x44, 0, 0], at - 3);
    return { field: 9 };
  }
  return undefined;
}

/** Local dynamic: `lea x@tlsld(%rip), %rdi` and a call of `__tls_get_addr`. */
export function rewriteLocalDynamic(
  bytes: Uint8Array,
  at: number,
  start: number,
  end: number,
): TlsSequence | undefined {
  if (at - 3 < start || at + 9 > end || !matches(bytes, at - 3, [0x48, 0x8d, 0x3d])) return undefined;
  if (matches(bytes, at + 4, [0xe8])) bytes.set([0x66, 0x66, 0x66, ...LOAD], at - 3);
  else if (at + 10 <= end && matches(bytes, at + 4, [0xff, 0x15])) bytes.set([0x66, 0x66, 0x66, 0x66, ...LOAD], at - 3);
  else if (at + 10 <= end && matches(bytes, at + 4, [0x67, 0xe8])) bytes.set([0x66, 0x66, 0x66, 0x66, ...LOAD], at - 3);
  else if (at + 19 <= end && LARGE_CALLS.some((call) => matches(bytes, at + 4, call)))
    bytes.set([0x66, 0x66, 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0, ...LOAD], at - 3);
  else return undefined;
  return FIELDLESS;
}

/** Descriptors: `lea x@tlsdesc(%rip), %reg` becomes `mov $x@tpoff, %reg`. */
export function rewriteDescriptorLoad(bytes: Uint8Array, at: number, start: number): boolean {
  if (at - 3 < start) return false;
  const rex = bytes[at - 3]!;
  if ((rex & 0xfb) !== 0x48 || bytes[at - 2] !== 0x8d || (bytes[at - 1]! & 0xc7) !== 0x05) return false;
  bytes[at - 3] = 0x48 | ((rex >>> 2) & 1);
  bytes[at - 2] = 0xc7;
  bytes[at - 1] = 0xc0 | ((bytes[at - 1]! >>> 3) & 7);
  return true;
}

/** ... and `call *x@tlsdesc(%rax)` nothing. */
export function rewriteDescriptorCall(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 2 > end || bytes[at] !== 0xff || bytes[at + 1] !== 0x10) return false;
  bytes[at] = 0x66;
  bytes[at + 1] = 0x90;
  return true;
}
