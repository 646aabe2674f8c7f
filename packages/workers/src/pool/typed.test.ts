/** Types of a manifest on their way through shifts and sessions. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmitPool, type HeaderOptions, makeControl, makeHeader, readProgress, Session } from "@manifold/core";
import { afterAll, describe, expect, it } from "vitest";
import { InlinePool } from "./inline-pool.js";
import { ThreadPool } from "./thread-pool.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-typed-"));
afterAll(() => rmSync(directory, { recursive: true }));

const START: readonly object[] = [
  {
    func: "start",
    code: { asm: "lea rsi, [rip + e]\nxor edi, edi\nmov eax, 60\nsyscall" },
    refs: { e: { lazy: "data", type: "anyerror" } },
  },
  { export: "_start", of: "start" },
];
const COLOR = { type: "Color", is: { enum: ["red", "green"], tag: "u8" } };
const COLORS = { const: "colors", type: { array: "Color", len: 2 }, init: ["green", "red"] };

/** A session on one thread, whose input is cut so small that every declaration is a chunk. */
class Linking {
  readonly output: string;
  readonly control = makeControl();
  readonly session: Session;

  constructor(name: string, pool: EmitPool = new InlinePool(), header: Partial<HeaderOptions> = {}) {
    this.output = join(directory, name);
    this.session = new Session({
      header: makeHeader({ target: "x86_64-linux", ...header }),
      output: this.output,
      pool,
      control: this.control,
      chunkBytes: 16,
    });
  }

  add(declarations: readonly object[], scope = 0): this {
    const text = `\n${declarations.map((one) => JSON.stringify(one)).join("\n")}\n`;
    const buffer = new SharedArrayBuffer(Buffer.byteLength(text));
    Buffer.from(buffer).write(text);
    this.session.addText("test", buffer, scope);
    return this;
  }

  async bytes(): Promise<Buffer> {
    expect((await this.session.flush()).diagnostics).toEqual([]);
    return readFileSync(this.output);
  }

  async messages(): Promise<string[]> {
    const { diagnostics } = await this.session.flush();
    return diagnostics.map(({ code, place }) => `${code} ${place?.line}:${place?.column}`);
  }
}

describe("the types of a manifest", () => {
  it("may stand anywhere: before, between and behind what uses them", async () => {
    const orders = [
      [COLOR, ...START, COLORS],
      [...START, COLOR, COLORS],
      [...START, COLORS, COLOR],
    ];
    const outputs = await Promise.all(orders.map((order, index) => new Linking(`order${index}`).add(order).bytes()));
    expect(new Set(outputs.map((bytes) => bytes.toString("hex"))).size).toBe(1);
  });

  it("may come in text of its own, after chunks that wait for it", async () => {
    const together = await new Linking("together").add([...START, COLORS, COLOR]).bytes();
    const apart = await new Linking("apart").add(START).add([COLORS]).add([COLOR]).bytes();
    expect(apart.equals(together)).toBe(true);
  });

  it("are emitted by several workers to the same bytes", async () => {
    const values = Array.from({ length: 200 }, (_, index) => ({
      const: `c${index}`,
      type: { array: { ptr: "u8", size: "slice" }, len: 2 },
      init: [`text ${index % 7}`, `text ${index % 11}`],
    }));
    const input = [...START, ...values.slice(0, 100), COLOR, COLORS, ...values.slice(100)];
    const alone = await new Linking("alone").add(input).bytes();
    const pool = new ThreadPool({ workers: 3 });
    try {
      expect((await new Linking("threads", pool).add(input).bytes()).equals(alone)).toBe(true);
    } finally {
      await pool.close();
    }
  });

  it("belong to that manifest: another may use their names for others", async () => {
    const pointer = (name: string): object => ({
      const: name,
      type: { ptr: "Color" },
      init: { uav: { type: "Color", init: "green" } },
    });
    const linking = new Linking("scopes");
    linking.add([...START, COLOR, pointer("p")], 0);
    linking.add([{ type: "Color", is: { enum: ["green", "blue"], tag: "u8" } }, pointer("p")], 1);
    const { counts, diagnostics } = await linking.session.flush();
    expect(diagnostics).toEqual([]);
    expect(counts).toMatchObject({ constants: 2, lazySymbols: 1 });
  });

  it("are blamed once for what is wrong with them, also where nothing uses them", async () => {
    const bad = { type: "Bad", is: { struct: { x: "Missing" } } };
    expect(await new Linking("unused").add([bad, { func: "f", code: { asm: "ret" } }]).messages()).toEqual([
      "MF0601 1:35",
    ]);
    const pool = new ThreadPool({ workers: 3 });
    try {
      const used = new Linking("used", pool).add([...START, bad, COLORS, { const: "c", type: "Bad", init: {} }]);
      expect(await used.messages()).toEqual(["MF0601 3:35"]);
    } finally {
      await pool.close();
    }
  });
});

describe("a session with typed values", () => {
  it("lets the error table follow the error set", async () => {
    const linking = new Linking("errors").add([...START, { errors: ["OutOfMemory"] }]);
    const before = await linking.bytes();
    expect(before.includes("OutOfMemory\0")).toBe(true);
    expect(before.includes("NotFound\0")).toBe(false);
    const after = await linking.add([{ errors: ["NotFound"] }]).bytes();
    expect(after.includes("OutOfMemory\0NotFound\0")).toBe(true);
    const whole = await new Linking("whole")
      .add([...START, { errors: ["OutOfMemory"] }, { errors: ["NotFound"] }])
      .bytes();
    expect(after.equals(whole)).toBe(true);
  });

  it("takes back what it said about a type that was missing, once it comes", async () => {
    const linking = new Linking("missing").add([...START, COLORS]);
    expect(await linking.messages()).toEqual(["MF0601 3:35"]);
    await linking.add([COLOR]).bytes();
  });

  it("emits nothing again where no type was added", async () => {
    const linking = new Linking("again").add([...START, COLOR, COLORS]);
    await linking.bytes();
    const { phases, bytesWritten } = await linking.session.flush();
    expect(phases.map(({ name }) => name)).not.toContain("typed");
    expect(bytesWritten).toBe(0);
  });

  it("counts constants and lazy symbols apart, and chunks that waited once", async () => {
    const linking = new Linking("counted").add([...START, COLOR, COLORS]);
    await linking.bytes();
    await linking.add([{ errors: ["More"] }]).bytes();
    const { chunks, constants, synthetics } = readProgress(linking.control);
    expect(chunks.done).toBe(chunks.total);
    expect(constants).toEqual({ done: 0, total: 0 });
    expect(synthetics.done).toBe(synthetics.total);
  });
});

describe("constants in a position-independent program", () => {
  it("are relocated only where they hold addresses", async () => {
    const pointing = { const: "p", type: { ptr: "u8", size: "slice" }, init: "text" };
    const linking = new Linking("pie", new InlinePool(), { pie: true }).add([...START, COLOR, COLORS, pointing]);
    const { counts } = await linking.session.flush();
    // That of the pointer, and the one in the code.
    expect(counts.relocations).toBe(2);
    const bytes = readFileSync(linking.output);
    expect(bytes.includes(".data.rel.ro")).toBe(true);
    expect(bytes.includes(".rodata")).toBe(true);
  });
});
