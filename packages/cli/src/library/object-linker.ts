/**
 * The library's linker of objects, for a program that stays: what it has read and what it has in memory is there for the
 * next link, which is a full one, of the same or other inputs.
 */

import { availableParallelism } from "node:os";
import {
  type Diagnostic,
  DiagnosticError,
  gatherInputs,
  KnownFiles,
  type Phase,
  ResidentLink,
  warningsAreFatal,
} from "@manifold/core";
import { ObjectThreads } from "@manifold/workers/objects";
import { clobbered } from "../ld/clobbered.js";
import { parseLd } from "../ld/options.js";

export interface ObjectLinkerOptions {
  /** Threads that link, the caller's included; by default one per processor. */
  readonly threads?: number;
}

export interface ObjectLinkReport {
  /** The output is what was asked for; else it is what it was. */
  readonly ok: boolean;
  /** Errors and warnings. */
  readonly diagnostics: readonly Diagnostic[];
  /** Of the output. */
  readonly bytesWritten: number;
  /** Where the time went. */
  readonly phases: readonly Phase[];
}

export interface ObjectLinker {
  /**
   * Links, in the calling thread, as `manifold ld` with these arguments does; its reports, `--incremental` and what else
   * does not make the output are left out. Throws for faults of the linker only.
   */
  link(...args: readonly string[]): ObjectLinkReport;
  /** Ends its threads. */
  close(): Promise<void>;
}

/** Starts a linker of objects, and its threads. */
export function createObjectLinker({ threads = availableParallelism() }: ObjectLinkerOptions = {}): ObjectLinker {
  const others = threads > 1 ? new ObjectThreads(threads - 1) : undefined;
  const resident = new ResidentLink(others);
  const files = new KnownFiles();
  return {
    link: (...args) => link(resident, files, args),
    close: async () => others?.close(),
  };
}

function link(resident: ResidentLink, files: KnownFiles, args: readonly string[]): ObjectLinkReport {
  const failed = (diagnostics: readonly Diagnostic[]): ObjectLinkReport => {
    return { ok: false, diagnostics, bytesWritten: 0, phases: [] };
  };
  try {
    const { request, diagnostics: told } = parseLd(args);
    if (told.some(isError)) return failed(told);
    const gathered = gatherInputs(request.inputs, request.search, files.identify);
    const overwritten = clobbered([request.output], gathered.files, new Map());
    const before = [...told, ...gathered.diagnostics, ...overwritten];
    if (before.some(isError)) return failed(before);
    const isFatal = request.warnings === "fatal";
    const result = resident.link(gathered.inputs, request.options, request.output, isFatal);
    const diagnostics = [...before, ...result.diagnostics];
    if (isFatal && diagnostics.length > 0 && !diagnostics.some(isError)) diagnostics.push(warningsAreFatal());
    return {
      ok: !diagnostics.some(isError),
      diagnostics: request.warnings === "hidden" ? diagnostics.filter(isError) : diagnostics,
      bytesWritten: result.bytesWritten,
      phases: result.phases,
    };
  } catch (cause) {
    if (cause instanceof DiagnosticError) return failed(cause.diagnostics);
    throw cause;
  }
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}
