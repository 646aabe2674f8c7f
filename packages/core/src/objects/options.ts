/** What is asked of a link of relocatable objects: GNU ld's options, less their spelling. */

/** What `-o` shall be. `static-pie` is position-independent and relocates itself when it starts. */
export type ObjectOutput = "executable" | "static-pie";

/** An input that exists, in the order of the command line. */
export interface InputFile {
  /** As the user gave it, or as the library search found it. */
  readonly path: string;
  readonly kind: "object" | "archive";
  /** Of an archive: all members are linked (`--whole-archive`). */
  readonly whole: boolean;
  /** Of an object: linked only when something needs it, as a member of an archive is (`--start-lib`). */
  readonly lazy: boolean;
  /** Archives of one group (`--start-group`, GROUP) are searched until nothing new comes; 0: of none. */
  readonly group: number;
  /** Of an object, its bytes; 0 where nobody has looked. What is expected of a link, nothing that it relies on. */
  readonly size?: number;
  /** Of an object that is no file, its bytes; `path` is what messages call it. Not in links that are updated. */
  readonly contents?: Uint8Array;
}

export interface SymbolDefinition {
  readonly name: string;
  /** Of `--defsym name=symbol+addend`; undefined for a number. */
  readonly symbol: string | undefined;
  readonly addend: number;
}

export interface ObjectLinkOptions {
  readonly output: ObjectOutput;
  /** The entry symbol, or an address as a number in C's spelling. */
  readonly entry: string;
  /** Address of the first byte of the image; undefined for the usual one. */
  readonly imageBase: number | undefined;
  readonly gcSections: boolean;
  /** `--strip-debug` drops debug sections, `--strip-all` the symbol table as well. */
  readonly strip: "none" | "debug" | "all";
  /** `-x` all of them, `-X` those that start with `.L`. */
  readonly discardLocals: "none" | "temporary" | "all";
  /** Hash style of the build-id note, its bytes, or none. */
  readonly buildId: "none" | "sha1" | "md5" | "uuid" | Uint8Array;
  readonly ehFrameHdr: boolean;
  readonly relro: boolean;
  /** PT_GNU_STACK: undefined asks the inputs. */
  readonly execStack: boolean | undefined;
  /** Bytes of stack in PT_GNU_STACK (`-z stack-size`). */
  readonly stackSize: number;
  /** `-u`: names that are undefined from the start, and pull in members. */
  readonly undefined: readonly string[];
  /** `--require-defined`: those of `undefined` that have to be defined in the end. */
  readonly required: readonly string[];
  readonly definitions: readonly SymbolDefinition[];
  readonly wraps: readonly string[];
  readonly allowMultipleDefinition: boolean;
  readonly unresolved: "error" | "warn" | "ignore";
  /** Symbols whose addition or use is told (`-y`). */
  readonly traced: readonly string[];
  readonly warnCommon: boolean;
  /** Merge equal strings and constants; off in incremental links, where atoms stay apart. */
  readonly merge: boolean;
  /** `-z max-page-size`, `-z common-page-size` alike: alignment of segments. */
  readonly pageSize: number;
  /** `-z separate-code`: code has pages of its own. */
  readonly separateCode: boolean;
}
