import { describe, expect, test } from "vitest";
import { demangle } from "../index.js";

describe("Rust's older mangling", () => {
  const HASH = "17h05af221e174051e9E";

  test.each([
    ["4core3fmt9Formatter9write_str", "core::fmt::Formatter::write_str"],
    ["58_$LT$$RF$T$u20$as$u20$core..fmt..Debug$C$$u27$a$GT$$SP$xyz", "<&T as core::fmt::Debug,'a>@xyz"],
    ["4core9call$u7b$", "core::call{"],
    ["3foo3a.b", "foo::a.b"],
    ["3foo5$XX$b", "foo::$XX$b"],
    ["3foo9$XX$$LT$b", "foo::$XX$$LT$b"],
  ])("%s is %s, with its hash", (path, text) => {
    expect(demangle(`_ZN${path}${HASH}`)).toBe(`${text}::h05af221e174051e9`);
    expect(demangle(`_ZN${path}${HASH}.llvm.123`)).toBe(`${text}::h05af221e174051e9`);
  });

  test("what is not in ASCII is escaped by its number, other than c++filt knows", () => {
    expect(demangle(`_ZN3foo10_$ufc$bung${HASH}`)).toBe("foo::übung::h05af221e174051e9");
    expect(demangle(`_ZN3foo8a$u1b$b${HASH}`)).toBeUndefined();
    expect(demangle(`_ZN3foo7a$u1b$b${HASH}`)).toBe("foo::a$u1b$b::h05af221e174051e9");
  });

  test("without the hash it is a name of C++", () => {
    expect(demangle("_ZN4core3fmt17h05af221e174051eXEv")).toBe("core::fmt::h05af221e174051eX()");
  });
});

describe("Rust's v0 mangling", () => {
  test.each([
    ["_RNvCs1234_7mycrate3foo", "mycrate[3c1c0]::foo"],
    ["_RNvC7mycrate3foo.llvm.123", "mycrate[0]::foo"],
    ["_RNvC7mycrate3fooC3bar", "mycrate[0]::foo"],
    ["_RNvC7mycrate4__123", "mycrate[0]::_123"],
    ["_RNvC7mycrateu8gdel_5qa", "mycrate[0]::gödel"],
    ["_RNCNvC7mycrate3foos0_3bar", "mycrate[0]::foo::{closure:bar#2}"],
    ["_RNSNvC7mycrate3foo6vtable", "mycrate[0]::foo::{shim:vtable#0}"],
    ["_RNvMC7mycrateNtB2_1A1f", "<mycrate[0]::A>::f"],
    ["_RNvXC7mycrateNtB2_1ANtB2_1B1f", "<mycrate[0]::A as mycrate[0]::B>::f"],
    ["_RNvYNtC7mycrate1ANtB4_1B1f", "<mycrate[0]::A as mycrate[0]::B>::f"],
  ])("path %s is %s", (name, text) => expect(demangle(name)).toBe(text));

  /** The arguments of a generic function. */
  const generic = (mangled: string) => /^c\[0\]::f::<(.*)>$/.exec(demangle(`_RINvC1c1f${mangled}E`) ?? "")?.[1];

  test.each([
    [
      "hatlsmyxnojizvcbdefup",
      "u8, i8, u16, i32, i16, u32, u64, i64, i128, u128, usize, isize, !, ..., char, bool, f64, str, f32, (), _",
    ],
    ["RL_iQiPiOi", "&isize, &mut isize, *const isize, *mut isize"],
    ["Aij3_SiTijETiETE", "[isize; 3: usize], [isize], (isize, usize), (isize,), ()"],
    ["FG_RL0_iEu", "for<'a> fn(&'a isize)"],
    ["FUKCijEb", 'unsafe extern "C" fn(isize, usize) -> bool'],
    ["FK9rust_callEu", 'extern "rust-call" fn()'],
    ["DG_INtC1a1bRL0_iEp1ciEL_", "dyn for<'a> a[0]::b<&'a isize, c = isize>"],
    ["DNtC1a1bNtC1a1dEL_", "dyn a[0]::b + a[0]::d"],
    ["L_", "'_"],
    ["NtB2_1d", "c[0]::d"],
  ])("types %s are %s", (mangled, text) => expect(generic(mangled)).toBe(text));

  test.each([
    [
      "Kj3_Kin3_Kb1_Kc61_Kca_Kc1f600_Kp",
      "3: usize, -3: isize, true: bool, 'a': char, '\\n': char, '\\u{1f600}': char, _",
    ],
    ["Kn7fffffffffffffffffffffffffffffff_", "0x7fffffffffffffffffffffffffffffff: i128"],
    ["KRe616263_", '"abc"'],
    ["KRTj1_c61_E", "{&(1, 'a')}"],
    ["KVNtC1a1bTj3_E", "{a[0]::b(3)}"],
    ["KVNtC1a1bS1xj3_1yAb0_b1_EE", "{a[0]::b { x: 3, y: [false, true] }}"],
    ["KVNvNtC1a1b1cU", "{a[0]::b::c}"],
  ])("constants %s are %s", (mangled, text) => expect(generic(mangled)).toBe(text));

  test.each(["_RNvB_1a", "_RINvC1c1fTB7_EE", "_RINvC1c1fRL0_iE", "_RINvC1c1fKb2_E", "_RINvC1c1fKcd800_E", "_RNvC1c9f"])(
    "%s is malformed",
    (name) => expect(demangle(name)).toBeUndefined(),
  );
});
