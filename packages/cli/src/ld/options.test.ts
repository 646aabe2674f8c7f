import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DYNAMIC, STATIC, STATIC_PIE } from "./command-lines.test.helper.js";
import { parseLd } from "./options.js";
import type { LdRequest } from "./request.js";

const words = (text: string) => text.split(" ").filter((word) => word !== "");

/** What a command line that has nothing wrong with it asks for. */
function request(text: string): LdRequest {
  const parsed = parseLd(words(text));
  expect(parsed.diagnostics).toEqual([]);
  return parsed.request;
}

/** The codes and messages of what is wrong with a command line. */
const wrong = (text: string) => parseLd(words(text)).diagnostics.map(({ code, message }) => `${code} ${message}`);
const optionsOf = (text: string) => request(`${text} a.o`).options;
const inputsOf = (text: string) => request(text).inputs.map(({ place: _, ...input }) => input);

describe("the command lines of compilers", () => {
  test.each(Object.entries(STATIC))("%s makes a static program", (_, args) => {
    const { request: asked, diagnostics } = parseLd(args);
    expect(diagnostics).toEqual([]);
    expect(asked).toMatchObject({ action: { kind: "link" }, banner: "", search: { isStatic: true } });
    expect(asked.options).toMatchObject({ output: "executable", entry: "_start", relro: true });
  });

  test.each(Object.entries(STATIC_PIE))("%s makes a static program that is position-independent", (_, args) => {
    const { request: asked, diagnostics } = parseLd(args);
    expect(diagnostics).toEqual([]);
    expect(asked.options).toMatchObject({ output: "static-pie", buildId: "sha1", ehFrameHdr: true });
  });

  test.each(Object.entries(DYNAMIC))("%s alone is told that -static is needed", (_, args) => {
    const { diagnostics } = parseLd(args);
    expect(diagnostics.map(({ code, suggestion }) => [code, suggestion])).toEqual([
      ["MF0509", "Link with -static-pie, or with -static: gcc and clang pass on what is needed."],
    ]);
  });

  test("keep their inputs in order, with their groups and what is archives alone", () => {
    const inputs = parseLd(STATIC["gcc -static"]!).request.inputs;
    expect(inputs.map(({ name, group }) => [name.replace(/^.*\//, ""), group])).toEqual([
      ["crt1.o", 0],
      ["crti.o", 0],
      ["crtbeginT.o", 0],
      ["cciQt0f0.o", 0],
      ["gcc", 1],
      ["gcc_eh", 1],
      ["c", 1],
      ["crtend.o", 0],
      ["crtn.o", 0],
    ]);
    expect(inputs.every(({ archivesOnly }) => archivesOnly)).toBe(true);
  });

  test("give library paths before the linker's own, unless -nostdlib is there", () => {
    const gcc = parseLd(STATIC["gcc -static"]!).request.search.paths;
    expect(gcc[0]).toBe("/tmp/B");
    expect(gcc).toContain("=/usr/lib/x86_64-linux-gnu");
    expect(parseLd(STATIC["musl-gcc -static"]!).request.search.paths).toEqual([
      "/usr/lib/x86_64-linux-musl",
      "/tmp/B/.",
    ]);
  });
});

describe("spellings", () => {
  test.each(["-o x", "-ox", "--output x", "--output=x"])("%s is -o", (text) => {
    expect(request(`${text} a.o`).output).toBe("x");
  });

  test.each(["-Map m", "-Map=m", "--Map m", "--Map=m"])("%s is --Map", (text) => {
    expect(request(`${text} a.o`).mapFile).toBe("m");
  });

  test.each(["-z stack-size=16", "-zstack-size=16"])("%s is -z", (text) => {
    expect(optionsOf(text).stackSize).toBe(16);
  });

  test("a long name counts before a letter with its value, but not behind -o", () => {
    expect(optionsOf("-entry=f").entry).toBe("f");
    expect(optionsOf("-ef").entry).toBe("f");
    expect(optionsOf("-export-dynamic").entry).toBe("_start");
    expect(request("-omagic a.o").output).toBe("magic");
    expect(request("-output a.o").output).toBe("utput");
    expect(request("-Bstatic -lfoo").inputs).toMatchObject([{ kind: "library", name: "foo", archivesOnly: true }]);
  });

  test("values may look like options", () => {
    expect(optionsOf("-e -x").entry).toBe("-x");
    expect(request("-rpath -o -o x a.o").output).toBe("x");
  });

  test("a dash alone is a file", () => {
    expect(inputsOf("-")).toMatchObject([{ kind: "file", name: "-" }]);
  });
});

describe("inputs", () => {
  test("carry the state of the options before them", () => {
    const inputs = inputsOf(
      `a.o --whole-archive -lb -Bstatic --push-state --no-whole-archive -Bdynamic -lc --pop-state
      -ld --start-lib e.o --end-lib -( -lf -( g.a -) h.a -) i.a --start-group j.a`.replace(/\s+/g, " "),
    );
    const plain = { whole: false, lazy: false, archivesOnly: false, group: 0 };
    expect(inputs).toEqual([
      { ...plain, kind: "file", name: "a.o" },
      { ...plain, kind: "library", name: "b", whole: true },
      { ...plain, kind: "library", name: "c" },
      { ...plain, kind: "library", name: "d", whole: true, archivesOnly: true },
      { ...plain, kind: "file", name: "e.o", whole: true, archivesOnly: true, lazy: true },
      { ...plain, kind: "library", name: "f", whole: true, archivesOnly: true, group: 1 },
      { ...plain, kind: "file", name: "g.a", whole: true, archivesOnly: true, group: 1 },
      { ...plain, kind: "file", name: "h.a", whole: true, archivesOnly: true, group: 1 },
      { ...plain, kind: "file", name: "i.a", whole: true, archivesOnly: true },
      { ...plain, kind: "file", name: "j.a", whole: true, archivesOnly: true, group: 2 },
    ]);
  });

  test("a library may be named by its file", () => {
    expect(inputsOf("-l:libz.a -l z")).toMatchObject([{ name: ":libz.a" }, { name: "z" }]);
  });

  test.each(["--pop-state", "--end-group", "-)", "--end-lib"])("%s without its beginning is an error", (option) => {
    expect(parseLd([option, "a.o"]).diagnostics.map(({ code }) => code)).toEqual(["MF0506"]);
  });

  test("--start-lib within itself is an error", () => {
    expect(wrong("--start-lib --start-lib a.o")).toEqual(["MF0507 --start-lib stands within another --start-lib"]);
  });
});

describe("what the output is like", () => {
  test("is what GNU ld makes, where nothing is said", () => {
    expect(request("a.o")).toMatchObject({ output: "a.out", incremental: undefined, mapFile: undefined });
    expect(optionsOf("")).toEqual({
      output: "executable",
      entry: "_start",
      imageBase: undefined,
      gcSections: false,
      strip: "none",
      discardLocals: "none",
      buildId: "none",
      ehFrameHdr: false,
      relro: true,
      execStack: undefined,
      stackSize: 0,
      undefined: [],
      required: [],
      definitions: [],
      wraps: [],
      allowMultipleDefinition: false,
      unresolved: "error",
      traced: [],
      warnCommon: false,
      merge: true,
      pageSize: 4096,
      separateCode: true,
    });
  });

  test.each<[string, Partial<LdRequest["options"]>]>([
    ["-static -pie", { output: "static-pie" }],
    ["-pie --no-dynamic-linker", { output: "static-pie" }],
    ["-static -pie -no-pie", { output: "executable" }],
    ["--gc-sections", { gcSections: true }],
    ["--gc-sections --no-gc-sections", { gcSections: false }],
    ["-s", { strip: "all" }],
    ["-s -S", { strip: "all" }],
    ["--strip-debug", { strip: "debug" }],
    ["-x", { discardLocals: "all" }],
    ["-x -X", { discardLocals: "temporary" }],
    ["--discard-none", { discardLocals: "none" }],
    ["--build-id", { buildId: "sha1" }],
    ["--build-id=md5", { buildId: "md5" }],
    ["--build-id=0x00ff-10:AB", { buildId: new Uint8Array([0, 255, 16, 171]) }],
    ["--build-id --build-id=none", { buildId: "none" }],
    ["-Ttext-segment=500000", { imageBase: 0x500000 }],
    ["-Ttext-segment 0x500000", { imageBase: 0x500000 }],
    ["--image-base=4194304", { imageBase: 0x400000 }],
    ["-z norelro", { relro: false }],
    ["-z execstack", { execStack: true }],
    ["-z noexecstack", { execStack: false }],
    ["-z stack-size=0x100000", { stackSize: 0x100000 }],
    ["-z max-page-size=0x200000", { pageSize: 0x200000 }],
    ["-z max-page-size=16", { pageSize: 4096 }],
    ["-z noseparate-code", { separateCode: false }],
    ["-z muldefs", { allowMultipleDefinition: true }],
    ["--allow-multiple-definition", { allowMultipleDefinition: true }],
    ["-z undefs", { unresolved: "ignore" }],
    ["--unresolved-symbols=ignore-all", { unresolved: "ignore" }],
    ["--warn-unresolved-symbols", { unresolved: "warn" }],
    ["--warn-unresolved-symbols --unresolved-symbols=ignore-all", { unresolved: "ignore" }],
    ["--warn-common", { warnCommon: true }],
    ["-u f --undefined=g --require-defined=h", { undefined: ["f", "g", "h"] }],
    ["--wrap=malloc -wrap free", { wraps: ["malloc", "free"] }],
    ["-y f --trace-symbol=g", { traced: ["f", "g"] }],
    ["-e f", { entry: "f" }],
    ["--incremental", { merge: false }],
  ])("%s", (text, expected) => {
    expect(optionsOf(text)).toMatchObject(expected);
  });

  test.each([
    ["a=0x10", { name: "a", symbol: undefined, addend: 16 }],
    ["a=b", { name: "a", symbol: "b", addend: 0 }],
    ["a=b+0x10", { name: "a", symbol: "b", addend: 16 }],
    ["a=-4+b-010", { name: "a", symbol: "b", addend: -12 }],
    ["a=2K+1M", { name: "a", symbol: undefined, addend: 2048 + 1048576 }],
    ["_ZN3fooE=bar.cold", { name: "_ZN3fooE", symbol: "bar.cold", addend: 0 }],
  ])("--defsym %s", (text, expected) => {
    expect(parseLd(["--defsym", text, "a.o"]).request.options.definitions).toEqual([expected]);
  });
});

describe("what is told about a link", () => {
  test("is told where the options say", () => {
    expect(request("-t -M -Map=m --print-gc-sections --stats --fatal-warnings a.o")).toMatchObject({
      trace: true,
      printMap: true,
      mapFile: "m",
      printGcSections: true,
      stats: true,
      warnings: "fatal",
    });
    expect(request("-Map=- a.o")).toMatchObject({ printMap: true, mapFile: undefined });
    expect(request("-w --color-diagnostics --dependency-file=d a.o")).toMatchObject({
      warnings: "hidden",
      colour: "always",
      dependencyFile: "d",
    });
  });

  test("sessions have their own options, which need --incremental", () => {
    expect(request("--incremental --verify --explain a.o").incremental).toEqual({ verify: true, explain: true });
    expect(wrong("--verify a.o")).toEqual(["MF0510 --verify needs --incremental"]);
  });
});

describe("a call that asks for something other than a link", () => {
  test.each(["--version", "-version", "a.o --version", "-pie --version", "-shared --version"])("%s", (text) => {
    const { action } = request(text);
    expect(action).toMatchObject({ kind: "print" });
    expect(action).toHaveProperty(
      "text",
      expect.stringMatching(/^Manifold \d+\.\d+\.\d+ \(compatible with GNU ld\)\n/),
    );
  });

  test("-v and -V print the version first, and may stand alone", () => {
    expect(request("-v").banner).toMatch(/^Manifold .*GNU/);
    expect(request("-V a.o").banner).toMatch(/Supported emulations:\n {3}elf_x86_64\n/);
    expect(request("-v a.o").inputs).toHaveLength(1);
  });

  test("--help has what libtool and configure scripts look for", () => {
    const { action } = request("--help");
    const text = action.kind === "print" ? action.text : "";
    expect(text).toMatch(/: supported targets:.* elf64-x86-64\n/);
    expect(text).toMatch(/: supported emulations:.* elf_x86_64\n/);
    expect(text).toMatch(/no-whole-archive/);
    expect(text.split("\n").every((line) => line.length <= 120)).toBe(true);
  });

  test("an unknown option is an error all the same: that is how build systems find out", () => {
    expect(wrong("--no-such-thing -v")).toHaveLength(1);
    expect(wrong("-shared -v")).toHaveLength(1);
  });

  test("--make-dir names a directory", () => {
    expect(request("--make-dir d").action).toEqual({ kind: "make-directory", path: "d" });
  });
});

describe("what cannot be done is refused by name, with a remedy", () => {
  test.each([
    "-shared",
    "-Bshareable",
    "-r",
    "--relocatable",
    "-T script.ld",
    "-Tscript.ld",
    "--script=script.ld",
    "-Ttext=0x1000",
    "-Tdata 1000",
    "--section-start=.x=0",
    "-q",
    "-N",
    "--noinhibit-exec",
    "--ignore-unresolved-symbol=f",
    "-m elf_i386",
    "-maarch64linux",
    "--oformat=binary",
    "-b binary",
    "--format=binary",
    "-EB",
    "-R /dev/null",
  ])("%s", (text) => {
    const { diagnostics } = parseLd(words(`${text} a.o`));
    expect(diagnostics).toMatchObject([{ code: "MF0505", severity: "error" }]);
    expect(diagnostics[0]!.message).toContain(" is not supported: ");
    expect(diagnostics[0]!.message.startsWith(text.slice(0, 2))).toBe(true);
    expect(diagnostics[0]!.suggestion).toMatch(/\.$/);
  });
});

describe("threads", () => {
  test.each([
    ["--threads=4", 4],
    ["--thread-count 2", 2],
    ["--no-threads", 1],
    ["--threads=2 --threads", undefined],
  ])("%s", (text, threads) => {
    expect(request(`${text} a.o`)).toMatchObject({ threads });
  });

  test.each(["--threads=0", "--threads=many", "--thread-count=1000"])("%s is refused", (text) => {
    expect(parseLd([...text.split(" "), "a.o"]).diagnostics).toMatchObject([{ severity: "error" }]);
  });
});

describe("what makes no difference is accepted", () => {
  test.each([
    "-plugin p.so -plugin-opt=x -plugin-opt y",
    "--hash-style=gnu --hash-style both",
    "-rpath /x -rpath=/y -soname z -h z -I ld.so --dynamic-linker=ld.so",
    "-z now -znow -z text -z defs -z nodlopen -z common-page-size=4096 -z x86-64-v3 -z start-stop-visibility=hidden",
    "--sort-common --sort-common=descending --sort-section=name --unique --unique=.text",
    "--icf=all --fork --no-fork --relax --no-relax -O2 -O 1 -g -G8",
    "--version-script=v --dynamic-list d -E --export-dynamic-symbol=f --exclude-libs ALL",
    "--no-warn-rwx-segments --no-warn-execstack --warn-once --no-undefined --demangle --demangle=gnu-v3 --cref",
    "--as-needed --no-as-needed --no-copy-dt-needed-entries --enable-new-dtags --compress-debug-sections=zlib",
    "-d -dc -dp -n --no-omagic -EL -qmagic --oformat=elf64-x86-64 -b elf64-x86-64 -m elf_x86_64 -R /",
    "-flto -fuse-ld=bfd --lto-O3 --thinlto-jobs=4 --gdb-index --package-metadata={}",
  ])("%s", (text) => {
    expect(inputsOf(`${text} a.o`)).toMatchObject([{ kind: "file", name: "a.o" }]);
  });

  test("an unknown keyword of -z is a warning, as for GNU ld", () => {
    expect(parseLd(words("-z mulldefs -z relro=1 -z stack-size a.o")).diagnostics).toMatchObject([
      { code: "MF0513", severity: "warning", suggestion: "Did you mean -z muldefs?" },
      { code: "MF0513", message: "-z relro=1 is unknown, and ignored" },
      { code: "MF0513", suggestion: "Did you mean -z stack-size=VALUE?" },
    ]);
  });
});

describe("what is wrong is told, all of it", () => {
  test.each([
    ["--whole-archiv a.o", "MF0501 there is no option --whole-archiv", "Did you mean --whole-archive?"],
    ["-statci a.o", "MF0501 there is no option -statci", "Did you mean --static?"],
    ["--whole a.o", "MF0501 there is no option --whole", "Did you mean --whole-archive?"],
    ["--nothing-like-it a.o", "MF0501 there is no option --nothing-like-it", 'See "manifold ld --help".'],
    [
      "-Wl,-z,now a.o",
      "MF0501 there is no option -Wl,-z,now",
      "Did you mean -z now, as the compiler would pass it on?",
    ],
    ["--o x a.o", "MF0501 there is no option --o", 'See "manifold ld --help".'],
    ["a.o --", "MF0501 there is no option --", 'See "manifold ld --help".'],
    [
      "a.o -fPIC",
      "MF0505 -f is not supported: it makes a shared library a filter",
      /options of the compiler, such as -fPIC/,
    ],
    ["a.o -o", "MF0502 -o needs a value, and nothing stands behind it", "Give the value, or leave the option out."],
    ["a.o --gc-sections=1", 'MF0503 --gc-sections takes no value, and is given "1"', "Give --gc-sections alone."],
    ["a.o --build-id=crc", 'MF0504 --build-id cannot be "crc"', /^It takes sha1, md5, uuid, none/],
    ["a.o --build-id=0x123", 'MF0504 --build-id cannot be "0x123"', /^It takes/],
    ["a.o --defsym=a", 'MF0504 --defsym cannot be "a"', /^It takes NAME=SUM/],
    ["a.o --defsym=a=", 'MF0504 --defsym cannot be "a="', /^It takes/],
    ["a.o --defsym=a=b*2", 'MF0504 --defsym cannot be "a=b*2"', /^It takes/],
    ["a.o --defsym=a=b+c", 'MF0504 --defsym cannot be "a=b+c"', /^It takes/],
    ["a.o --defsym=a=-b", 'MF0504 --defsym cannot be "a=-b"', /^It takes/],
    ["a.o --defsym==1", 'MF0504 --defsym cannot be "=1"', /^It takes/],
    ["a.o --image-base=zero", 'MF0504 --image-base cannot be "zero"', /^It takes an address/],
    [
      "a.o --image-base=0x400100",
      'MF0504 --image-base cannot be "0x400100"',
      "It takes a multiple of the page size, 0x1000.",
    ],
    ["a.o --image-base=0xffffffffffffffff", 'MF0504 --image-base cannot be "0xffffffffffffffff"', /^It takes/],
    ["a.o -Ttext-segment=-1", 'MF0504 -Ttext-segment cannot be "-1"', /hexadecimal/],
    ["a.o -z max-page-size=3", 'MF0504 -z max-page-size cannot be "3"', "It takes a power of two up to 2^30."],
    ["a.o -z max-page-size=2M", 'MF0504 -z max-page-size cannot be "2M"', /^It takes/],
    ["a.o -z stack-size=x", 'MF0504 -z stack-size cannot be "x"', "It takes a number of bytes."],
    ["a.o --unresolved-symbols=all", 'MF0504 --unresolved-symbols cannot be "all"', /^It takes report-all, ignore-all/],
    ["a.o --color-diagnostics=x", 'MF0504 --color-diagnostics cannot be "x"', "It takes auto, always or never."],
    ["a.o --output=", 'MF0504 --output cannot be ""', "It takes a path."],
    ["-R /nowhere/at/all a.o", 'MF0504 -R cannot be "/nowhere/at/all"', /no such file/],
    ["-static", "MF0508 there are no input files", /^Give objects/],
    ["", "MF0508 there are no input files", /^Give objects/],
  ])("%j", (text, message, suggestion) => {
    expect(wrong(text)).toEqual([message]);
    expect(parseLd(words(text)).diagnostics[0]!.suggestion).toMatch(suggestion);
  });

  test("all at once", () => {
    expect(wrong("--bogus -shared --build-id=x -z bogus").map((each) => each.slice(0, 6))).toEqual([
      "MF0501",
      "MF0504",
      "MF0513",
      "MF0505",
      "MF0508",
    ]);
  });

  test("any arguments are understood, or told what is wrong with them", () => {
    const parts = fc.constantFrom(
      "-",
      "--",
      "o",
      "z",
      "l",
      "=",
      "defsym",
      "static",
      "(",
      ")",
      "@",
      "a",
      "0x",
      "\0",
      "é",
    );
    const argument = fc.oneof(
      fc.array(parts, { maxLength: 5 }).map((each) => each.join("")),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(argument), (args) => {
        const { request: asked, diagnostics } = parseLd(args);
        const isWrong = diagnostics.some(({ severity }) => severity === "error");
        const isIdle = asked.action.kind !== "link" || asked.banner !== "";
        expect(isWrong || isIdle || asked.inputs.length > 0).toBe(true);
        for (const { message } of diagnostics) expect(message).not.toMatch(/undefined/);
      }),
    );
  });

  test("a name that every object has is no option", () => {
    for (const name of ["constructor", "toString", "__proto__"]) {
      expect(wrong(`--${name} a.o`)[0]).toMatch(/^MF0501/);
      expect(wrong(`-z ${name} a.o`)[0]).toMatch(/^MF0513/);
      expect(wrong(`--build-id=${name} a.o`)[0]).toMatch(/^MF0504/);
      expect(wrong(`--unresolved-symbols=${name} a.o`)[0]).toMatch(/^MF0504/);
    }
  });
});
