import { describe, expect, test } from "vitest";
import { demangle } from "./index.js";

describe("what is not mangled has no other name:", () => {
  test.each(["", "_", "main", "_start", "printf", "_Z", "_ZZ", "_R", "_Unwind_Resume", "_ZGVbN2v_sin", "_R1NvC1a1b"])(
    "%j",
    (name) => expect(demangle(name)).toBeUndefined(),
  );
});

test("a name that is cut off has none", () => {
  const name = "_ZNSt6vectorIiSaIiEE9push_backERKi";
  expect(demangle(name)).toBe("std::vector<int, std::allocator<int> >::push_back(int const&)");
  const cut = Array.from({ length: name.length }, (_, length) => demangle(name.slice(0, length)));
  // One of them is a variable: a member without its parameters.
  expect(cut.filter((text) => text !== undefined)).toEqual(["std::vector<int, std::allocator<int> >::push_back"]);
});

test("a name with something behind it has none", () => {
  expect(demangle("_ZN1a1bEv!")).toBeUndefined();
  expect(demangle("_RNvC1a1b!")).toBeUndefined();
});

test("the version of a symbol remains", () => {
  expect(demangle("_ZdlPv@@GLIBCXX_3.4")).toBe("operator delete(void*)@@GLIBCXX_3.4");
  expect(demangle("_ZdlPv@GLIBCXX_3.4")).toBe("operator delete(void*)@GLIBCXX_3.4");
});

test("lengths of C++ identifiers count bytes of UTF-8", () => {
  expect(demangle("_ZN6größeC1Ev")).toBeUndefined();
  expect(demangle("_ZN7größeC1Ev")).toBe("größe::größe()");
});

test("a file's constructors and destructors are named after it", () => {
  expect(demangle("_GLOBAL__I_main.c")).toBe("global constructors keyed to main.c");
  expect(demangle("_GLOBAL__D__Z3foov")).toBe("global destructors keyed to foo()");
  expect(demangle("_GLOBAL_OFFSET_TABLE_")).toBeUndefined();
});
