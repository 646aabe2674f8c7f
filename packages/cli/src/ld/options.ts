/**
 * The command line of GNU ld. Long options take one dash or two and their value behind `=` or as the next argument; options
 * of one letter take theirs joined or apart. Where both readings are possible the long name counts, except behind `-o`,
 * as GNU ld has it.
 */

import { type Diagnostic, nearestOf, optionNeedsValue, optionTakesNone, unknownOption } from "@manifold/core";
import { addActions } from "./action-options.js";
import { type Argument, expandArguments } from "./arguments.js";
import { addIgnored } from "./ignored.js";
import { addInputs } from "./input-options.js";
import { type Option, OptionTable } from "./option.js";
import { addOutput } from "./output-options.js";
import { addRefused } from "./refused.js";
import { addReports } from "./report-options.js";
import type { LdRequest } from "./request.js";
import { LdState } from "./state.js";
import { addSymbols } from "./symbol-options.js";
import { addTarget } from "./target-options.js";

export const OPTIONS: OptionTable = new OptionTable();
for (const add of [addActions, addInputs, addOutput, addTarget, addSymbols, addReports, addIgnored, addRefused])
  add(OPTIONS);

export interface LdParsed {
  /** What was understood; of use only where no diagnostic is an error. */
  readonly request: LdRequest;
  /** MF0501 to MF0513, all there are. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Understands a command line, the command's own name not included. */
export function parseLd(args: readonly string[]): LdParsed {
  const state = new LdState();
  const expanded = expandArguments(args, state.diagnostics);
  for (let at = 0; at < expanded.length; ) at += take(state, expanded, at);
  return { request: state.finish(), diagnostics: state.diagnostics };
}

/** An option as it stands in an argument. */
interface Match {
  readonly option: Option;
  readonly spelling: string;
  /** In the same argument; undefined where there is none. */
  readonly value: string | undefined;
}

/** Understands the argument at `at`; returns how many arguments that took. */
function take(state: LdState, args: readonly Argument[], at: number): number {
  const { text, place } = args[at]!;
  if (!text.startsWith("-") || text === "-") {
    state.addInput("file", text, place);
    return 1;
  }
  const match = matchOption(text);
  if (match === undefined) {
    state.diagnostics.push(unknownOption(text, optionLike(text), place?.()));
    return 1;
  }
  const { option, spelling } = match;
  let { value } = match;
  let taken = 1;
  if (option.takes === "nothing" && value !== undefined) {
    state.diagnostics.push(optionTakesNone(spelling, value, place?.()));
    return 1;
  }
  if (option.takes === "value" && value === undefined) {
    value = args[at + 1]?.text;
    taken = 2;
  }
  if (option.takes === "value" && value === undefined) {
    state.diagnostics.push(optionNeedsValue(spelling, place?.()));
    return 1;
  }
  const wrong = option.effect(state, value ?? "", { spelling, place });
  if (wrong) state.diagnostics.push(wrong);
  return taken;
}

function matchOption(text: string): Match | undefined {
  const dashes = text.startsWith("--") ? 2 : 1;
  const body = text.slice(dashes);
  const equals = body.indexOf("=");
  const name = equals === -1 ? body : body.slice(0, equals);
  const isLong = name.length > 1 && (dashes === 2 || !name.startsWith("o"));
  const long = isLong ? OPTIONS.get(name) : undefined;
  if (long !== undefined) {
    const value = equals === -1 ? undefined : body.slice(equals + 1);
    return { option: long, spelling: "-".repeat(dashes) + name, value };
  }
  if (dashes === 2) return undefined;
  const short = OPTIONS.get(body[0]!);
  const rest = body.slice(1);
  // Flags are not bundled: whoever gives -strip-al does not mean -s -t -r.
  if (short === undefined || (short.takes === "nothing" && rest !== "")) return undefined;
  return { option: short, spelling: `-${body[0]}`, value: rest === "" ? undefined : rest };
}

/** The option that an unknown one was meant to be, with its dashes. */
function optionLike(text: string): string | undefined {
  const compilers = /^-W[a-z],(.+)$/.exec(text)?.[1];
  if (compilers !== undefined) return `${compilers.replaceAll(",", " ")}, as the compiler would pass it on`;
  const name = text.replace(/^--?/, "").replace(/=.*$/s, "");
  const names = [...OPTIONS.names].filter((each) => each.length > 1 && !each.endsWith("*"));
  // Other linkers take names cut short.
  const longer = name.length >= 3 ? names.filter((each) => each.startsWith(name)) : [];
  const nearest = longer.length === 1 ? longer[0] : nearestOf(name, names);
  return nearest === undefined ? undefined : `--${nearest}`;
}
