import { describe, expect, test } from "vitest";
import { demangle } from "../index.js";

/** What c++filt of GNU binutils 2.40 prints, unless a test says otherwise. */
function expectAll(names: Readonly<Record<string, string | undefined>>): void {
  expect(Object.fromEntries(Object.keys(names).map((name) => [name, demangle(name)]))).toEqual(names);
}

describe("names", () => {
  test("of functions and variables, in namespaces and in none", () => {
    expectAll({
      _Z3foo: "foo",
      _Z3foov: "foo()",
      _ZN1a1b1cE: "a::b::c",
      _ZL3fooi: "foo(int)",
      _ZN12_GLOBAL__N_11fEv: "(anonymous namespace)::f()",
      _ZSt4endlv: "std::endl()",
    });
  });

  test("of members whose `this` is qualified", () => {
    expectAll({
      _ZNK1A1fEv: "A::f() const",
      _ZNVK1A1fEv: "A::f() const volatile",
      _ZNVKR1A1fEv: "A::f() const volatile &",
      _ZNKO1A1fEv: "A::f() const &&",
    });
  });

  test("of constructors and destructors", () => {
    expectAll({
      _ZN1AC1Ev: "A::A()",
      _ZN1AD0Ev: "A::~A()",
      _ZN1AIiE1BC2IcEET_: "A<int>::B::B<char>(char)",
      _ZNSsC1Ev: "std::basic_string<char, std::char_traits<char>, std::allocator<char> >::basic_string()",
      _ZNSaIcEC1Ev: "std::allocator<char>::allocator()",
      _ZN1ACI11BEi: "A::B(int)",
    });
  });

  test("of operators", () => {
    expectAll({
      _ZnwmSt11align_val_t: "operator new(unsigned long, std::align_val_t)",
      _ZdaPv: "operator delete[](void*)",
      _ZN1AawEv: "A::operator co_await()",
      _ZN1AssERKS_: "A::operator<=>(A const&)",
      _ZN1AltIiEEvT_: "void A::operator< <int>(int)",
      _ZN1AclEi: "A::operator()(int)",
      _Zli2_xy: 'operator"" _x(unsigned long long)',
      _Zv21fv: "operator f()",
    });
  });

  test("of conversion operators, with their own template arguments or those of the type", () => {
    expectAll({
      _ZN1AcviEv: "A::operator int()",
      _ZN1AcvPFvvEEv: "A::operator void (*)()()",
      _ZN1AcvT_IiEEv: "A::operator int<int>()",
      _ZN1AcvSt6vectorIiEEv: "A::operator std::vector<int>()",
      _ZN1AIcEcvPT_IiEEv: "A<char>::operator int*<int>()",
    });
  });

  test("with ABI tags", () => {
    expectAll({
      _ZN1AB5cxx11C1Ev: "A[abi:cxx11]::A()",
      _Z1fB5cxx11B3fooIiEvv: "void f[abi:cxx11][abi:foo]<int>()",
    });
  });

  test("local to functions", () => {
    expectAll({
      _ZZ1fvE1x: "f()::x",
      _ZZ1fvE1x_0: "f()::x",
      _ZZ1fvE1x__10_: "f()::x",
      _ZZ1fvEs_0: "f()::string literal",
      _ZZNK1A1fIiEEvT_ENK1B1gIiEEvv: "void A::f<int>(int) const::B::g<int>() const",
      _ZZ1fiEd0_NKUlvE_clEv: "f(int)::{default arg#2}::{lambda()#1}::operator()() const",
    });
  });

  test("of what has none: lambdas, types, structured bindings", () => {
    expectAll({
      _ZZ1fvENKUlvE0_clEv: "f()::{lambda()#2}::operator()() const",
      _ZN1aUlT_DpT0_E_clIiJiEEEvv: "void a::{lambda(auto:1, (auto:2)...)#1}::operator()<int, int>()",
      _ZN1aUlTyTnjTtTyET_E_clEv:
        "a::{lambda<typename $T0, unsigned int $N1, template<typename> class $TT2>($T0)#1}::operator()()",
      _ZN1aUlTpTyDpT_E_clEv: "a::{lambda<typename... $T0>(($T0)...)#1}::operator()()",
      _ZN1aUt_1fEv: "a::{unnamed type#1}::f()",
      _ZDC1a1bE: "[a, b]",
    });
  });

  test("of what is in modules", () => {
    expectAll({ _ZW3Foo1fv: "f@Foo()", _ZGIW3FooWP3Bar: "initializer for module Foo:Bar" });
  });

  test("of what compilers make", () => {
    expectAll({
      _ZTV1A: "vtable for A",
      _ZTT1A: "VTT for A",
      _ZTI1A: "typeinfo for A",
      _ZTSPKc: "typeinfo name for char const*",
      _ZTC1A0_1B: "construction vtable for B-in-A",
      _ZThn8_N1A1fEv: "non-virtual thunk to A::f()",
      _ZTv0_n24_N1A1fEv: "virtual thunk to A::f()",
      _ZTch0_v0_n16_N1A1fEv: "covariant return thunk to A::f()",
      _ZGVZ1fvE1x_0: "guard variable for f()::x",
      _ZTH1a: "TLS init function for a",
      _ZTW1a: "TLS wrapper function for a",
      _ZTAXtl1ALi1EEE: "template parameter object for A{1}",
      _ZGTtN1A1fEv: "transaction clone for A::f()",
      _ZGAN1A1fEv: "hidden alias for A::f()",
    });
  });

  test("of functions that compilers split or copied", () => {
    expectAll({
      "_Z1fv.cold": "f() [clone .cold]",
      "_Z1fv.isra.0.cold": "f() [clone .isra.0] [clone .cold]",
      "_Z1fv.llvm.123": "f() [clone .llvm.123]",
      "_Z1fv.X": undefined,
    });
  });
});

