/** Diagnostics as text: `file:line:column: error[MF0101]: message`, the source line with a mark, notes and a remedy. */

import type { Diagnostic, Place } from "@manifold/core";

const CODES = { red: [31, 39], yellow: [33, 39], cyan: [36, 39], bold: [1, 22] } as const;
type Style = keyof typeof CODES;

/** Whether `stream` shows colours: a terminal, unless NO_COLOR or FORCE_COLOR say otherwise. */
export function wantsColour(stream: NodeJS.WriteStream): boolean {
  if (process.env["NO_COLOR"]) return false;
  if (process.env["FORCE_COLOR"]) return true;
  return stream.isTTY === true;
}

/** One diagnostic, ending in a newline. */
export function renderDiagnostic(diagnostic: Diagnostic, colour = false): string {
  const paint = (style: Style, text: string): string =>
    colour ? `\x1b[${CODES[style][0]}m${text}\x1b[${CODES[style][1]}m` : text;
  const { place } = diagnostic;
  const head = paint(diagnostic.severity === "error" ? "red" : "yellow", `${diagnostic.severity}[${diagnostic.code}]`);
  const lines = [
    `${place === undefined ? "manifold: " : `${placeText(place)}: `}${head}: ${paint("bold", diagnostic.message)}`,
  ];
  if (place !== undefined) lines.push(...quoteLines(place, paint));
  for (const note of diagnostic.notes ?? []) {
    lines.push(
      `${note.place === undefined ? "" : `${placeText(note.place)}: `}${paint("cyan", "note")}: ${note.message}`,
    );
    if (note.place !== undefined) lines.push(...quoteLines(note.place, paint));
  }
  if (diagnostic.suggestion !== undefined) lines.push(`  ${paint("cyan", "help")}: ${diagnostic.suggestion}`);
  return `${lines.join("\n")}\n`;
}

function placeText(place: Place): string {
  let text = place.file ?? "";
  if (place.member !== undefined) text += `(${place.member})`;
  if (place.line !== undefined) text += `:${place.line}:${place.column ?? 1}`;
  const inside = [place.section, place.symbol].filter((part) => part !== undefined).join(" ");
  if (place.section !== undefined)
    text += `: ${inside}${place.offset === undefined ? "" : `+0x${place.offset.toString(16)}`}`;
  return text;
}

/** The line, and under it a mark below what the diagnostic is about. */
function quoteLines(place: Place, paint: (style: Style, text: string) => string): string[] {
  if (place.lineText === undefined || place.line === undefined) return [];
  const gutter = String(place.line);
  const column = place.lineTextColumn ?? 1;
  const length = Math.max(1, Math.min(place.length ?? 1, place.lineText.length - column + 1));
  const blank = place.lineText.slice(0, column - 1).replace(/[^\t]/g, " ");
  return [
    ` ${gutter} | ${place.lineText}`,
    ` ${" ".repeat(gutter.length)} | ${blank}${paint("red", "^".repeat(length))}`,
  ];
}
