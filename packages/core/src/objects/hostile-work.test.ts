/**
 * Small files that stand for an enormous amount of work, as long as somebody believes them: each is linked, or refused,
 * at once, and takes no more memory than its size explains.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { parseLinkerScript } from "../input/linker-script.js";
import {
  type CraftedSection,
  type CraftedSymbol,
  craft,
  joined,
  relocation,
  symtabIndex,
  words,
} from "./crafted-object.test.helper.js";
import { imageFaults } from "./image-check.test.helper.js";
import { linkObjects } from "./link-objects.js";
import type { ObjectLinkOptions } from "./options.js";
import { PLAIN_OPTIONS } from "./plain-options.test.helper.js";

const LIMIT_MS = 20_000;

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "manifold-work-"));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

const [RELA, NOTE, NOBITS, GROUP] = [4, 7, 8, 17];
const [WRITE, ALLOC, EXEC, TLS, COMPRESSED] = [1, 2, 4, 0x400, 0x800];
const [LOCAL, GLOBAL, SECTION_SYMBOL] = [0, 0x10, 3];
const [ABS, COMMON] = [0xfff1, 0xfff2];
const [R_64, R_PC32] = [1, 2];

const CODE: CraftedSection = { name: ".text", flags: ALLOC | EXEC, data: new Uint8Array(16).fill(0xc3), align: 16 };
const START: CraftedSymbol = { name: "_start", info: GLOBAL, section: 1 };

/** Links one input, and returns the codes of what is wrong with it: none where it is linked, to a sound image. */
function answer(
  bytes: Uint8Array,
  options: Partial<ObjectLinkOptions> = {},
  kind: "object" | "archive" = "object",
): string[] {
  const path = join(directory, "hostile");
  writeFileSync(path, bytes);
  const inputs = [{ path, kind, whole: false, lazy: false, group: 0 }];
  const start = performance.now();
  const { diagnostics, image } = linkObjects(inputs, {
    ...PLAIN_OPTIONS,
    unresolved: "error",
    undefined: kind === "archive" ? WANTED : [],
    ...options,
  });
  const milliseconds = performance.now() - start;
  if (process.env["TIMES"] !== undefined) console.log(`${Math.round(milliseconds)} ms for ${bytes.length} bytes`);
  expect(milliseconds).toBeLessThan(LIMIT_MS);
  if (image !== undefined && image.length < 1 << 28) expect(imageFaults(image)).toEqual([]);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.length === 0).toBe(image !== undefined);
  return [...new Set(errors.map(({ code }) => code))];
}

const WANTED = Array.from({ length: 5000 }, (_, i) => `wanted_${i}`);

function many<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

function repeated(count: number, make: (i: number) => Uint8Array): Uint8Array {
  return joined(many(count, make));
}

describe("names that share their bytes", () => {
  const strings = new Uint8Array(1_000_001).fill(0x61, 1, 1_000_000);

  test("of sections", () => {
    const sections = many(10_000, () => ({ name: "", flags: ALLOC | WRITE, data: words([1]) }));
    expect(answer(craft({ sections, strings, nameOffset: (index) => 1 + index }))).toEqual(["MF0406"]);
  });

  test("of symbols", () => {
    for (const info of [LOCAL, GLOBAL]) {
      const symbols = many(40_000, (i) => ({ name: 1 + i, info, section: 1 }));
      expect(answer(craft({ sections: [CODE], symbols, strings, nameOffset: () => 0 }))).toEqual(["MF0406"]);
    }
  });
});

describe("names in a table that begins with none", () => {
  test("may all be the first one", () => {
    const strings = new Uint8Array(1_000_001).fill(0x61, 0, 1_000_000);
    const symbols = many(40_000, () => ({ name: 0, info: GLOBAL, section: 1 }));
    expect(answer(craft({ sections: [CODE], symbols, strings, nameOffset: () => 1_000_000 }))).toEqual(["MF0406"]);
  });
});