describe("types", () => {
  test("around names, pointers and references", () => {
    expectAll({
      _Z1fPFPFviEiE: "f(void (*(*)(int))(int))",
      _Z1fPFRFviEiE: "f(void (& (*)(int))(int))",
      _Z1fRA3_A4_i: "f(int (&) [3][4])",
      _Z1fRA3_PFvvE: "f(void (* (&) [3])())",
      _Z1fPVKi: "f(int const volatile*)",
      _Z1fIiEPFivET_: "int (*f<int>(int))()",
    });
  });

  test("of members", () => {
    expectAll({
      _Z1fM1Ai: "f(int A::*)",
      _Z1fM1AKFivRE: "f(int (A::*)() const &)",
      _Z1fPKM1AKFivOE: "f(int (A::* const*)() const &&)",
      _Z1fPM1AKDoFvvE: "f(void (A::**)() noexcept const)",
    });
  });

  test("of functions with exception specifications", () => {
    expectAll({
      _Z1fPDoFvvE: "f(void (*)() noexcept)",
      _Z1fPDOLb1EEFvvE: "f(void (*)() noexcept(true))",
      _Z1fPDwicEFvvE: "f(void (*)() throw(int, char))",
      _Z1fPDxFvvE: "f(void (*)() transaction_safe)",
    });
  });

  test("that are builtin, vectors, complex or a vendor's", () => {
    expectAll({
      _Z1fDdDeDfDhDsDiDuDnDaDc:
        "f(decimal64, decimal128, decimal32, half, char16_t, char32_t, char8_t, decltype(nullptr), auto, decltype(auto))",
      _Z1fDF16_DF32xDF16b: "f(_Float16, _Float32x, std::bfloat16_t)",
      _Z1fDv4_f: "f(float __vector(4))",
      _Z1fCd: "f(double _Complex)",
      _Z1fU3fooIiEi: "f(int foo<int>)",
      _Z1fu3foo: "f(foo)",
    });
  });

  test("that are referred back to", () => {
    expectAll({
      _Z1fN1a1bES_S0_: "f(a::b, a, a::b)",
      _Z1fSaIcERKS_PS0_: "f(std::allocator<char>, std::allocator<char> const&, std::allocator<char> const*)",
      _Z1fP1aPS0_S0_: "f(a*, a**, a*)",
      _Z1fS_: undefined,
    });
  });

  test("that template parameters stand for", () => {
    expectAll({
      _Z1fIiEvT_RS0_OS0_PS0_: "void f<int>(int, int&, int&&, int*)",
      _Z1fIRiEvOT_: "void f<int&>(int&)",
      _Z1fIOiEvRT_: "void f<int&&>(int&)",
      _Z1fIKiEvRKT_: "void f<int const>(int const&)",
      _Z1fIKA3_KiEvPKT_: "void f<int const [3]>(int const (*) [3])",
    });
  });

  test("in packs", () => {
    expectAll({
      _Z1fIJijEEvDpRKT_: "void f<int, unsigned int>(int const&, unsigned int const&)",
      _Z1fIJijEEv1AIJDpT_EE: "void f<int, unsigned int>(A<int, unsigned int>)",
      _Z1fIJEEvDpT_: "void f<>()",
      _Z1fI1AIiEJEEvv: "void f<A<int>>()",
    });
  });
});

