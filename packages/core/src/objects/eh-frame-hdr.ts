/**
 * `.eh_frame_hdr` (LSB Core, "Exception Frame Header"): all FDEs of the finished `.eh_frame`, by the address of their
 * function, so that unwinding finds one by bisection. It is made of the bytes of the output, whoever wrote them.
 */

const DW_EH_PE = {
  ABSPTR: 0,
  UDATA4: 3,
  UDATA8: 4,
  SDATA4: 0xb,
  SDATA8: 0xc,
  PCREL: 0x10,
  DATAREL: 0x30,
  OMIT: 0xff,
} as const;

export const HEADER_BYTES = 12;
export const ENTRY_BYTES = 8;

/** FDEs in one table at most: their number and an address share the 53 bits of a Number. */
const LIMIT = 2 ** 21;

/**
 * Makes the table for `frames`, the contents of `.eh_frame`, which are at `frameAddress`; the table is at `address`. Undefined
 * where a record says its function's address in a way that cannot be sorted by.
 */
export function makeEhFrameHdr(frames: Uint8Array, frameAddress: number, address: number): Uint8Array | undefined {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.length);
  const encodings = new Map<number, number>();
  const places: number[] = [];
  const begins: number[] = [];
  for (let at = 0; at + 4 <= frames.length; ) {
    const length = view.getUint32(at, true);
    if (length === 0 || at + 4 + length > frames.length) break;
    const pointer = view.getUint32(at + 4, true);
    if (pointer !== 0) {
      const cie = at + 4 - pointer;
      const encoding = encodings.get(cie) ?? encodingOf(frames, cie, cie + 4 + view.getUint32(cie, true));
      encodings.set(cie, encoding);
      // Address and size of the function are spelled alike.
      if (8 + 2 * encodedSize(encoding) > 4 + length) return undefined;
      const begin = readEncoded(view, at + 8, frameAddress + at + 8, encoding);
      if (begin === undefined || Math.abs(begin - address) >= 2 ** 31) return undefined;
      places.push(at);
      begins.push(begin);
    }
    at += 4 + length;
  }
  if (places.length > LIMIT) return undefined;
  const table = new Uint8Array(HEADER_BYTES + places.length * ENTRY_BYTES);
  const out = new DataView(table.buffer);
  out.setUint8(0, 1);
  out.setUint8(1, DW_EH_PE.PCREL | DW_EH_PE.SDATA4);
  out.setUint8(2, DW_EH_PE.UDATA4);
  out.setUint8(3, DW_EH_PE.DATAREL | DW_EH_PE.SDATA4);
  out.setInt32(4, frameAddress - (address + 4), true);
  out.setUint32(8, places.length, true);
  // Function and record in one number each, so that numbers alone are sorted.
  const keys = Float64Array.from(begins, (begin, i) => (begin - address + 2 ** 31) * LIMIT + i).sort();
  keys.forEach((key, i) => {
    out.setInt32(HEADER_BYTES + i * ENTRY_BYTES, Math.floor(key / LIMIT) - 2 ** 31, true);
    out.setInt32(HEADER_BYTES + i * ENTRY_BYTES + 4, frameAddress + places[key % LIMIT]! - address, true);
  });
  return table;
}

/** What stands where no table can be made: unwinding then goes through the records one by one. */
export function ehFrameHdrWithoutTable(frameAddress: number, address: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header.set([1, DW_EH_PE.PCREL | DW_EH_PE.SDATA4, DW_EH_PE.OMIT, DW_EH_PE.OMIT]);
  new DataView(header.buffer).setInt32(4, frameAddress - (address + 4), true);
  return header;
}

/** How the FDEs of the CIE `[start, end)` spell addresses: the byte behind 'R' in its augmentation. */
function encodingOf(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 9;
  const augmentation = at;
  while (at < end && bytes[at] !== 0) at++;
  const letters = Buffer.from(bytes.buffer, bytes.byteOffset + augmentation, at - augmentation).toString("latin1");
  at++;
  if (!letters.startsWith("z")) return DW_EH_PE.ABSPTR;
  // Code and data alignment, the return register, the length of what follows.
  at = skipLeb(bytes, skipLeb(bytes, at, end), end);
  at = bytes[start + 8] === 1 ? at + 1 : skipLeb(bytes, at, end);
  at = skipLeb(bytes, at, end);
  for (const letter of letters.slice(1)) {
    if (at >= end) break;
    if (letter === "R") return bytes[at]!;
    if (letter === "P") at += 1 + encodedSize(bytes[at]!);
    else if (letter === "L") at++;
    else if (letter !== "S" && letter !== "B") break;
  }
  return DW_EH_PE.ABSPTR;
}

function skipLeb(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at]! & 0x80) at++;
  return at + 1;
}

function encodedSize(encoding: number): number {
  switch (encoding & 0xf) {
    case DW_EH_PE.UDATA4:
    case DW_EH_PE.SDATA4:
      return 4;
    case 2:
    case 0xa:
      return 2;
    default:
      return 8;
  }
}

/** The address that is spelled at `at`, which is loaded at `address`. */
function readEncoded(view: DataView, at: number, address: number, encoding: number): number | undefined {
  const base = (encoding & 0x70) === DW_EH_PE.PCREL ? address : (encoding & 0x70) === 0 ? 0 : undefined;
  if (base === undefined || encoding & 0x80 || at + encodedSize(encoding) > view.byteLength) return undefined;
  switch (encoding & 0xf) {
    case DW_EH_PE.UDATA4:
      return base + view.getUint32(at, true);
    case DW_EH_PE.SDATA4:
      return base + view.getInt32(at, true);
    case DW_EH_PE.ABSPTR:
    case DW_EH_PE.UDATA8:
    case DW_EH_PE.SDATA8:
      return base + view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
    default:
      return undefined;
  }
}