describe("sizes and alignments", () => {
  const bss = (size: number): CraftedSection => ({ name: ".bss", type: NOBITS, flags: ALLOC | WRITE, size, align: 32 });

  test(".bss of 2^46 bytes is an address range like others", () => {
    expect(answer(craft({ sections: [CODE, bss(2 ** 46)], symbols: [START] }))).toEqual([]);
  });

  test("two of 2^46 bytes are more than there are addresses", () => {
    expect(answer(craft({ sections: [CODE, bss(2 ** 46), bss(2 ** 46)], symbols: [START] }))).toEqual(["MF0465"]);
  });

  test("many that add up beyond what is exact", () => {
    const sections = [CODE, ...many(5000, () => bss(2 ** 47 - 1))];
    expect(answer(craft({ sections, symbols: [START] }))).toEqual(["MF0465"]);
  });

  test("zeros that the file must hold", () => {
    const constant = { name: ".rodata", type: NOBITS, flags: ALLOC, size: 2 ** 45 };
    expect(answer(craft({ sections: [CODE, constant], symbols: [START] }))).toEqual(["MF0463"]);
    const small = { ...constant, size: 5000 };
    expect(answer(craft({ sections: [CODE, small], symbols: [START] }))).toEqual([]);
  });

  test("common storage of 2^46 bytes, once and twice", () => {
    const common = many(2, (i) => ({
      name: `common_${i}`,
      info: GLOBAL | 1,
      section: COMMON,
      value: 64,
      size: 2 ** 46,
    }));
    expect(answer(craft({ sections: [CODE], symbols: [START, common[0]!] }))).toEqual([]);
    expect(answer(craft({ sections: [CODE], symbols: [START, ...common] }))).toEqual(["MF0465"]);
  });

  test("thread-local storage of 2^46 bytes, twice", () => {
    const tbss = { name: ".tbss", type: NOBITS, flags: ALLOC | WRITE | TLS, size: 2 ** 46, align: 8 };
    expect(answer(craft({ sections: [CODE, tbss, tbss], symbols: [START] }))).toEqual(["MF0465"]);
  });

  test("alignments of 2^30 bytes that add up to more than 4 GiB", () => {
    const data = { name: ".data", flags: ALLOC | WRITE, data: words([1]), align: 2 ** 30 };
    expect(answer(craft({ sections: [CODE, data], symbols: [START] }))).toEqual([]);
    expect(answer(craft({ sections: [CODE, ...many(5, () => data)], symbols: [START] }))).toEqual(["MF0463"]);
  });

  test("alignments of 2^30 bytes of code, which is filled with instructions", () => {
    const code = { ...CODE, align: 2 ** 30 };
    expect(answer(craft({ sections: [CODE, code, code], symbols: [START] }))).toEqual([]);
  });

  test("alignments of 2^30 bytes of strings", () => {
    const text = (i: number): Uint8Array => new Uint8Array(Buffer.from(`text ${i}\0`));
    const sections = many(3, (i) => ({
      name: ".rodata",
      flags: ALLOC | 0x30,
      data: text(i),
      align: 2 ** 30,
      entsize: 1,
    }));
    expect(answer(craft({ sections: [CODE, ...sections.slice(0, 2)], symbols: [START] }))).toEqual([]);
  });
});

