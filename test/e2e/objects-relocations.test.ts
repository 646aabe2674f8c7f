/** Relocations of every kind, code models and models of thread-local storage: programs that check themselves. */

import { describe, expect, it } from "vitest";
import { expectAgreement } from "../support/agreement.js";
import { tool } from "../support/command.js";
import { sections, segments, symbol } from "../support/elf-view.js";
import { compile, compileWith, MODES, parts } from "../support/gcc-link.js";

/** How compilers reach thread-local variables; the linker turns each way into the shortest that a program allows. */
const TLS_MODELS: readonly string[] = [
  "-fPIE",
  "-fPIC -ftls-model=global-dynamic",
  "-fPIC -ftls-model=local-dynamic",
  "-fPIC -ftls-model=initial-exec",
  "-fPIE -ftls-model=local-exec",
  "-fPIC -mtls-dialect=gnu2",
  "-fPIC -fno-plt",
  "-fPIC -fno-plt -O0",
  "-fPIC -mcmodel=large",
  "-fPIC -mcmodel=large -ftls-model=local-dynamic",
];

const PIC_MODELS: readonly string[] = [
  "-fPIC -mcmodel=large",
  "-fPIC -mcmodel=large -O0",
  "-fPIC -mcmodel=medium",
  "-fPIE -mcmodel=medium -mlarge-data-threshold=100",
];

describe.each(MODES)("%s", (mode) => {
  it("every instruction that reads the GOT, with targets of every kind, as it is and as it may be rewritten", () => {
    const { stdout } = expectAgreement({ inputs: [compile("got.s"), compile("absolute.s"), compile("got.c")], mode });
    expect(stdout.match(/^yes /gm)).toHaveLength(175);
  });

  it("every kind of relocation", () => {
    const fixed = mode === "-static";
    const inputs = [
      compile("relocations.s", ...(fixed ? ["-Wa,--defsym,STATIC=1"] : [])),
      compile("relocations.c", ...(fixed ? ["-DSTATIC"] : [])),
    ];
    expectAgreement({ inputs, mode });
  });

  it.each(PIC_MODELS)("code and data of %s", (flags) => {
    expectAgreement({ inputs: parts("models.c", 2, ...flags.split(" ")), mode });
  });

  it("common symbols of the medium model are large", () => {
    const inputs = parts("common.c", 3, "-fcommon", "-mcmodel=medium", "-mlarge-data-threshold=100");
    const { ours } = expectAgreement({ inputs, mode });
    const { section } = symbol(ours, "only_here");
    expect(sections(ours)[Number(section)]).toMatchObject({ name: ".lbss", type: "NOBITS" });
  });

  it.each(TLS_MODELS)("thread-local variables with %s", (flags) => {
    expectAgreement({ inputs: [...parts("tls.c", 2, ...flags.split(" ")), "-pthread"], mode });
  });

  it("thread-local variables by clang, whose sequences differ", () => {
    const inputs = [0, 1].map((part) => compileWith("clang", "tls.c", "-fPIC", `-DPART=${part}`));
    expectAgreement({ inputs: [...inputs, "-pthread"], mode });
    const small = [0, 1].map((part) => compileWith("clang", "tls.c", "-fPIC", "-O0", "-fno-plt", `-DPART=${part}`));
    expectAgreement({ inputs: [...small, "-pthread"], mode });
  });

  it("every sequence of instructions that reaches a thread-local variable", () => {
    const { stdout } = expectAgreement({ inputs: [compile("tls-code.s"), compile("tls-code.c"), "-pthread"], mode });
    expect(stdout.match(/^yes /gm)).toHaveLength(30);
  });

  it("models of thread-local storage meet in one program", () => {
    const [main] = parts("tls.c", 1, "-fPIC", "-mtls-dialect=gnu2");
    for (const flags of TLS_MODELS.slice(0, 4)) {
      expectAgreement({ inputs: [main!, compile("tls.c", "-DPART=1", ...flags.split(" ")), "-pthread"], mode });
    }
  });

  it("thread-local zeros alone, aligned to a page", () => {
    for (const flags of [["-fPIE"], ["-fPIC", "-mtls-dialect=gnu2"]]) {
      const { ours } = expectAgreement({ inputs: [compile("tls-bss.c", ...flags), "-pthread"], mode });
      expect(segments(ours).find(({ type }) => type === "TLS")).toMatchObject({ align: 4096 });
      const tbss = sections(ours).find(({ name }) => name === ".tbss");
      expect(tbss).toMatchObject({ type: "NOBITS", flags: "WAT" });
    }
  });
});

describe("at a fixed address", () => {
  it.each([["-mcmodel=large"], ["-mcmodel=medium"], ["-mcmodel=small"]])("code and data of -fno-pie %s", (model) => {
    expectAgreement({ inputs: parts("models.c", 2, "-fno-pie", model) });
  });

  it.each([["-mcmodel=large"], ["-mcmodel=small"]])("thread-local variables with -fno-pie %s", (model) => {
    expectAgreement({ inputs: [...parts("tls.c", 2, "-fno-pie", model), "-pthread"] });
  });

  it("a program without position-independent code, and without optimization", () => {
    const flags = ["-fno-pie", "-O0", "-lm", "-pthread"];
    expectAgreement({ inputs: [compile("runtime.c", ...flags), ...flags.slice(2)] }, { args: ["one"], code: 3 });
  });

  // glibc's start refers to _end with 32 bits, musl's does not.
  it.each([
    ["-mcmodel=medium", "-fno-pie"],
    ["-mcmodel=medium", "-fPIC"],
    ["-mcmodel=large", "-fPIC"],
  ])("data behind more than two gigabytes, with %s %s", (...flags) => {
    const inputs = [compileWith("musl-gcc", "far-data.c", ...flags), compile("far-gap.s")];
    const { ours } = expectAgreement({ inputs, driver: "musl-gcc" });
    expect(Number(tool("stat", ["-c", "%s", ours]))).toBeLessThan(1 << 20);
  });
});
