/**
 * `manifold ld --make-dir DIR`: writes DIR/ld, which compilers run in the place of the system's linker. gcc and g++ look
 * for `ld` in the directory that `-B` names; clang takes the path itself (`--ld-path`).
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { cannotWrite, DiagnosticError, directoryTaken } from "@manifold/core";

const COMMAND = fileURLToPath(new URL("../../bin/manifold.js", import.meta.url));
/** Tells a script of ours, which may be replaced, from anything else that is called `ld`. */
const MARK = "# Written by manifold ld --make-dir.";

/** Writes the script; returns its absolute path. Throws DiagnosticError: MF0302, or MF0514 where another `ld` is there. */
export function makeLdDirectory(directory: string): string {
  const path = join(resolve(directory), "ld");
  try {
    mkdirSync(directory, { recursive: true });
    if (!mayWrite(path)) throw new DiagnosticError(directoryTaken(path));
    // Node's and our own place as they are now: the compiler's environment need not have either in its PATH.
    const script = `#!/bin/sh\n${MARK}\nexec ${quoted(process.execPath)} ${quoted(COMMAND)} ld "$@"\n`;
    writeFileSync(path, script, { mode: 0o777 });
  } catch (cause) {
    if (cause instanceof DiagnosticError) throw cause;
    throw new DiagnosticError(cannotWrite(path, cause));
  }
  return path;
}

function mayWrite(path: string): boolean {
  try {
    return readFileSync(path, "utf8").includes(MARK);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw cause;
  }
}

/** A word of the shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
