/**
 * Proves that an updated program is as good as a full link of the same declarations: `--verify`. The two are compared by
 * what things are, never by where they are: each has its own layout, and must be right by itself.
 *
 *   node tree -> tables of the session -> headers -> symbols -> contents and relocations -> declarations
 *
 * Each step relies on what those before it have shown. Cost: all of both programs.
 */

import { type Diagnostic, DiagnosticError } from "../diagnostics/diagnostic.js";
import { outputMalformed, tableBroken } from "../diagnostics/verify.js";
import { verifyImage } from "../image/verify.js";
import { InvariantError } from "../memory/invariant.js";
import type { Program } from "./program.js";
import { verifyContents } from "./verify-contents.js";
import { compareDeclarations, verifyDeclarations } from "./verify-declarations.js";
import { verifyDynamic } from "./verify-dynamic.js";
import { verifyHeaders } from "./verify-headers.js";
import { verifyLists } from "./verify-lists.js";
import { verifyStrings } from "./verify-strings.js";
import { compareSymbols, verifySymbols } from "./verify-symbols.js";
import { verifyUnused } from "./verify-unused.js";
import { ProgramView } from "./verify-view.js";

/** Names the symbol or header, what differs, and both values. */
export type Difference = Diagnostic;

/**
 * The first difference between an updated program and a full link of the same declarations; undefined where there is
 * none. Neither is changed, but all pages of a program on disk are read.
 */
export function verifyProgram(updated: Program, fresh: Program): Difference | undefined {
  try {
    verifyImage(updated.parts.image);
    verifyLists(updated);
    verifyDeclarations(updated);
    const view = viewOf(updated);
    const wanted = new ProgramView(fresh, "the full link");
    verifyHeaders(view, wanted);
    verifySymbols(view);
    compareSymbols(view, wanted);
    verifyStrings(view);
    verifyContents(view, wanted);
    verifyDynamic(view, wanted);
    verifyUnused(view);
    compareDeclarations(view, wanted);
  } catch (cause) {
    if (cause instanceof InvariantError) return tableBroken("image", cause.message);
    if (cause instanceof DiagnosticError) return cause.diagnostics[0]!;
    throw cause;
  }
  return undefined;
}

function viewOf(program: Program): ProgramView {
  try {
    return new ProgramView(program, "the output");
  } catch (cause) {
    if (!(cause instanceof DiagnosticError)) throw cause;
    const { message, place } = cause.diagnostics[0]!;
    throw new DiagnosticError(outputMalformed(message, place));
  }
}
