/** The operators of the Itanium C++ ABI (5.1.3 "Operator Encodings", 5.1.6 "Expressions") by their two letters. */

export interface Operator {
  readonly code: string;
  /** As in an expression, with the blank that may follow. */
  readonly text: string;
}

/** Written with a blank between them and an operand. */
const WORDS: Readonly<Record<string, string>> = {
  at: "alignof",
  aw: "co_await",
  az: "alignof",
  da: "delete[]",
  dl: "delete",
  nx: "noexcept",
  st: "sizeof",
  sz: "sizeof",
  te: "typeid",
  ti: "typeid",
  tw: "throw",
};

const SIGNS: Readonly<Record<string, string>> = {
  aN: "&=",
  aS: "=",
  aa: "&&",
  ad: "&",
  an: "&",
  cc: "const_cast",
  cl: "()",
  cm: ",",
  co: "~",
  dV: "/=",
  dc: "dynamic_cast",
  de: "*",
  ds: ".*",
  dt: ".",
  dv: "/",
  eO: "^=",
  eo: "^",
  eq: "==",
  ge: ">=",
  gs: "::",
  gt: ">",
  ix: "[]",
  lS: "<<=",
  le: "<=",
  ls: "<<",
  lt: "<",
  mI: "-=",
  mL: "*=",
  mi: "-",
  ml: "*",
  mm: "--",
  na: "new[]",
  ne: "!=",
  ng: "-",
  nt: "!",
  nw: "new",
  oR: "|=",
  oo: "||",
  or: "|",
  pL: "+=",
  pl: "+",
  pm: "->*",
  pp: "++",
  ps: "+",
  pt: "->",
  qu: "?",
  rM: "%=",
  rS: ">>=",
  rc: "reinterpret_cast",
  rm: "%",
  rs: ">>",
  sP: "sizeof...",
  sZ: "sizeof...",
  sc: "static_cast",
  ss: "<=>",
  tr: "throw",
};

export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...Object.entries(WORDS).map(([code, word]) => [code, { code, text: `${word} ` }] as const),
  ...Object.entries(SIGNS).map(([code, text]) => [code, { code, text }] as const),
]);
