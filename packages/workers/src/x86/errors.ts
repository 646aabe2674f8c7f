/**
 * What the assembler has to say about a text, as data: one factory per error. Offsets are bytes in the source that was
 * given to `Assembler.assemble`; `locate` turns them into line and column. The emit worker makes diagnostics of them.
 */

export interface AssemblyError {
  readonly message: string;
  /** Byte offset in the source and length in bytes of what the error is about. */
  readonly offset: number;
  readonly length: number;
  /** What would have been accepted there. */
  readonly expected?: string;
  /** The nearest mnemonic, register or label. */
  readonly suggestion?: string;
}

/** A byte range in the source. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

const with_ = (suggestion: string | undefined): { suggestion?: string } =>
  suggestion === undefined ? {} : { suggestion };

export function unknownMnemonic(span: Span, name: string, suggestion: string | undefined): AssemblyError {
  return { ...span, message: `unknown instruction '${name}'`, ...with_(suggestion) };
}

export function unknownDirective(span: Span, name: string, suggestion: string | undefined): AssemblyError {
  return { ...span, message: `unknown directive '${name}'`, ...with_(suggestion) };
}

export function unknownModifier(span: Span, name: string, suggestion: string | undefined): AssemblyError {
  return { ...span, message: `unknown modifier '@${name}'`, ...with_(suggestion) };
}

export function unknownLabel(span: Span, name: string, suggestion: string | undefined): AssemblyError {
  return { ...span, message: `unknown label '${name}'`, ...with_(suggestion) };
}

export function duplicateLabel(span: Span, name: string): AssemblyError {
  return { ...span, message: `label '${name}' is defined twice` };
}

export function numericLabelRange(span: Span): AssemblyError {
  return { ...span, message: "numeric labels go from 0 to 99", expected: "a label from 0 to 99" };
}

export function operandCount(span: Span, mnemonic: string, found: number, expected: string): AssemblyError {
  const plural = found === 1 ? "operand" : "operands";
  return { ...span, message: `'${mnemonic}' does not take ${found} ${plural}`, expected };
}

export function operandKind(span: Span, mnemonic: string, position: number, expected: string): AssemblyError {
  return { ...span, message: `operand ${position} of '${mnemonic}' does not fit`, expected };
}

export function sizeMismatch(span: Span, mnemonic: string): AssemblyError {
  return { ...span, message: `operand size mismatch for '${mnemonic}'`, expected: "operands of one size" };
}

export function sizeNotAllowed(span: Span, mnemonic: string, size: number, expected: string): AssemblyError {
  return { ...span, message: `'${mnemonic}' does not take operands of ${8 * size} bits`, expected };
}

export function ambiguousSize(span: Span, mnemonic: string): AssemblyError {
  return {
    ...span,
    message: `ambiguous operand size for '${mnemonic}'`,
    expected: "a size: BYTE PTR, WORD PTR, DWORD PTR, QWORD PTR or the like",
  };
}

export function immediateRange(span: Span, mnemonic: string, expected: string): AssemblyError {
  return { ...span, message: `immediate out of range for '${mnemonic}'`, expected };
}

export function valueRange(span: Span, bits: number): AssemblyError {
  return { ...span, message: `value does not fit ${bits} bits` };
}

export function displacementRange(span: Span): AssemblyError {
  return {
    ...span,
    message: "displacement out of range",
    expected: "a displacement from -0x80000000 to 0x7fffffff",
  };
}

export function branchRange(span: Span, distance: number): AssemblyError {
  return {
    ...span,
    message: `short branch out of range: the target is ${distance} bytes away`,
    expected: "a target from -128 to 127 bytes behind the instruction",
  };
}

export function byteRegisters(span: Span): AssemblyError {
  return {
    ...span,
    message: "ah, bh, ch and dh cannot be used in an instruction with a REX prefix",
    expected: "al, bl, cl, dl, spl, bpl, sil, dil or r8b to r15b",
  };
}

export function notLockable(span: Span, mnemonic: string): AssemblyError {
  return {
    ...span,
    message: `'${mnemonic}' cannot be locked here`,
    expected: "a read-modify-write instruction whose destination is memory",
  };
}

export function wrongPrefix(span: Span, mnemonic: string, prefix: string, expected: string): AssemblyError {
  return { ...span, message: `'${mnemonic}' does not take '${prefix}'`, expected };
}

export function badAddress(span: Span, message: string, expected: string): AssemblyError {
  return { ...span, message, expected };
}

export function badExpression(span: Span, expected: string): AssemblyError {
  return { ...span, message: "malformed expression", expected };
}

export function badNumber(span: Span, text: string): AssemblyError {
  return {
    ...span,
    message: `malformed number '${text}'`,
    expected: "decimal, 0x, 0b or octal digits of at most 64 bits",
  };
}

export function badString(span: Span): AssemblyError {
  return { ...span, message: "malformed string", expected: "text in double quotes, with escapes as in C" };
}

export function badSymbolArithmetic(span: Span, expected: string): AssemblyError {
  return { ...span, message: "the linker cannot compute this", expected };
}

export function noSuchRelocation(span: Span, name: string, bits: number): AssemblyError {
  return { ...span, message: `no relocation for '@${name}' in a field of ${bits} bits` };
}

export function localModifier(span: Span, name: string): AssemblyError {
  return { ...span, message: `the label '${name}' is local to the function: it takes no such modifier` };
}

export function trailingText(span: Span): AssemblyError {
  return { ...span, message: "unexpected text", expected: "the end of the statement" };
}

export function missing(span: Span, expected: string): AssemblyError {
  return { ...span, message: `missing ${expected}`, expected };
}

export function constantWanted(span: Span, directive: string, low: number, high: number): AssemblyError {
  return {
    ...span,
    message: `'${directive}' needs a number that is known here`,
    expected: `a constant from ${low} to ${high}`,
  };
}

export function badAlignment(span: Span): AssemblyError {
  return { ...span, message: "alignment out of range", expected: "a power of two of at most 65536" };
}

export function foreignSection(span: Span): AssemblyError {
  return {
    ...span,
    message: "a function's text stays in one section",
    expected: ".text, or .rodata for a table behind a jump; declare other data on its own and refer to it by name",
  };
}

export function tooLarge(span: Span, limit: number): AssemblyError {
  return { ...span, message: `the function is larger than ${limit} bytes` };
}

/** Line and column, both from 1, the column in bytes, of byte `offset` in a text that begins at byte `from`. */
export function locate(
  source: Uint8Array,
  offset: number,
  from = 0,
): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = from;
  for (let i = from; i < offset; i++) {
    if (source[i] === 10) {
      line++;
      lineStart = i + 1;
    }
  }
  return { line, column: offset - lineStart + 1 };
}
