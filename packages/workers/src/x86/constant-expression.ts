/**
 * Constants with operators other than plus and minus, and parentheses: rare, so exactness comes from BigInt and clarity
 * before speed. Precedence is GNU `as`'s: `* / % << >>` bind tighter than `| & ^`, and these tighter than `+ -`.
 */
import { BEGIN, Begin, type Scanner } from "./scanner.js";

/** Parentheses and signs nest at most this deep. */
const DEEPEST = 64;

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);

/** Applies a binary operator; undefined for a division by zero. Shifts of 64 and more give 0. */
function apply(operator: string, left: bigint, right: bigint): bigint | undefined {
  const shift = right >= 0n && right < 64n ? right : 64n;
  switch (operator) {
    case "*":
      return wrap(left * right);
    case "/":
      return right === 0n ? undefined : wrap(left / right);
    case "%":
      return right === 0n ? undefined : wrap(left % right);
    case "<<":
      return wrap(left << shift);
    case ">>":
      return wrap(BigInt.asUintN(64, left) >> shift);
    case "|":
      return left | right;
    case "&":
      return left & right;
    default:
      return left ^ right;
  }
}

/** The operator at the current position among those of one level, or "". */
function operatorHere(scanner: Scanner, tight: boolean): string {
  const c = String.fromCharCode(scanner.skipBlanks());
  if (!tight) return "|&^".includes(c) ? c : "";
  if (c === "<" || c === ">") return scanner.text[scanner.position + 1] === c.charCodeAt(0) ? c + c : "";
  return c === "*" || c === "%" || (c === "/" && !scanner.atEndOfStatement()) ? c : "";
}

function chain(scanner: Scanner, depth: number, tight: boolean): bigint | undefined {
  let left = tight ? unary(scanner, depth) : chain(scanner, depth, true);
  for (;;) {
    const operator = operatorHere(scanner, tight);
    if (operator === "" || left === undefined) return left;
    scanner.position += operator.length;
    const right: bigint | undefined = tight ? unary(scanner, depth) : chain(scanner, depth, true);
    if (right === undefined) return undefined;
    left = apply(operator, left, right);
  }
}

function sum(scanner: Scanner, depth: number): bigint | undefined {
  let left = chain(scanner, depth, false);
  for (;;) {
    const c = scanner.skipBlanks();
    if (left === undefined || (c !== 43 && c !== 45)) return left;
    scanner.position++;
    const right: bigint | undefined = chain(scanner, depth, false);
    if (right === undefined) return undefined;
    left = wrap(c === 43 ? left + right : left - right);
  }
}

function unary(scanner: Scanner, depth: number): bigint | undefined {
  const c = scanner.skipBlanks();
  if (depth > DEEPEST) return undefined;
  if (BEGIN[c] === Begin.DIGIT) {
    if (!scanner.number()) return undefined;
    return wrap((BigInt(scanner.numberHigh) << 32n) | BigInt(scanner.numberLow >>> 0));
  }
  const operator = String.fromCharCode(c);
  if (!"-+~!(".includes(operator)) return undefined;
  scanner.position++;
  if (operator === "(") {
    const value = sum(scanner, depth + 1);
    if (scanner.skipBlanks() !== 41) return undefined;
    scanner.position++;
    return value;
  }
  const value = unary(scanner, depth + 1);
  if (value === undefined || operator === "+") return value;
  if (operator === "!") return value === 0n ? 1n : 0n;
  return wrap(operator === "-" ? -value : ~value);
}

/**
 * Reads one term of a sum at the scanner's position: everything that binds tighter than plus and minus. The value is
 * left in `scanner.numberLow` and `numberHigh`; false where the text is no constant (the position is then where it went
 * wrong).
 */
export function constantTerm(scanner: Scanner): boolean {
  const value = chain(scanner, 0, false);
  if (value === undefined) return false;
  scanner.numberLow = Number(BigInt.asIntN(32, value));
  scanner.numberHigh = Number(BigInt.asIntN(32, value >> 32n));
  return true;
}
