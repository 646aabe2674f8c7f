/**
 * The bytes and relocations of one declaration while it is being made. One blob is used again and again: a million
 * functions must not make a million objects.
 */

/** What a local name of a declaration stands for (`refs` in the manifest). */
export type Ref =
  | { readonly name: string; readonly kind: "text"; readonly text: string }
  | { readonly name: string; readonly kind: "bytes"; readonly bytes: Uint8Array; readonly align: number }
  | { readonly name: string; readonly kind: "nav"; readonly nav: string; readonly offset: number };

/** Spelled-out instructions are few and used millions of times. */
const decodedHex = new Map<string, Uint8Array>();

export class Blob {
  readonly bytes: Uint8Array = new Uint8Array(1 << 16);
  /** How many of `bytes` count. */
  size = 0;

  /** Relocation `k` stands at `relocOffsets[k]`, and so on, for k below `relocCount`. */
  relocCount = 0;
  readonly relocOffsets: number[] = [];
  readonly relocTypes: string[] = [];
  readonly relocTargets: string[] = [];
  readonly relocAddends: number[] = [];

  readonly refs: Ref[] = [];

  /** Whether `assembly` is filled in as well, by those that know it: functions. */
  wantsAssembly = false;
  /** The instructions, a line each. */
  assembly = "";

  clear(): void {
    this.size = 0;
    this.relocCount = 0;
    this.refs.length = 0;
    this.assembly = "";
  }

  byte(value: number): void {
    this.bytes[this.size++] = value;
  }

  /** Appends four bytes, little-endian. */
  word(value: number): void {
    const { bytes, size } = this;
    bytes[size] = value;
    bytes[size + 1] = value >> 8;
    bytes[size + 2] = value >> 16;
    bytes[size + 3] = value >> 24;
    this.size = size + 4;
  }

  /** Appends the bytes that `hex` spells; a dot stands for a digit that a relocation will fill in. */
  hex(hex: string): void {
    let decoded = decodedHex.get(hex);
    if (decoded === undefined) {
      decoded = Buffer.from(hex.replaceAll(".", "0"), "hex");
      decodedHex.set(hex, decoded);
    }
    for (let i = 0; i < decoded.length; i++) this.bytes[this.size++] = decoded[i]!;
  }

  /** Appends four zero bytes and the relocation that fills them. */
  field(type: string, target: string, addend: number): void {
    this.reloc(this.size, type, target, addend);
    this.word(0);
  }

  /** Appends eight zero bytes and the relocation that fills them. */
  field64(target: string, addend: number): void {
    this.reloc(this.size, "64", target, addend);
    this.word(0);
    this.word(0);
  }

  reloc(offset: number, type: string, target: string, addend: number): void {
    const k = this.relocCount++;
    this.relocOffsets[k] = offset;
    this.relocTypes[k] = type;
    this.relocTargets[k] = target;
    this.relocAddends[k] = addend;
  }
}
