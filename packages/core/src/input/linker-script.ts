/**
 * Linker scripts that stand for libraries, as `libc.so` and `libm.a` do: INPUT and GROUP with AS_NEEDED and `-l` in them,
 * OUTPUT_FORMAT and OUTPUT_ARCH, which are checked, and SEARCH_DIR. Scripts that lay out the output (SECTIONS, MEMORY, ...)
 * are refused where they begin to. The language is that of the GNU ld manual, "Linker Scripts".
 */

import { type Diagnostic, DiagnosticError, type Place } from "../diagnostics/diagnostic.js";
import { scriptCommand, scriptFormat, scriptSyntax } from "../diagnostics/ld.js";
import { placeInText } from "./text-place.js";

/** A file that a script names. */
export interface ScriptFile {
  readonly kind: "file" | "library";
  /** As in the script: a path, which may begin with `=` or `$SYSROOT`; of a library what stands behind `-l`. */
  readonly name: string;
  /** Where in the script; counts lines when it is called. */
  place(): Place;
}

export interface LinkerScript {
  /** The statements INPUT and GROUP in order; archives of a group are searched until nothing new comes. */
  readonly inputs: readonly { readonly isGroup: boolean; readonly files: readonly ScriptFile[] }[];
  /** Paths as in the script. */
  readonly searchDirs: readonly string[];
}

interface Token {
  /** Decoded; of a quoted name what is between the quotes. */
  readonly text: string;
  readonly kind: "name" | "(" | ")" | "," | ";" | "end";
  readonly offset: number;
  /** Bytes in the script. */
  readonly length: number;
}

