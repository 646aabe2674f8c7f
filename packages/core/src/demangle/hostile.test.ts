import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { demangle } from "./index.js";

const MAX_OUTPUT = 1 << 14;
/** Far more than any name takes, on a machine that does something else besides. */
const MAX_MILLISECONDS = 5000;

/** Whether `name` is one, after a time and with a text that are both within limits. */
function survives(name: string): boolean {
  const start = performance.now();
  const text = demangle(name);
  expect(performance.now() - start).toBeLessThan(MAX_MILLISECONDS);
  expect(text?.length ?? 0).toBeLessThanOrEqual(MAX_OUTPUT);
  return text !== undefined;
}

const NAMES = [
  "_ZNSt6vectorISt4pairIiSsESaIS1_EE17_M_realloc_insertIJRKS1_EEEvN9__gnu_cxx17__normal_iteratorIPS1_S3_EEDpOT_",
  "_ZNKSt8__detail9_ExecutorIPKcSaINSt7__cxx119sub_matchIS2_EEENS3_12regex_traitsIcEELb0EE10_M_is_wordEc",
  "_ZZN1n1SIJiPFvRA3_iEEE1fIJicEEENS_1TIXplsZT_Lj1EEEEDpOT_ENKUlTyT_DpT0_E_clIiJcEEEDaT_DpRT0_",
  "_ZTCN3foo3barE16_NS_3bazIXadL_ZNS_1gEiEELb1EEE",
  "_ZN1A1fIiEEDTcldtfp_1gIT_Efp_cvS1__EcvPKS1_tlS1_Li1EEgsnw_S1_piEEES1_MS_KDoFvS1_EU3fooIcEDv4_f",
  "_ZN1AcvT_IPS_EEv.isra.0.cold",
  "_ZN4core3ops8function6FnOnce40call_once$u7b$$u7b$vtable.shim$u7d$$u7d$17h05af221e174051e9E.llvm.1",
  "_RINvMs0_NtC4core3fmtINtB6_3FooNtB6_3BarKj3_E1fFG_KCRL0_hEuDG_INtB6_1TRL0_eEp1OuEL_NCNvB6_u5f_zkas_0EB8_",
];

test("the names that are damaged here are good", () => {
  expect(NAMES.filter((name) => demangle(name) === undefined)).toEqual([]);
});

const LETTERS = "_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789$.";
const letters = fc.array(fc.constantFrom(...LETTERS), { maxLength: 4 }).map((each) => each.join(""));
const piece = fc.tuple(fc.constantFrom(...NAMES), fc.nat(), fc.nat(20)).map(([name, at, length]) => {
  const start = at % name.length;
  return name.slice(start, start + length);
});
const edit = fc.record({ at: fc.nat(), removed: fc.nat(4), inserted: fc.oneof(letters, piece) });

/** A few parts removed, put in, or moved here from another name, and perhaps the tail cut off. */
const damaged = fc
  .tuple(fc.constantFrom(...NAMES), fc.array(edit, { minLength: 1, maxLength: 5 }), fc.option(fc.nat()))
  .map(([name, edits, cut]) => {
    const text = edits.reduce((before, { at, removed, inserted }) => {
      const start = 2 + (at % (before.length - 1));
      return before.slice(0, start) + inserted + before.slice(start + removed);
    }, name);
    return cut === null ? text : text.slice(0, cut % text.length);
  });

test("a damaged name is another name or none", () => {
  const outcomes = new Set<boolean>();
  fc.assert(
    fc.property(damaged, (name) => {
      outcomes.add(survives(name));
    }),
    { numRuns: 20_000 },
  );
  expect(outcomes).toEqual(new Set([true, false]));
});

test("any letters behind the beginning of a name are a name or none", () => {
  const behind = fc.array(fc.constantFrom(...LETTERS), { maxLength: 60 }).map((each) => each.join(""));
  const beginning = fc.constantFrom("_Z", "_ZN", "_Z1fI", "_R", "_RINvC1a1b", "_GLOBAL__I_");
  fc.assert(
    fc.property(beginning, fc.oneof(behind, fc.string({ unit: "binary" })), (start, rest) => {
      survives(start + rest);
    }),
    { numRuns: 20_000 },
  );
});

/** `S_`, `S0_`, ... */
const back = (index: number) => `S${index === 0 ? "" : (index - 1).toString(36).toUpperCase()}_`;

/** Parts of which each names the one before it twice, or as often as `part` does. */
function doubling(start: string, part: (before: string) => string, added: number): string {
  const parts = Array.from({ length: 60 }, (_, index) => part(back(1 + index * added)));
  return start + parts.join("");
}

describe("a name that stands for too much text is none:", () => {
  test.each([
    ["template arguments", doubling("_Z1f1aIiiE", (before) => `1bI${before}${before}E`, 2)],
    ["packs", doubling("_Z1f1aIJJEJEEE", (before) => `1bIJ${before}${before}EE`, 2)],
    ["functions", doubling("_Z1fP1a", (before) => `F${before}${before}E`, 1)],
    ["types of conversion operators", `_Z1f${"N1acvT_I".repeat(30)}i${"EE".repeat(30)}`],
    ["Rust's tuples", `_RINvC1a1b${"TB9_".repeat(30)}${"E".repeat(31)}`],
    ["Rust's lifetimes", "_RINvC1a1bFGzzzzz_EuE"],
  ])("%s", (_, name) => expect(survives(name)).toBe(false));
});

describe("a name that is long or deep is none:", () => {
  const inType = [
    "P",
    "K",
    "KV",
    "Dx",
    "Dp",
    "A1_",
    "F",
    "M1a",
    "Dv1_",
    "U1a",
    "1aI",
    "N",
    "NS",
    "Z",
    "Ul",
    "DTng",
    "DTcv",
  ];
  const names = [
    ...inType.map((part) => ["_Z1f", part]),
    ...["1a", "1aI", "cvT_I", "Z", "W1a", "UlTt", "UlTp", "UlTy", "C1", "1fB1a", "St", "L"].map((part) => [
      "_ZN",
      part,
    ]),
    ...["ng", "gs", "dtfp_gs", "cl", "sr1a", "fp", "il", "qu", "sp", "cvi", "J", "I", "L"].map((part) => [
      "_Z1fIX",
      part,
    ]),
    ...["B1a", ".a", ".1", "E"].map((part) => ["_Z1fv", part]),
    ...["R", "S", "A", "T", "F", "FG9_", "D", "DI", "M", "X", "Y", "I", "N", "Nv", "KR", "KV", "B_"].map((part) => [
      "_RINvC1a1b",
      part,
    ]),
    ["_ZN", "3abc"],
    ["_Z", "9"],
  ];
  test.each(names)("%s%s...", (start, part) => {
    for (const length of [300, 4000, 16_000, 200_000]) {
      const many = part!.repeat(Math.ceil(length / part!.length));
      for (const end of ["", "i", "Ev", "E".repeat(length)]) survives(start + many + end);
    }
    expect(survives(start + part!.repeat(100_000))).toBe(false);
  });
});

test("a long name that stands for little text is told", () => {
  expect(demangle(`_Z1f${"i".repeat(2000)}`)).toBe(`f(${Array(2000).fill("int").join(", ")})`);
  expect(demangle(`_Z4000${"a".repeat(4000)}v`)).toBe(`${"a".repeat(4000)}()`);
});
