/**
 * `manifold ld --incremental`: restores the session beside the output, finds out which inputs changed, brings the output up to
 * date, saves. Where that cannot be, it links in full, says why, and saves a new session. The order of writing is that of
 * `update/incremental-link.ts`: the state says that an update is under way before the output is touched.
 */

import { statSync } from "node:fs";
import { type Diagnostic, DiagnosticError } from "../../diagnostics/diagnostic.js";
import { StateError } from "../../diagnostics/state.js";
import { discard, systemFiles } from "../../image/files.js";
import { ImageBytes } from "../../image/image-bytes.js";
import { OutputFile } from "../../image/output-file.js";
import { OutputSource } from "../../image/output-source.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import { createState } from "../../state/create-state.js";
import { StateFile } from "../../state/state-file.js";
import { statePath } from "../../update/saved-session.js";
import { VERSION } from "../../version.js";
import { BUILD_ID_OFFSET, computeBuildId } from "../build-id.js";
import { type ObjectLinkResult, resultOf, run } from "../link-objects.js";
import { type LinkThreads, ObjectLink } from "../object-link.js";
import type { InputFile, ObjectLinkOptions } from "../options.js";
import { type ArchiveNames, findChanges, fingerprintOf, namesOf, sameWords } from "./input-changes.js";
import { LinkSession } from "./link-session.js";
import { restoreSession, sessionTables } from "./saved-session.js";
import { ObjectUpdate } from "./update-objects.js";
import { verifyObjects } from "./verify-objects.js";

/** Of what a session holds: a number behind the version for changes between two of them. */
const SESSION_VERSION = `${VERSION}-2`;

export interface IncrementalObjectRequest {
  /** Others that take part in full links. */
  readonly threads?: LinkThreads | undefined;
  readonly inputs: readonly InputFile[];
  readonly options: ObjectLinkOptions;
  readonly output: string;
  /** Link in full as well, in memory, and compare. */
  readonly verify: boolean;
  /** Warnings count as errors: with one, nothing is written. */
  readonly fatalWarnings?: boolean;
  /** Why this link cannot be an update, where its caller knows. */
  readonly full?: string;
  /** Inputs that the caller writes, and nobody else: however young they are, another version has another time. */
  readonly own?: readonly string[];
}

export interface IncrementalObjectResult extends ObjectLinkResult {
  readonly bytesWritten: number;
  /** What was done, and what it cost: lines. */
  readonly explanation: readonly string[];
  /** There was a session, which could not be brought up to date. */
  readonly fellBack: boolean;
  /** Why everything was linked; undefined where the output was brought up to date. */
  readonly reason: string | undefined;
}

/** What a session is of, beside its tables. */
interface Meta {
  readonly kind: "objects";
  readonly version: string;
  readonly options: string;
  readonly inputs: readonly InputFile[];
  /** By input: words of the file's fingerprint; none where it was too young to tell it from a later version. */
  readonly seen: readonly (readonly number[])[];
  readonly names: ArchiveNames;
  /** Warnings of the last full link, which are repeated while it is updated. */
  readonly warnings: readonly Diagnostic[];
}

/** Before the umask. */
const MODE = 0o777;
/** A file that was written so short a time ago may be written again under the same time stamps. */
const YOUNG_MS = 50;
/** Ranges with so few clean bytes between them are written at once. */
const JOIN = 64;

/** Links `inputs` to the file `output`. Errors are in the result; the output is then what it was. */
export function linkObjectsIncremental(request: IncrementalObjectRequest): IncrementalObjectResult {
  if (request.full !== undefined) return linkInFull(request, request.full, false);
  const existed = systemFiles.stat(statePath(request.output)) !== undefined;
  const opened = StateFile.open(statePath(request.output), request.output);
  if ("reason" in opened) return linkInFull(request, opened.reason.message, existed);
  const { state } = opened;
  let reason: string;
  try {
    return update(request, state);
  } catch (cause) {
    if (cause instanceof NeedsFullLink) reason = cause.message;
    else if (cause instanceof StateError) reason = cause.reason.message;
    else if (cause instanceof DiagnosticError) reason = cause.diagnostics[0]!.message;
    else throw cause;
  } finally {
    state.close();
  }
  return linkInFull(request, reason, true);
}

function update(request: IncrementalObjectRequest, state: StateFile): IncrementalObjectResult {
  const start = performance.now();
  const { inputs, options, output } = request;
  const meta = state.meta as Meta;
  if (meta.kind !== "objects") throw new NeedsFullLink("the session is not one of objects");
  if (meta.version !== SESSION_VERSION) throw new NeedsFullLink("the session is of another version");
  if (meta.options !== optionsText(options)) throw new NeedsFullLink("other options");
  const now = inputs.map(({ path }) => fingerprintOf(path) ?? []);
  const path = statePath(output);
  const session = restoreSession(state, path, inputs, options);
  const changes = findChanges(session, meta.inputs, inputs, meta.seen, now, meta.names);
  const { link } = session;
  const isNull = changes.changed.length + changes.removed.length === 0;
  const source = new OutputSource(output, state.fingerprint);
  try {
    const image = new ImageBytes(source);
    const updater = new ObjectUpdate(session, image);
    if (!isNull) updater.apply(changes);
    const size = link.fileSize;
    renewBuildId(link, image, size);
    const ranges = image.dirty.take(size, JOIN);
    const file = new OutputFile(output, MODE);
    file.adopt(state.fingerprint);
    const isSame = isNull && ranges.length === 0 && sameSeen(meta, inputs, now);
    let bytesWritten = 0;
    if (!isSame) {
      state.begin();
      bytesWritten = file.flush(image.view, size, ranges, { partial: true });
      const saved = metaOf(request, now, meta.warnings, meta);
      state.save(saved, sessionTables(session), file.fingerprint!);
    }
    const { objects, others, sections, changed, moved } = updater.counts;
    const explanation = [
      `updated: ${count(objects, "object")} read${others > 0 ? `, ${others} more for what moved` : ""}, ${count(sections, "section")} made, ` +
        `${changed} of them changed, ${count(moved, "symbol")} moved, ${count(bytesWritten, "byte")} written, ${(performance.now() - start).toFixed(0)} ms`,
    ];
    return {
      ...resultOf(link),
      image: undefined,
      diagnostics: [...meta.warnings, ...verified(request, output)],
      bytesWritten,
      explanation,
      fellBack: false,
      reason: undefined,
    };
  } finally {
    source.close();
    session.archives.close();
  }
}

