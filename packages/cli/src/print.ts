/**
 * What the command prints. Node makes a stream when it is first asked for, which takes as long as an update of a program
 * does: so streams are asked for here alone, when there is something to print.
 */

import { fstatSync } from "node:fs";
import { cannotWrite } from "@manifold/core";
import { Exit } from "./exit.js";
import { renderDiagnostic } from "./render.js";

type Stream = typeof process.stdout | typeof process.stderr;

/** Major number of /dev/null and its like on Linux. */
const MEMORY_DEVICES = 1;

const watched = new Set<Stream>();

/**
 * Whether something was printed, or may have been: it need not have been written yet.
 * @public bin/manifold.js asks; see scripts/bundle.mjs.
 */
export function hasPrinted(): boolean {
  return watched.size > 0;
}

export function standardError(): typeof process.stderr {
  return faultless(process.stderr);
}

/** Prints to standard output; nothing, for an empty text. */
export function print(text: string): void {
  if (text !== "") faultless(process.stdout).write(text);
}

/** Prints to standard error; nothing, for an empty text. */
export function printError(text: string): void {
  if (text !== "") standardError().write(text);
}

/** Whether standard error may be a terminal; most that are none are told by this, and no stream is made for them. */
export function mayBeTerminal(): boolean {
  try {
    const { rdev, mode } = fstatSync(2);
    return (mode & 0o170000) === 0o020000 && rdev >>> 8 !== MEMORY_DEVICES;
  } catch {
    return false;
  }
}

/** Whoever reads what is printed may stop before its end (`manifold --help | head -1`): that is no fault. */
function faultless<Kind extends Stream>(stream: Kind): Kind {
  if (watched.has(stream)) return stream;
  watched.add(stream);
  stream.on("error", onStreamError);
  return stream;
}

function onStreamError(cause: NodeJS.ErrnoException): void {
  if (cause.code === "EPIPE") return;
  printError(renderDiagnostic(cannotWrite("standard output", cause)));
  process.exitCode = Exit.ERRORS;
}
