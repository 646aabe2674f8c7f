import { describe, expect, test } from "vitest";
import { importAssembly, importSources } from "./import.test.helper.js";

describe("declarations", () => {
  test("functions, constants and variables come one by one, with export and extern around them", async () => {
    const source = `
      int puts(const char *); extern int elsewhere;
      const int limit = 7; int count = 3; int empty[10]; __thread int mine = 5;
      int add(int x) { count += x; return limit + mine; }
      int show(void) { puts("hello"); return elsewhere; }`;
    const { declarations } = await importSources([source], ["-O1", "-fno-pic", "-fno-common"]);
    const kinds = declarations.map((each) => Object.entries(each)[0]!.join(" "));
    expect(kinds).toEqual([
      ...["func add", "func show", "export add", "export show"],
      ...["var count", "export count"],
      ...["var empty", "export empty"],
      "const a.o:.rodata.str1.1",
      ...["var mine", "export mine"],
      ...["const limit", "export limit"],
      ...["extern puts", "extern elsewhere"],
    ]);
    expect(declarations.find((each) => each.var === "empty")).toEqual({ var: "empty", align: 32, zero: 40 });
    const mine = { var: "mine", align: 4, bytes: "05000000", threadlocal: true };
    expect(declarations.find((each) => each.var === "mine")).toEqual(mine);
    expect(declarations.slice(-2)).toEqual([
      { extern: "puts", is: "func" },
      { extern: "elsewhere", is: "object" },
    ]);
  });

  test("debug information, unwind tables, notes and comments leave no trace", async () => {
    const { lines } = await importSources(["int f(void) { return 1; }"], ["-g", "-O1", "-fno-pic"]);
    expect(lines.slice(1)).toEqual([
      '{"func":"f","align":1,"code":{"bytes":"b801000000c3"}}',
      '{"export":"f","of":"f"}',
    ]);
  });

  test("linkage and visibility are kept", async () => {
    const source = `
      __attribute__((weak)) int w(void) { return 1; }
      __attribute__((visibility("hidden"))) int h(void) { return 2; }
      __attribute__((visibility("protected"))) int p(void) { return 3; }
      extern int wanted(void) __attribute__((weak)); extern __thread int shared;
      int all(void) { return (wanted ? wanted() : 0) + shared; }`;
    const { declarations } = await importSources([source], ["-O1", "-fPIE"]);
    const found = declarations.filter((each) => each.export !== undefined || each.extern !== undefined);
    expect(found).toEqual([
      { export: "w", of: "w", linkage: "weak" },
      { export: "h", of: "h", visibility: "hidden" },
      { export: "p", of: "p", visibility: "protected" },
      { export: "all", of: "all" },
      { extern: "wanted", is: "object", weak: true },
      { extern: "shared", is: "tls" },
    ]);
  });

  test("a second name for one place is a second export", async () => {
    const source = `int f(int x) { return x; } int g(int) __attribute__((alias("f"))); int h(int x) { return g(x); }`;
    const { declarations, nav } = await importSources([source], ["-O0", "-fno-pic"]);
    expect(declarations.filter((each) => each.export !== undefined)).toEqual([
      { export: "f", of: "f" },
      { export: "g", of: "f" },
      { export: "h", of: "h" },
    ]);
    expect(nav("h").code!.relocs).toEqual([[expect.any(Number), "PLT32", "f", -4]]);
  });

  test("an atom keeps what its offset keeps of the section's alignment", async () => {
    const source = `.data\n.balign 64\n${["a", "b", "c", "d"]
      .map((name) => `.type ${name}, @object\n.globl ${name}\n.size ${name}, 8\n${name}: .quad 1\n`)
      .join(".balign 16\n")}`;
    const { nav } = await importAssembly(source);
    expect(["a", "b", "c", "d"].map((name) => nav(name).align)).toEqual([64, 16, 32, 16]);
  });

  test("contents of a kilobyte and more are base64", async () => {
    const { nav } = await importSources(["const char c[1024] = { 1 }; const char d[1023] = { 2 };"]);
    expect(nav("c").bytes).toBe(`base64:${Buffer.from([1, ...Array(1023).fill(0)]).toString("base64")}`);
    expect(nav("d").bytes).toBe(`02${"00".repeat(1022)}`);
  });

  test("the same objects give the same manifest", async () => {
    const source =
      "static int a[9]; int *p = a; int f(int i) { switch (i) { case 1: return a[2]; default: return i; } }";
    const once = await importSources([source]);
    expect((await importSources([source])).lines).toEqual(once.lines);
  });
});

describe("several objects", () => {
  test("what one refers to and another defines is a direct reference", async () => {
    const { navs, nav, declarations } = await importSources(
      ["int f(int); int main(void) { return f(1); }", "int f(int x) { return x; }"],
      ["-O0", "-fPIC"],
    );
    expect(navs).toEqual(["main", "f"]);
    expect(nav("main").code!.relocs).toEqual([[expect.any(Number), "PLT32", "f", -4]]);
    expect(declarations.filter((each) => each.extern !== undefined)).toEqual([]);
  });

  test("local names that collide are qualified, with each other or with a global name", async () => {
    const statics = "static int n = 1; int *NAME(void) { return &n; }";
    const { navs } = await importSources(
      [statics.replace("NAME", "f"), statics.replace("NAME", "g"), "static int f = 3; int *h(void) { return &f; }"],
      ["-O1", "-fdata-sections"],
    );
    expect(navs).toEqual(["f", "a.o:n", "g", "b.o:n", "h", "c.o:f"]);
  });

  test("a strong definition beats a common block, and that a weak definition", async () => {
    const weak = "__attribute__((weak)) int x = 1; int *w(void) { return &x; }";
    const common = "int x; int *c(void) { return &x; }";
    const strong = "int x = 3; int *s(void) { return &x; }";
    const flags = ["-O1", "-fno-pic", "-fcommon"];
    const two = await importSources([weak, common], flags);
    expect(two.nav("x")).toEqual({ var: "x", align: 4, zero: 4 });
    expect(two.navs).toContain("a.o:x");
    const three = await importSources([weak, common, strong], flags);
    expect(three.nav("x")).toMatchObject({ bytes: "03000000" });
    const targets = ["w", "c", "s"].map((name) => three.nav(name).code!.relocs![0]![2]);
    expect(targets).toEqual(["x", "x", "x"]);
  });

  test("of common blocks with one name the largest is made", async () => {
    const { declarations } = await importSources(["int x[2];", "int x[40];", "int x[3];"], ["-fcommon"]);
    expect(declarations).toEqual([
      { var: "x", align: 32, zero: 160 },
      { export: "x", of: "x" },
    ]);
  });

  test("of equal COMDAT groups the first is imported", async () => {
    const group = `.section .text.f,"axG",@progbits,f,comdat\n.weak f\n.type f, @function\nf: mov $VALUE, %eax\nret\n.size f, .-f\n`;
    const use = ".text\n.globl NAME\n.type NAME, @function\nNAME: jmp f\n.size NAME, .-NAME\n";
    const sources = [1, 2].map((i) => (group + use).replaceAll("VALUE", String(i)).replaceAll("NAME", `use${i}`));
    const { navs, nav } = await importSources(sources, [], "s");
    expect(navs).toEqual(["use1", "f", "use2"]);
    expect(nav("f").code!.bytes).toBe("b801000000c3");
    expect(nav("use2").code!.relocs).toEqual([[1, "PLT32", "f", -4]]);
  });
});