function linkInFull(request: IncrementalObjectRequest, reason: string, fellBack: boolean): IncrementalObjectResult {
  const { inputs, options, output } = request;
  const now = inputs.map(({ path }) => fingerprintOf(path) ?? []);
  const link = new ObjectLink(options, true);
  const result = run(link, inputs, request.threads);
  const explanation = [`linked in full: ${reason}`];
  const linked = { ...result, bytesWritten: 0, explanation, fellBack, reason };
  const isFatal = request.fatalWarnings === true && result.diagnostics.length > 0;
  if (result.image === undefined || isFatal) return linked;
  const file = new OutputFile(output, MODE);
  try {
    const bytesWritten = file.flush(result.image, result.image.length, []);
    const unfollowed = unfollowedBy(link);
    if (unfollowed !== undefined || file.fingerprint === undefined) {
      discard(systemFiles, statePath(output));
      explanation.push(`no session is kept: ${unfollowed ?? "the output is no regular file"}`);
    } else {
      const session = LinkSession.of(link, inputs);
      createState(
        statePath(output),
        file.fingerprint,
        metaOf(request, now, result.diagnostics),
        sessionTables(session),
      );
    }
    const diagnostics = unfollowed === undefined ? verified(request, output) : [];
    return { ...linked, diagnostics: [...result.diagnostics, ...diagnostics], bytesWritten };
  } catch (cause) {
    if (cause instanceof StateError) return { ...linked, diagnostics: [...result.diagnostics, cause.reason] };
    if (!(cause instanceof DiagnosticError)) throw cause;
    return { ...linked, image: undefined, diagnostics: [...result.diagnostics, ...cause.diagnostics] };
  }
}

/** Why updates cannot follow a link; undefined where they can. */
function unfollowedBy({ options, table, objects }: ObjectLink): string | undefined {
  if (options.output === "static-pie") return "a position-independent executable is linked in full";
  if (options.gcSections) return "--gc-sections decides anew what is kept";
  if (objects.some((object) => table.extended[object] !== 0)) return "an object has more than 65,280 sections";
  return undefined;
}

function verified({ verify, inputs, options }: IncrementalObjectRequest, output: string): readonly Diagnostic[] {
  if (!verify) return [];
  const found = verifyObjects(output, inputs, options);
  // Nobody shall build upon a session that is wrong.
  if (found.length > 0) discard(systemFiles, statePath(output));
  return found;
}

function metaOf(
  { inputs, options, own = [] }: IncrementalObjectRequest,
  now: readonly (readonly number[])[],
  warnings: readonly Diagnostic[],
  before?: Meta,
): Meta {
  const young = (path: string): boolean => {
    if (own.includes(path)) return false;
    const facts = statSync(path, { throwIfNoEntry: false });
    return facts === undefined || Date.now() - facts.mtimeMs < YOUNG_MS;
  };
  return {
    kind: "objects",
    version: SESSION_VERSION,
    options: optionsText(options),
    inputs,
    seen: inputs.map(({ path }, i) => (young(path) ? [] : now[i]!)),
    names: archiveNames(inputs, now, before),
    warnings,
  };
}

/** Indices of archives that are as they were `before` are not read again. */
function archiveNames(inputs: readonly InputFile[], now: readonly (readonly number[])[], before?: Meta): ArchiveNames {
  const names: Record<number, readonly number[]> = {};
  inputs.forEach(({ path, kind }, i) => {
    if (kind !== "archive") return;
    const old = before?.inputs.findIndex((input) => input.path === path) ?? -1;
    const isKnown = old !== -1 && now[i]!.length > 0 && sameWords(before!.seen[old]!, now[i]!);
    const found = isKnown ? before!.names[old] : namesOf(path);
    if (found !== undefined) names[i] = found;
  });
  return names;
}

function sameSeen(meta: Meta, inputs: readonly InputFile[], now: readonly (readonly number[])[]): boolean {
  return JSON.stringify(meta.inputs) === JSON.stringify(inputs) && JSON.stringify(meta.seen) === JSON.stringify(now);
}

function optionsText(options: ObjectLinkOptions): string {
  const { buildId } = options;
  return JSON.stringify({ ...options, buildId: typeof buildId === "string" ? buildId : [...buildId] });
}

/** Another id for other bytes: a hash of the one before and of what changed. */
function renewBuildId(link: ObjectLink, image: ImageBytes, size: number): void {
  const { buildId } = link.options;
  const section = link.outputs.find(".note.gnu.build-id");
  if (section === undefined || buildId === "none") return;
  const ranges = image.dirty.take(size, JOIN);
  if (ranges.length === 0) return;
  for (const [from, to] of ranges) image.dirty.mark(from, to - from);
  const at = section.offset + section.extraOffset + BUILD_ID_OFFSET;
  const parts = [
    image.read(at, section.extra - BUILD_ID_OFFSET).slice(),
    ...ranges.map(([from, to]) => image.read(from, to - from)),
  ];
  image.write(at, computeBuildId(buildId, Buffer.concat(parts)));
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