describe("expressions", () => {
  /** The type of a parameter of a template's instance for `int`. */
  const inDecltype = (expression: string) =>
    /^void f<int>\(decltype \((.*)\)\)$/.exec(demangle(`_Z1fIiEvDT${expression}E`) ?? "")?.[1];

  test.each([
    ["plfp_ngLi1E", "{parm#1}+(-(1))"],
    ["gtfp_fp0_", "({parm#1}>{parm#2})"],
    ["ppfp_", "{parm#1}++"],
    ["pp_fp_", "++{parm#1}"],
    ["qufp_fp_fp_", "{parm#1}?{parm#1} : {parm#1}"],
    ["ixfp_fp_", "{parm#1}[{parm#1}]"],
    ["cldtfp_1gIiELi1EE", "({parm#1}.(g<int>))(1)"],
    ["ptfp_onpl", "{parm#1}->(operator+)"],
    ["clL_Z1gvELi1EE", "g(1)"],
    ["adL_ZN1A1gEvE", "&A::g"],
    ["cvT__E", "(int)()"],
    ["cvT_Li1E", "(int)(1)"],
    ["dcT_fp_", "dynamic_cast<int>({parm#1})"],
    ["srT_1x", "int::x"],
    ["gssrT_1x", "::int::x"],
    ["sr3stdE7declvalIT_E", "std::declval<int>"],
    ["srNT_1yE1x", "int::y::x"],
    ["tlT_di1adi1bLi1E", undefined],
    ["tlT_di1adi1bLi1EE", "int{.a.b=(1)}"],
    ["tlT_dXLi0ELi2ELi1EE", "int{[0 ... 2]=(1)}"],
    ["nwLi1E_T_piLi1EE", "new (1) int(1)"],
    ["gsdlT_", "::delete (int)"],
    ["frplT_", "((int)+...)"],
    ["fLplT_Li1E", "((int)+...+(1))"],
    ["stT_", "sizeof (int)"],
    ["fpT", "this"],
    ["tr", "throw"],
  ])("%s is %s", (mangled, text) => expect(inDecltype(mangled)).toBe(text));

  test("literals have the suffix of their type, or the type before them", () => {
    expectAll({
      _Z1fILin1ELj1ELln2ELm3ELx4ELy5ELb1ELc97EEvv: "void f<-1, 1u, -2l, 3ul, 4ll, 5ull, true, (char)97>()",
      _Z1fILf40490fdbEL1En1ELDnEEvv: "void f<(float)[40490fdb], (E)-1, decltype(nullptr)>()",
    });
  });

  test("`sizeof...` is how many there are", () => {
    expectAll({
      _Z1fIJiiEEvDTsZT_E: "void f<int, int>(decltype (2))",
      _Z1fIJiiEEvDTsPDpT_EE: "void f<int, int>(decltype (2))",
    });
  });
});

// Compilers write these, GNU c++filt 2.40 gives them up or, where that is said, reads them wrongly.
test("names that c++filt does not know yet are told as those that it does", () => {
  expectAll({
    _ZGR1a_: "reference temporary #0 for a",
    _ZGR1a0_: "reference temporary #1 for a",
    _Z1fIiEvDTfL0p_E: "void f<int>(decltype ({parm#1}))",
    _Z1fIiEvDTteT_E: "void f<int>(decltype (typeid (int)))",
    _Z1fDB8_DU8_: "f(_BitInt(8), unsigned _BitInt(8))",
    _Z1fITk1CiEvT_: "void f<int>(int)",
    _Z1fIiQ1CIT_EEvS0_: undefined,
    _Z1fIiEvT_Q1CIS0_E: "void f<int>(int) requires C<int>",
    "_ZL5Argv0.0": "Argv0 [clone .0]",
    // c++filt counts unnamed types twice.
    _Z1fN1aUt_ENS0_1bES0_S1_:
      "f(a::{unnamed type#1}, a::{unnamed type#1}::b, a::{unnamed type#1}, a::{unnamed type#1}::b)",
  });
});
