/** What `manifold watch` prints: lines for people on standard error, or an object a line on standard output. */

import type { UpdateCounts } from "@manifold/core";
import { print, standardError } from "../print.js";
import { renderDiagnostic, wantsColour } from "../render.js";
import type { Updated } from "./manifest-session.js";
import type { ProgramEnd } from "./program.js";

export interface WatchReport {
  linked(updated: Updated): void;
  started(pid: number): void;
  ended(end: ProgramEnd): void;
  swapped(pid: number, bytes: number): void;
  /** The program is started anew although its code was to be replaced while it runs. */
  restarting(reason: string): void;
}

/** A line of text for each event, with the time of day. */
export class TextReport implements WatchReport {
  readonly #output: string;
  readonly #stream: NodeJS.WriteStream;
  readonly #colour: boolean;

  constructor(output: string, stream: NodeJS.WriteStream = standardError()) {
    this.#output = output;
    this.#stream = stream;
    this.#colour = wantsColour(stream);
  }

  linked(updated: Updated): void {
    for (const diagnostic of updated.diagnostics) this.#stream.write(renderDiagnostic(diagnostic, this.#colour));
    this.#say(linkedText(this.#output, updated));
  }

  started(pid: number): void {
    this.#say(`started ${this.#output}, process ${pid}`);
  }

  ended(end: ProgramEnd): void {
    if (end.how === "not-started") this.#stream.write(renderDiagnostic(end.diagnostic, this.#colour));
    else if (!end.asked)
      this.#say(`${this.#output} ended ${end.how === "exit" ? `with exit code ${end.code}` : `by ${end.signal}`}`);
  }

  swapped(pid: number, bytes: number): void {
    this.#say(`replaced ${counted(bytes, "byte")} of code in process ${pid}, which goes on`);
  }

  restarting(reason: string): void {
    this.#say(`starting anew, because ${reason}`);
  }

  #say(text: string): void {
    const time = new Date().toTimeString().slice(0, 8);
    this.#stream.write(`${this.#colour ? `\x1b[2m[${time}]\x1b[22m` : `[${time}]`} ${text}\n`);
  }
}

/** NDJSON. */
export class JsonReport implements WatchReport {
  readonly #output: string;

  constructor(output: string) {
    this.#output = output;
  }

  linked({ ok, diagnostics, result, reason, milliseconds }: Updated): void {
    this.#say("linked", {
      ok,
      output: this.#output,
      milliseconds: Math.round(milliseconds * 1000) / 1000,
      full: result !== undefined && result.update === undefined,
      reason,
      update: result?.update,
      bytesWritten: result?.bytesWritten ?? 0,
      diagnostics,
    });
  }

  started(pid: number): void {
    this.#say("started", { pid });
  }

  ended(end: ProgramEnd): void {
    this.#say("ended", end);
  }

  swapped(pid: number, bytes: number): void {
    this.#say("swapped", { pid, bytes });
  }

  restarting(reason: string): void {
    this.#say("restarting", { reason });
  }

  #say(event: string, rest: object): void {
    print(`${JSON.stringify({ event, time: new Date().toISOString(), ...rest })}\n`);
  }
}

/** What a link came to, in one line. */
export function linkedText(output: string, { ok, diagnostics, result, reason, milliseconds }: Updated): string {
  const time = `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`;
  if (!ok) return `${counted(diagnostics.length, "error")}; ${output} is as it was, waiting for changes`;
  if (result === undefined) return `nothing changed (${time})`;
  const written = `${counted(result.bytesWritten, "byte")} written`;
  if (result.update !== undefined) return `linked ${output} in ${time}: ${countsText(result.update)}, ${written}`;
  const why = reason === undefined ? "" : `, all of it because ${reason}`;
  return `linked ${output} in ${time}${why}: ${counted(result.counts.declarations, "declaration")}, ${written}`;
}

function countsText({ emitted, removed, nodes, relocations }: UpdateCounts): string {
  return [
    ...(emitted > 0 ? [`${counted(emitted, "declaration")} emitted`] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
    ...(nodes > 0 ? [`${nodes} placed`] : []),
    counted(relocations, "relocation"),
  ].join(", ");
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`;
}
