import fc from "fast-check";
import { expect, test } from "vitest";
import { destinationOf, prefixAt, prefixDestination } from "./section-names.js";

const at = (name: string): number => prefixAt(Buffer.from(`xx${name}\0`, "latin1"), 2);

test.each([
  [".text", ".text", 0],
  [".text.main", ".text", 0],
  [".text.hot.main", ".text", -20],
  [".text.hot", ".text", -20],
  [".text.hotter", ".text", 0],
  [".text.unlikely._Z1fv", ".text", -50],
  [".data.rel.ro.local.x", ".data.rel.ro", -10],
  [".data.rel.ro.x", ".data.rel.ro", 0],
  [".data.rel.x", ".data", 0],
  [".rodata.str1.1", ".rodata", 0],
  [".gnu.linkonce.td.x", ".tdata", 0],
])("%s goes to %s", (name, output, order) => {
  const prefix = at(name);
  expect(prefixDestination(prefix)).toEqual({ name: output, order, reversed: false });
  expect(destinationOf(name, false)).toEqual({ name: output, order, reversed: false });
});

test.each([
  ".textual",
  ".dat",
  ".",
  "",
  "text",
  ".debug_info",
  ".init_array.100",
  ".ctors",
  ".data_of_mine",
  ".t\u00e9xt",
])("%j begins with no prefix", (name) => {
  expect(at(name)).toBe(-1);
});

test("what stands behind a name does not matter", () => {
  fc.assert(
    fc.property(fc.constantFrom(".text", ".text.f", ".text.hot", ".datum", ".bss"), fc.string(), (name, rest) => {
      const bytes = Buffer.from(`${name}\0${rest}\0`, "latin1");
      expect(prefixAt(bytes, 0)).toBe(prefixAt(Buffer.from(`${name}\0`, "latin1"), 0));
    }),
  );
});