describe("lists that are gone through again and again", () => {
  /** A group of the sections from 2 on, of which code refers to the first. */
  function grouped(members: number, names: readonly number[]): Uint8Array {
    const link = symtabIndex(members + 3);
    const flags = ALLOC | WRITE | 0x200;
    const sections = [
      CODE,
      ...many(members, () => ({ name: "member", flags, data: words([1, 2]), align: 8 })),
      { name: ".group", type: GROUP, data: words([1, ...names]), link, info: 1, entsize: 4 },
      { name: ".rela.text", type: RELA, data: relocation(0, R_64, 1), link, info: 1, entsize: 24 },
    ];
    return craft({ sections, symbols: [{ name: "", info: SECTION_SYMBOL, section: 2 }, START] });
  }

  test("a group of which each member leads to all others", () => {
    const names = many(60_000, (i) => i + 2);
    expect(answer(grouped(60_000, names), { gcSections: true })).toEqual([]);
  });

  test("a group that names its members a million times", () => {
    const names = many(1_000_000, (i) => 2 + (i % 500));
    expect(answer(grouped(500, names), { gcSections: true })).toEqual([]);
  });

  test("references to the ends of a list of many sections", () => {
    const count = 20_000;
    const data = { name: ".data", flags: ALLOC | WRITE | 0x200000, data: new Uint8Array(count * 8), align: 8 };
    const rela = repeated(count, (i) => relocation(i * 8, R_64, 2));
    const list = many(count, () => ({ name: "list", flags: ALLOC | WRITE, data: words([1, 2]), align: 8 }));
    const link = symtabIndex(count + 3);
    const sections = [CODE, data, { name: ".rela.data", type: RELA, data: rela, link, info: 2, entsize: 24 }, ...list];
    const symbols = [START, { name: "__start_list", info: GLOBAL, section: 0 }];
    expect(answer(craft({ sections, symbols }), { gcSections: true })).toEqual([]);
  });

  test("unwind tables with a long CIE, many records and as many symbols", () => {
    const count = 20_000;
    const cie = joined([words([40_004, 0]), Uint8Array.of(1), Buffer.alloc(39_999, "A")]);
    const fde = (i: number): Uint8Array => words([16, 40_008 + i * 20 + 4, 0, 1, 0]);
    const data = joined([cie, repeated(count, fde), words([0])]);
    const inCie = repeated(4000, (i) => relocation(16 + i * 8, R_64, 1));
    const inFdes = repeated(count, (i) => relocation(40_008 + i * 20 + 8, R_PC32, 1));
    const link = symtabIndex(3);
    const sections = [
      CODE,
      { name: ".eh_frame", flags: ALLOC, data, align: 8 },
      { name: ".rela.eh_frame", type: RELA, data: joined([inCie, inFdes]), link, info: 2, entsize: 24 },
    ];
    const labels = many(count, (i) => ({ name: `label_${i}`, info: LOCAL, section: 2, value: 40_008 + i * 20 }));
    const symbols = [{ name: "", info: SECTION_SYMBOL, section: 1 }, ...labels, START];
    expect(answer(craft({ sections, symbols }), { gcSections: true })).toEqual([]);
    expect(answer(craft({ sections, symbols }), { gcSections: false })).toEqual([]);
  });

  test("many names that nothing defines, among many that are defined", () => {
    const count = 20_000;
    const name = (i: number): string => `_ZN9something${"x".repeat(300)}${i}Ev`;
    const symbols = [
      START,
      ...many(count, (i) => ({ name: name(i), info: GLOBAL, section: 1 })),
      ...many(count, (i) => ({ name: `${name(i)}y`, info: GLOBAL, section: 0 })),
    ];
    const data = { name: ".data", flags: ALLOC | WRITE, data: new Uint8Array(count * 8), align: 8 };
    const rela = repeated(count, (i) => relocation(i * 8, R_64, count + 2 + i));
    const link = symtabIndex(3);
    const sections = [CODE, data, { name: ".rela.data", type: RELA, data: rela, link, info: 2, entsize: 24 }];
    expect(answer(craft({ sections, symbols }))).toEqual(["MF0450"]);
  });

  test("names of 100 000 letters that nothing defines", () => {
    const symbols = [
      START,
      ...many(10, (i) => ({ name: `${"d".repeat(100_000)}${i}`, info: GLOBAL, section: 1 })),
      ...many(10, (i) => ({ name: `${"d".repeat(100_000)}u${i}`, info: GLOBAL, section: 0 })),
    ];
    const rela = repeated(10, (i) => relocation(i, R_64, 12 + i));
    const data = { name: ".data", flags: ALLOC | WRITE, data: new Uint8Array(80), align: 8 };
    const table = { name: ".rela.data", type: RELA, data: rela, link: symtabIndex(3), info: 2, entsize: 24 };
    expect(answer(craft({ sections: [CODE, data, table], symbols }))).toEqual(["MF0450"]);
  });
});

describe("more than the format has numbers for", () => {
  test("segments of notes", () => {
    const sections = many(66_000, (i) => ({
      name: `.n${i}`,
      type: NOTE,
      flags: ALLOC,
      data: words([0]),
      align: i % 2 === 0 ? 4 : 8,
    }));
    expect(answer(craft({ sections: [CODE, ...sections], symbols: [START] }), { strip: "all" })).toEqual(["MF0466"]);
  });

  test("sections that symbols are in", () => {
    const sections = many(66_000, (i) => ({ name: `.n${i}`, flags: ALLOC, data: words([0]), align: 4 }));
    expect(answer(craft({ sections: [CODE, ...sections], symbols: [START] }))).toEqual(["MF0466"]);
  });

  test("thread-local sections", () => {
    const sections = many(140_000, (i) => ({ name: `.t${i}`, flags: ALLOC | WRITE | TLS, data: words([0]), align: 4 }));
    expect(answer(craft({ sections: [CODE, ...sections], symbols: [START] }), { strip: "all" })).toEqual([]);
  });
});

