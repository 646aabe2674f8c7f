/**
 * A link whose session is on disk: restores it, finds what changed in the manifests, brings the output up to date, saves.
 * Where that cannot be, it links in full, says why, and saves a new session. The last good output is never lost: the
 * state says that an update is under way before the output is touched, and is believed again only when all is written.
 */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { isDamage } from "../diagnostics/output.js";
import { StateError, stateNotSaved } from "../diagnostics/state.js";
import { discard, type Files, systemFiles } from "../image/files.js";
import { NeedsFullLink } from "../link/needs-full-link.js";
import { Session } from "../link/session.js";
import { declarationKey } from "../manifest/declaration-key.js";
import { readText } from "../manifest/locate.js";
import type { OpenedManifest } from "../manifest/open-manifest.js";
import { scanManifestFile } from "../manifest/scan-manifest.js";
import { PhaseLog } from "../phases/phase.js";
import { createState } from "../state/create-state.js";
import { StateFile } from "../state/state-file.js";
import type { IncrementalRequest, IncrementalResult } from "./incremental-request.js";
import { ManifestTexts } from "./manifest-lines.js";
import { programTables } from "./save-program.js";
import { isAsSeen, type Looked, lookAt, objectPath, savedSession, statePath, textTables } from "./saved-session.js";
import { StoredSession, verified } from "./stored-session.js";

export async function linkIncrementally(request: IncrementalRequest): Promise<IncrementalResult> {
  const stored = storedRequest(request);
  const opened = StateFile.open(statePath(stored.output), stored.output, request.files);
  if ("reason" in opened) return linkInFull(request, opened.reason.message);
  const { state } = opened;
  let cause: unknown;
  try {
    return await new StoredSession(stored, state).update();
  } catch (thrown) {
    cause = thrown;
  } finally {
    state.close();
  }
  if (cause instanceof NeedsFullLink) return linkInFull(request, cause.message);
  if (cause instanceof StateError) return linkInFull(request, cause.reason.message);
  if (!(cause instanceof DiagnosticError)) throw cause;
  const { diagnostics } = cause;
  const result = await linkInFull(request, diagnostics[0]!.message);
  // What a failing full link says of the output it left alone is not all where the update had damaged it.
  if (result.ok || !diagnostics.some(isDamage)) return result;
  return { ...result, diagnostics: [...diagnostics, ...result.diagnostics] };
}

/** The request as the session on disk has it: its output is a relocatable file where inputs were declared. */
function storedRequest(request: IncrementalRequest): IncrementalRequest {
  const { output, takesInputs, files = systemFiles } = request;
  const object = objectPath(output);
  return takesInputs === true && files.stat(statePath(object)) !== undefined ? { ...request, output: object } : request;
}

// --- full links ---------------------------------------------------------------------------------------------------

async function linkInFull(asked: IncrementalRequest, reason: string): Promise<IncrementalResult> {
  const { manifests, output, pool, control, expectedNames, takesInputs = false, files = systemFiles } = asked;
  const looked = manifests.map(({ path }) => lookAt(path));
  const { header } = manifests[0]!;
  const session = new Session({
    header,
    output,
    pool: await pool(true),
    control,
    expectedNames,
    incremental: true,
    takesInputs,
    files,
  });
  manifests.forEach((manifest, scope) => {
    session.addManifest(manifest, scope);
  });
  let request = asked;
  let result = await session.flush();
  if (!result.ok && result.diagnostics.length === 0) {
    request = { ...asked, output: objectPath(output) };
    session.becomeObject(request.output);
    result = await session.flush();
  } else if (result.ok && takesInputs) discardObject(output, files);
  const log = new PhaseLog();
  const notes = log.serial("save", () => (result.ok ? saveFull(session, request, looked) : []));
  const linked: IncrementalResult = {
    ...result,
    reason,
    phases: [...result.phases, ...log.take()],
    notes,
    explanation: [`linked in full: ${reason}`],
    bytesRead: 0,
    stateBytesWritten: 0,
    inputs: session.inputs,
    program: result.ok ? session.program : undefined,
  };
  return result.ok ? verified(request, session, linked) : linked;
}

/** The relocatable file that an earlier link with inputs has left, and its session, go. */
function discardObject(output: string, files: Files): void {
  const object = objectPath(output);
  // Without a session it is somebody else's.
  if (files.stat(statePath(object)) === undefined) return;
  discard(files, statePath(object));
  discard(files, object);
}

function saveFull(
  session: Session,
  { manifests, output, files }: IncrementalRequest,
  looked: readonly Looked[],
): Diagnostic[] {
  const { program } = session;
  const { fingerprint } = session.file;
  if (fingerprint === undefined || manifests.some(({ path }, scope) => !isAsSeen(path, looked[scope]!))) return [];
  if (program === undefined) {
    // What was saved before is of another output.
    discard(files ?? systemFiles, statePath(output));
    return [stateNotSaved(statePath(output), new Error(session.unfollowed ?? "updates cannot follow it"))];
  }
  const texts = manifests.map((manifest, scope) => {
    const lines = new ManifestTexts(program, scope);
    const all = scanManifestFile(manifest);
    lines.note(all, (line) => {
      const text = Buffer.from(readText(sourceOf(manifest, scope), all.start[line]!, all.length[line]!));
      return declarationKey(text, 0, text.length);
    });
    return lines;
  });
  try {
    const tables = [...programTables(program), ...textTables(texts)];
    const saved = savedSession(program, session.chunkCount, manifests, texts, looked, true, session.inputs);
    createState(statePath(output), fingerprint, saved, tables, files);
    return [];
  } catch (cause) {
    if (cause instanceof StateError) return [cause.reason];
    throw cause;
  }
}

function sourceOf({ path, spelling }: OpenedManifest, scope: number): Parameters<typeof readText>[0] {
  return { kind: "file", path, spelling, scope };
}