const FORMAT = "elf64-x86-64";
const ARCHITECTURES: readonly string[] = ["i386:x86-64", "i386:x86-64:intel"];
/** AS_NEEDED within itself says nothing new. */
const MOST_NESTING = 8;
const BLANK = /[ \t-\r\0]*/y;
/** Names outside of quotes; ASCII alone ends them, since the text is a character a byte. */
const NAME = /[^ \t-\r\0(),;"]+/y;

/** Reads a script. Throws MF0485 (a command that is not supported), MF0486 (syntax) or MF0487 (another target). */
export function parseLinkerScript(bytes: Uint8Array, file: string): LinkerScript {
  return new ScriptParser(bytes, file).parse();
}

class ScriptParser {
  readonly #bytes: Uint8Array;
  readonly #file: string;
  /** A character a byte, so that positions in it are positions in the file. */
  readonly #text: string;
  #at = 0;
  #token: Token;
  readonly #searchDirs: string[] = [];
  readonly #inputs: { readonly isGroup: boolean; readonly files: readonly ScriptFile[] }[] = [];

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#file = file;
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    // A byte order mark is not part of the first name.
    if (this.#text.startsWith("\xef\xbb\xbf")) this.#at = 3;
    this.#token = this.#scan();
  }

  parse(): LinkerScript {
    while (this.#token.kind !== "end") {
      const command = this.#take();
      if (command.kind !== ";") this.#statement(command);
    }
    return { inputs: this.#inputs, searchDirs: this.#searchDirs };
  }

  #statement(command: Token): void {
    if (command.kind !== "name") throw this.#unexpected(command, "a command");
    switch (command.text) {
      case "INPUT":
      case "GROUP":
        this.#inputs.push({ isGroup: command.text === "GROUP", files: this.#files(command.text, 0) });
        return;
      case "SEARCH_DIR":
        this.#searchDirs.push(this.#only(command.text));
        return;
      case "OUTPUT_FORMAT":
        this.#check(command, [FORMAT], FORMAT);
        return;
      case "OUTPUT_ARCH":
        this.#check(command, ARCHITECTURES, ARCHITECTURES[0]!);
        return;
      default:
        throw this.#otherCommand(command);
    }
  }

  /** A command of the language that is not for libraries, or no script at all. */
  #otherCommand(command: Token): DiagnosticError {
    const word = /^[A-Z][A-Z_]*(?=\{|$)/.exec(command.text)?.[0];
    const isAssignment = this.#token.text.startsWith("=") || /^[\w.$]+[-+*/]?=/.test(command.text);
    const what = word ?? (isAssignment ? "an assignment" : undefined);
    if (what === undefined) return this.#unexpected(command, "a command");
    return this.#fail(command, (place) => scriptCommand(place, what));
  }

  /** The list of files behind INPUT, GROUP or AS_NEEDED, commas optional. */
  #files(command: string, nesting: number): ScriptFile[] {
    this.#expect("(", `"(" behind ${command}`);
    const files: ScriptFile[] = [];
    while (this.#token.kind !== ")") {
      const token = this.#take();
      if (token.kind === ",") continue;
      if (token.kind !== "name") throw this.#unexpected(token, `a file name or ")" to end ${command}`);
      if (token.text === "AS_NEEDED" && this.#token.kind === "(") {
        if (nesting === MOST_NESTING) throw this.#unexpected(token, "a file name");
        // What is needed of archives alone is linked in any case.
        for (const file of this.#files(token.text, nesting + 1)) files.push(file);
      } else files.push(this.#fileOf(token));
    }
    this.#take();
    return files;
  }

  #fileOf(token: Token): ScriptFile {
    const place = () => this.#placeOf(token);
    if (!token.text.startsWith("-l")) return { kind: "file", name: token.text, place };
    if (token.text === "-l") throw this.#unexpected(token, "the name of a library behind -l");
    return { kind: "library", name: token.text.slice(2), place };
  }

  /** The one name in parentheses behind a command. */
  #only(command: string): string {
    this.#expect("(", `"(" behind ${command}`);
    const token = this.#expect("name", `a name in ${command}`);
    this.#expect(")", `")" to end ${command}`);
    return token.text;
  }

  /** OUTPUT_FORMAT may name three targets: the default, big and little endian. The default counts. */
  #check(command: Token, known: readonly string[], wanted: string): void {
    this.#expect("(", `"(" behind ${command.text}`);
    const target = this.#expect("name", `a name in ${command.text}`);
    if (!known.includes(target.text))
      throw this.#fail(target, (place) => scriptFormat(place, command.text, target.text, wanted));
    while (this.#token.kind === "name" || this.#token.kind === ",") this.#take();
    this.#expect(")", `")" to end ${command.text}`);
  }

  #expect(kind: Token["kind"], wanted: string): Token {
    const token = this.#take();
    if (token.kind !== kind) throw this.#unexpected(token, wanted);
    return token;
  }

  #take(): Token {
    const token = this.#token;
    this.#token = this.#scan();
    return token;
  }

  #scan(): Token {
    this.#skipBlanks();
    const offset = this.#at;
    const character = this.#text[offset];
    if (character === undefined) return { text: "", kind: "end", offset, length: 0 };
    if (character === "(" || character === ")" || character === "," || character === ";") {
      this.#at++;
      return { text: character, kind: character, offset, length: 1 };
    }
    if (character === '"') return this.#scanQuoted(offset);
    NAME.lastIndex = offset;
    const [name] = NAME.exec(this.#text)!;
    this.#at = offset + name.length;
    return { text: decoded(name), kind: "name", offset, length: name.length };
  }

  #scanQuoted(offset: number): Token {
    const end = this.#text.indexOf('"', offset + 1);
    const open = { text: '"', kind: "name", offset, length: 1 } as const;
    if (end === -1) throw this.#fail(open, (place) => scriptSyntax(place, "a quotation mark is not closed"));
    this.#at = end + 1;
    return { text: decoded(this.#text.slice(offset + 1, end)), kind: "name", offset, length: this.#at - offset };
  }

  #skipBlanks(): void {
    for (;;) {
      BLANK.lastIndex = this.#at;
      this.#at += BLANK.exec(this.#text)![0].length;
      if (this.#text.startsWith("#", this.#at)) {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end === -1 ? this.#text.length : end;
      } else if (this.#text.startsWith("/*", this.#at)) {
        const end = this.#text.indexOf("*/", this.#at + 2);
        const open = { text: "/*", kind: "name", offset: this.#at, length: 2 } as const;
        if (end === -1) throw this.#fail(open, (place) => scriptSyntax(place, "a comment is not closed"));
        this.#at = end + 2;
      } else return;
    }
  }

  #unexpected(token: Token, wanted: string): DiagnosticError {
    const there = token.kind === "end" ? "the end of the file" : `"${shortened(token.text)}"`;
    return this.#fail(token, (place) => scriptSyntax(place, `${wanted} is expected, and ${there} is there`));
  }

  #fail(token: Token, diagnostic: (place: Place) => Diagnostic): DiagnosticError {
    return new DiagnosticError(diagnostic(this.#placeOf(token)));
  }

  #placeOf({ offset, length }: Token): Place {
    return placeInText(this.#file, this.#bytes, offset, Math.max(1, length));
  }
}

function decoded(name: string): string {
  return Buffer.from(name, "latin1").toString("utf8");
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
