/** Finds out which inputs of a session are not what they were: objects, members of archives, and the list of inputs itself. */

import { DiagnosticError } from "../../diagnostics/diagnostic.js";
import { systemFiles } from "../../image/files.js";
import { ArchiveIndex } from "../../input/archive-index.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import { hash0 } from "../../memory/hash.js";
import { State } from "../globals.js";
import { readFileBytes } from "../input-files.js";
import { hashName, viewOf } from "../name-hash.js";
import type { InputFile } from "../options.js";
import type { LinkSession } from "./link-session.js";

/** An object to be read, whose bytes are there already. */
export interface ChangedObject {
  /** The object that it takes the place of; -1 for an input that is new. */
  readonly before: number;
  readonly input: number;
  readonly member: number;
  readonly memberName: string | undefined;
  readonly at: number;
  readonly size: number;
}

export interface InputChanges {
  readonly changed: readonly ChangedObject[];
  /** Objects whose input is gone. */
  readonly removed: readonly number[];
}

/** Words of a file's fingerprint, or undefined where there is none. */
export function fingerprintOf(path: string): readonly number[] | undefined {
  try {
    const facts = systemFiles.stat(path);
    return facts === undefined ? undefined : [...facts.fingerprint];
  } catch {
    return undefined;
  }
}

/**
 * Compares `inputs` with those of the session, whose fingerprints were `seen`. Numbers of inputs in the session's tables become
 * those of the new list. Throws NeedsFullLink where the change is of a kind that is not followed.
 */
export function findChanges(
  session: LinkSession,
  before: readonly InputFile[],
  inputs: readonly InputFile[],
  seen: readonly (readonly number[])[],
  now: readonly (readonly number[])[],
  known: ArchiveNames,
): InputChanges {
  const { table, objects } = session.link;
  const pairs = pairInputs(before, inputs);
  const changed: ChangedObject[] = [];
  const removed: number[] = [];
  const numberOf = new Int32Array(before.length).fill(-1);
  inputs.forEach((_, number) => {
    const old = pairs[number]!;
    if (old !== -1) numberOf[old] = number;
  });
  const byInput = new Map<number, number[]>();
  for (const object of objects) {
    const input = numberOf[table.inputIndex[object]!]!;
    table.inputIndex[object] = input;
    if (input === -1) removed.push(object);
    else byInput.set(input, [...(byInput.get(input) ?? []), object]);
  }
  inputs.forEach((input, number) => {
    const old = pairs[number]!;
    if (old !== -1 && sameWords(seen[old]!, now[number]!)) return;
    const linked = byInput.get(number) ?? [];
    if (input.kind === "archive") changed.push(...membersChanged(session, input, number, linked, removed, known[old]));
    else if (input.lazy) throw new NeedsFullLink(`${input.path} between --start-lib and --end-lib has changed`);
    else {
      const [at, size] = guarded(() => readFileBytes(table.input, input.path));
      const object = linked[0] ?? -1;
      if (object !== -1 && table.isReadFrom(object, at, size)) return;
      changed.push({ before: object, input: number, member: -1, memberName: undefined, at, size });
    }
  });
  return { changed, removed };
}

/** By new input: the old one that it is, or -1. Only plain objects may come and go; the others keep their order. */
function pairInputs(before: readonly InputFile[], inputs: readonly InputFile[]): number[] {
  const key = (input: InputFile): string => JSON.stringify([input.path, input.kind, input.whole, input.lazy]);
  const old = new Map<string, number[]>();
  before.forEach((input, i) => {
    old.set(key(input), [...(old.get(key(input)) ?? []), i]);
  });
  const pairs = inputs.map((input) => old.get(key(input))?.shift() ?? -1);
  const isPlain = ({ kind, lazy }: InputFile): boolean => kind === "object" && !lazy;
  const left = new Set(pairs);
  if (
    before.some((input, i) => !isPlain(input) && !left.has(i)) ||
    inputs.some((input, i) => !isPlain(input) && pairs[i] === -1)
  )
    throw new NeedsFullLink("other libraries");
  const kept = pairs.filter((pair) => pair !== -1);
  if (kept.some((pair, i) => i > 0 && pair < kept[i - 1]!)) throw new NeedsFullLink("the inputs are in another order");
  return pairs;
}

function membersChanged(
  session: LinkSession,
  { path, whole }: InputFile,
  input: number,
  linked: readonly number[],
  removed: number[],
  known: readonly number[] | undefined,
): ChangedObject[] {
  if (whole) throw new NeedsFullLink(`${path}, all of which is linked, has changed`);
  const { table } = session.link;
  const archive = guarded(() => ArchiveIndex.open(path));
  try {
    if (!archive.hasIndex) throw new NeedsFullLink(`${path}, which has no symbol index, has changed`);
    requireNoNewDefinitions(session, archive, input, new Set(known));
    const members = guarded(() => archive.members());
    const changed: ChangedObject[] = [];
    for (const object of linked) {
      const name = table.labels[object]!.member;
      const found = members.filter((member) => member.name === name);
      if (found.length > 1) throw new NeedsFullLink(`${path} has several members called ${name}`);
      const [place] = found;
      if (place === undefined) {
        removed.push(object);
        continue;
      }
      const at = table.input.reserve(place.size);
      guarded(() => archive.readMember(place, table.input.bytes.subarray(at, at + place.size)));
      table.memberOffset[object] = place.headerOffset;
      if (!table.isReadFrom(object, at, place.size))
        changed.push({ before: object, input, member: place.headerOffset, memberName: name, at, size: place.size });
    }
    return changed;
  } finally {
    archive.close();
  }
}

/** Hashes of the names that an archive defines, by input; of archives that people build, not of the system's large ones. */
export type ArchiveNames = Readonly<Record<number, readonly number[]>>;

const NAMES_LIMIT = 4096;

/** The names of an archive, to be compared with those of a later version. */
export function namesOf(path: string): readonly number[] | undefined {
  const archive = guarded(() => ArchiveIndex.open(path));
  try {
    const { names, nameStart, nameEnd, symbolCount } = archive;
    if (symbolCount > NAMES_LIMIT) return undefined;
    const view = viewOf(names);
    return Array.from({ length: symbolCount }, (_, i) => {
      hashName(view, nameStart[i]!, nameEnd[i]!);
      return hash0;
    });
  } finally {
    archive.close();
  }
}

/** A full link might take from a changed archive what it took from a later one. `known`: what the archive had before. */
function requireNoNewDefinitions(
  session: LinkSession,
  archive: ArchiveIndex,
  input: number,
  known: ReadonlySet<number>,
): void {
  const { globals, table } = session.link;
  const { nameStart, nameEnd } = archive;
  const view = viewOf(archive.names);
  for (let i = 0; i < archive.symbolCount; i++) {
    hashName(view, nameStart[i]!, nameEnd[i]!);
    if (known.has(hash0)) continue;
    const name = globals.find();
    if (name === -1 || globals.state[name] === State.UNDEFINED) continue;
    const object = globals.object[name]!;
    if (object >= 0 && table.inputIndex[object]! > input)
      throw new NeedsFullLink(`${archive.path} defines what came from a later input`);
  }
}

/** Whether two fingerprints are one. */
export function sameWords(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}

/** What is wrong with an input a full link says as it should be said. */
function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof DiagnosticError) throw new NeedsFullLink(cause.diagnostics[0]!.message);
    throw cause;
  }
}