describe("compressed sections", () => {
  const packed = (size: number, stream: Uint8Array): CraftedSection => {
    const header = new DataView(new ArrayBuffer(24));
    header.setUint32(0, 1, true);
    header.setBigUint64(8, BigInt(size), true);
    header.setBigUint64(16, 1n, true);
    return { name: ".debug_info", flags: COMPRESSED, data: joined([new Uint8Array(header.buffer), stream]) };
  };

  test("say what they hold, and not more than deflate can", () => {
    const zeros = new Uint8Array(deflateSync(new Uint8Array(1 << 20)));
    expect(answer(craft({ sections: [CODE, packed(1 << 20, zeros)], symbols: [START] }))).toEqual([]);
    for (const size of [2 ** 20 - 1, 2 ** 20 + 1, 2 ** 30, 2 ** 50])
      expect(answer(craft({ sections: [CODE, packed(size, zeros)], symbols: [START] }))).toEqual(["MF0441"]);
  });

  test("in the old way are decompressed and called so", () => {
    const text = Buffer.from("what the section holds");
    const head = Buffer.from("ZLIB\0\0\0\0\0\0\0\0", "latin1");
    head.writeUInt32BE(text.length, 8);
    const old = { name: ".zdebug_info", data: joined([head, deflateSync(text)]) };
    const path = join(directory, "old.o");
    writeFileSync(path, craft({ sections: [CODE, old], symbols: [START] }));
    const { image } = linkObjects([{ path, kind: "object", whole: false, lazy: false, group: 0 }], PLAIN_OPTIONS);
    expect(Buffer.from(image!).includes("what the section holds")).toBe(true);
    expect(Buffer.from(image!).includes("\0.debug_info\0")).toBe(true);
  });
});

describe("values that a Number does not hold exactly", () => {
  test("absolute symbols beyond 2^53", () => {
    const symbol = { name: "large", info: GLOBAL, section: ABS, value: 2 ** 62 };
    expect(answer(craft({ sections: [CODE], symbols: [START, symbol] }))).toEqual(["MF0406"]);
  });
});

describe("archives", () => {
  const member = (name: string, contents: Uint8Array): Buffer => {
    const head = `${name.padEnd(48)}${String(contents.length).padEnd(10)}\`\n`;
    return Buffer.concat([Buffer.from(head, "latin1"), contents, Buffer.alloc(contents.length % 2, "\n")]);
  };

  test("whose index points at members within members", () => {
    const count = 5000;
    const headers = count * 60;
    const total = headers + 1_000_000;
    // Each header claims everything behind it.
    const nested = joined(
      many(count, (i) => Buffer.from(`${"m/".padEnd(48)}${String(total - (i + 1) * 60).padEnd(10)}\`\n`, "latin1")),
    );
    const names = Buffer.from(`${WANTED.join("\0")}\0`, "latin1");
    const index = Buffer.alloc(4 + count * 4 + names.length + (names.length % 2));
    index.writeUInt32BE(count);
    index.set(names, 4 + count * 4);
    const membersAt = 8 + 60 + index.length;
    for (let i = 0; i < count; i++) index.writeUInt32BE(membersAt + i * 60, 4 + i * 4);
    const bytes = joined([Buffer.from("!<arch>\n"), member("/", index), nested, new Uint8Array(1_000_000)]);
    expect(answer(bytes, {}, "archive")).toContain("MF0408");
  });
});

test("a linker script may name as many files as it has room for", () => {
  const script = `GROUP ( AS_NEEDED ( ${"a ".repeat(400_000)}) )`;
  expect(parseLinkerScript(Buffer.from(script), "script").inputs[0]!.files).toHaveLength(400_000);
  expect(() => parseLinkerScript(Buffer.from("GROUP ( AS_NEEDED ( ".repeat(40_000)), "script")).toThrow(
    DiagnosticError,
  );
});
