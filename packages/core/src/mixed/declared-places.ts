/**
 * Diagnostics of a link of objects, as the manifests' author knows things: where a declaration is at fault they point at
 * its line. The manifests' own object has no file that anybody wrote: what is said of it is said of its declarations. What
 * is said of an input as a whole is said of the line that declares it, and what is said of something inside has that line
 * as a note.
 */

import type { Diagnostic, Note, Place } from "../diagnostics/diagnostic.js";
import { entryUndefined } from "../diagnostics/link.js";
import { shownIn } from "../diagnostics/objects.js";
import type { DeclaredInput } from "../link/declared-inputs.js";
import { findDeclarations, type WantedDeclaration } from "../manifest/find-declarations.js";
import type { OpenedManifest } from "../manifest/open-manifest.js";

export interface MixedFiles {
  readonly manifests: readonly OpenedManifest[];
  /** What the manifests' object is called. */
  readonly object: string;
  /** By path: who declares the file. */
  readonly declared: ReadonlyMap<string, DeclaredInput>;
}

/** A declaration to be found: of any manifest, or of that number `scope`. */
type Wanted = WantedDeclaration & { readonly scope?: number };
type Find = (wanted: Wanted) => Place | undefined;

/** What manifests are told in the stead of a linker's options, by code. */
const SUGGESTIONS: Readonly<Record<string, string>> = {
  MF0450: 'Add the object or the archive that defines it: {"input": "..."}.',
  MF0451: "Make one of them weak or local, or leave one of the inputs out.",
};
/** As above, of what is wrong in a manifest. */
const OWN_SUGGESTIONS: Readonly<Record<string, string>> = {
  MF0453: "Use a wider relocation, or bring the two closer together.",
  MF0455: 'A position-independent executable ("pie": true) addresses with PC32, or with 64 in data.',
};
/** `--require-defined`, by which a manifest's link asks for its entry. */
const REQUIRED = "MF0472";

/** Gives diagnostics the places of declarations. Reads the manifests where one of them is meant. */
export function explainMixed(diagnostics: readonly Diagnostic[], files: MixedFiles): Diagnostic[] {
  const wanted = new Map<string, Wanted>();
  const note: Find = (one) => {
    wanted.set(keyOf(one), one);
    return undefined;
  };
  // What is asked for in a first pass is found in one reading of each manifest.
  for (const diagnostic of diagnostics) new Explanation(diagnostic, files, note).make();
  const places = new Map<string, Place>();
  files.manifests.forEach((manifest, scope) => {
    const here = [...wanted.values()].filter((one) => one.scope === undefined || one.scope === scope);
    findDeclarations(manifest, here).forEach((place, i) => {
      const key = keyOf(here[i]!);
      if (place !== undefined && !places.has(key)) places.set(key, place);
    });
  });
  return diagnostics.map((diagnostic) => new Explanation(diagnostic, files, (one) => places.get(keyOf(one))).make());
}

function keyOf({ class: kind, name, scope = -1 }: Wanted): string {
  return `${kind} ${scope} ${name}`;
}

/** One diagnostic on its way. */
class Explanation {
  readonly #diagnostic: Diagnostic;
  readonly #files: MixedFiles;
  readonly #find: Find;
  /** The symbol that it is about. */
  readonly #symbol: string | undefined;

  constructor(diagnostic: Diagnostic, files: MixedFiles, find: Find) {
    this.#diagnostic = diagnostic;
    this.#files = files;
    this.#find = find;
    this.#symbol = shownIn(diagnostic.message);
  }

  make(): Diagnostic {
    if (this.#diagnostic.code === REQUIRED) return entryUndefined(this.#symbol ?? "");
    const { place, notes = [], ...rest } = this.#diagnostic;
    const isOwn = place?.file === this.#files.object;
    const suggestion = (isOwn ? OWN_SUGGESTIONS : SUGGESTIONS)[rest.code] ?? SUGGESTIONS[rest.code] ?? rest.suggestion;
    const [now, added] = place === undefined ? [undefined, []] : this.#main(place);
    const all = [...notes.map((note) => this.#note(note)), ...added];
    return {
      ...rest,
      ...(now === undefined ? {} : { place: now }),
      ...(all.length === 0 ? {} : { notes: all }),
      ...(suggestion === undefined ? {} : { suggestion }),
    };
  }

  /** Where the diagnostic points, and what there is to add to it. */
  #main(place: Place): [place: Place, notes: readonly Note[]] {
    if (place.file === this.#files.object) {
      // An undefined symbol is missed where it is promised; everything else is wrong where it is.
      const promised = this.#diagnostic.code === "MF0450" ? this.#declaration(["nav"], this.#symbol) : undefined;
      return [promised ?? this.#ours(place, undefined), []];
    }
    const line = this.#declarationOf(place);
    if (line === undefined) return [place, []];
    const isWhole = Object.keys(place).every((key) => key === "file");
    if (!isWhole) return [place, [{ message: "it comes from this input", place: line }]];
    const isNamed = this.#diagnostic.message.includes(place.file!) || line.lineText?.includes(`"${place.file}"`);
    return [line, isNamed ? [] : [{ message: `the file is ${place.file}` }]];
  }

  #note(note: Note): Note {
    const { place } = note;
    return place?.file === this.#files.object ? { ...note, place: this.#ours(place, shownIn(note.message)) } : note;
  }

  /** The declaration that a place in the manifests' object is of; `inside` is the function or the data there. */
  #ours({ symbol }: Place, inside: string | undefined): Place {
    const found =
      this.#declaration(["nav"], inside ?? symbol) ??
      (inside === undefined ? this.#declaration(["export", "nav"], this.#symbol) : undefined);
    const name = inside ?? symbol ?? this.#symbol;
    return found ?? { file: this.#files.manifests[0]!.path, ...(name === undefined ? {} : { symbol: name }) };
  }

  #declaration(classes: readonly WantedDeclaration["class"][], name: string | undefined): Place | undefined {
    if (name === undefined) return undefined;
    const places = classes.map((one) => this.#find({ class: one, name }));
    return places.find((place) => place !== undefined);
  }

  #declarationOf({ file }: Place): Place | undefined {
    const input = file === undefined ? undefined : this.#files.declared.get(file);
    return input === undefined ? undefined : this.#find({ class: "input", name: input.path, scope: input.scope });
  }
}
