/** The sources of a project, and how they are built: what an edit changes. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Language = "c" | "cxx";

export class SourceTree {
  readonly language: Language;
  /** Sources and headers by name. */
  readonly files: Map<string, string> = new Map();
  /** Sources whose objects the linker is given, in its order. */
  readonly objects: string[] = [];
  /** Sources whose objects are members of the archive, in its order. */
  readonly members: string[] = [];
  /** What some sources are compiled with besides. */
  readonly options: Map<string, readonly string[]> = new Map();
  /** Sources whose objects shall be written again, whether or not they differ. */
  readonly touched: Set<string> = new Set();

  constructor(language: Language) {
    this.language = language;
  }

  /** What lies in a directory; `members` are the sources of the archive, in its order. */
  static read(directory: string, language: Language, members: readonly string[]): SourceTree {
    const tree = new SourceTree(language);
    for (const name of readdirSync(directory).sort()) tree.set(name, readFileSync(join(directory, name), "utf8"));
    for (const name of members) tree.moveToArchive(name);
    return tree;
  }

  text(name: string): string {
    const text = this.files.get(name);
    if (text === undefined) throw new Error(`no file ${name}`);
    return text;
  }

  /** Writes a whole file. A new source is linked as an object, in alphabetical order. */
  set(name: string, text: string): void {
    if (!this.files.has(name) && isSource(name)) insertSorted(this.objects, name);
    this.files.set(name, text);
  }

  remove(name: string): void {
    this.text(name);
    this.files.delete(name);
    for (const list of [this.objects, this.members]) if (list.includes(name)) list.splice(list.indexOf(name), 1);
  }

  /** Replaces `from`, which must occur exactly once. */
  replace(name: string, from: string, to: string): void {
    const parts = this.text(name).split(from);
    if (parts.length !== 2) throw new Error(`${name} has ${parts.length - 1} times: ${from}`);
    this.files.set(name, parts.join(to));
  }

  /** Replaces every `from` in the files named, each of which must have one. */
  replaceAll(names: readonly string[], from: string, to: string): void {
    for (const name of names) {
      if (!this.text(name).includes(from)) throw new Error(`${name} has no ${from}`);
      this.files.set(name, this.text(name).replaceAll(from, to));
    }
  }

  /** Removes from the line that begins with `first` up to and with the next line that is `last`. */
  cut(name: string, first: string, last: string = "}"): string {
    const lines = this.text(name).split("\n");
    const start = lines.findIndex((line) => line.startsWith(first));
    const end = lines.indexOf(last, start);
    if (start === -1 || end === -1) throw new Error(`${name} has no lines from ${first} to ${last}`);
    const removed = lines.splice(start, end - start + 1);
    this.files.set(name, lines.join("\n"));
    return `${removed.join("\n")}\n`;
  }

  append(name: string, text: string): void {
    this.files.set(name, this.text(name) + text);
  }

  moveToArchive(name: string): void {
    this.objects.splice(indexOf(this.objects, name), 1);
    this.members.push(name);
  }

  moveOutOfArchive(name: string): void {
    this.members.splice(indexOf(this.members, name), 1);
    insertSorted(this.objects, name);
  }

  /** All sources, whether objects or members. */
  sources(): string[] {
    return [...this.objects, ...this.members];
  }

  /** A source as the compiler sees it: its text and that of all headers it includes, each once. */
  closure(name: string): string {
    const seen = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const [, header] of this.text(file).matchAll(/^#include "([^"]+)"/gm)) visit(header!);
    };
    visit(name);
    return [...seen].map((file) => `// ${file}\n${this.text(file)}`).join("");
  }

  copy(): SourceTree {
    const copy = new SourceTree(this.language);
    copy.assign(this);
    return copy;
  }

  /** Becomes what `other` is. */
  assign(other: SourceTree): void {
    this.files.clear();
    for (const [name, text] of other.files) this.files.set(name, text);
    this.options.clear();
    for (const [name, options] of other.options) this.options.set(name, options);
    this.objects.splice(0, this.objects.length, ...other.objects);
    this.members.splice(0, this.members.length, ...other.members);
  }
}

function isSource(name: string): boolean {
  return /\.(c|cpp)$/.test(name);
}

function indexOf(list: readonly string[], name: string): number {
  const index = list.indexOf(name);
  if (index === -1) throw new Error(`${name} is not among ${list.join()}`);
  return index;
}

function insertSorted(list: string[], name: string): void {
  const index = list.findIndex((other) => other > name);
  list.splice(index === -1 ? list.length : index, 0, name);
}
