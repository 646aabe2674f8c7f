/**
 * A function of a generated manifest in versions that do the same, so that the program's own check holds: the first
 * instruction of its end, `mov eax, ebx`, has two encodings, and what follows the end is never run.
 */

/** `mov eax, ebx; pop rbx; ret` */
export const ENDS: readonly [string, string] = ["89d85bc3", "8bc35bc3"];

/** The name of function `i`. */
export function functionName(i: number): string {
  return `m${Math.floor(i / 1024)}.f${i}`;
}

/** How the line of function `i` begins. */
export function lineBeginning(i: number): string {
  return `{"func":"${functionName(i)}",`;
}

/** Where the end of a function stands in its line, and which of ENDS it is. */
export function endOf(line: string): { readonly at: number; readonly version: number } {
  const bytes = /"bytes":"([0-9a-f]+)"/.exec(line);
  const version = ENDS.findIndex((end) => bytes?.[1]?.endsWith(end));
  if (bytes === null || version === -1) throw new Error(`not as it was generated: ${line.slice(0, 100)}`);
  return { at: bytes.index + bytes[0].length - 1 - ENDS[0].length, version };
}

/** A line in another version: with one of ENDS, and with `padding` bytes behind it. */
export function inVersion(line: string, version: number, padding: number): string {
  const { at } = endOf(line);
  return `${line.slice(0, at)}${ENDS[version]}${"cc".repeat(padding)}${line.slice(at + ENDS[0].length)}`;
}
