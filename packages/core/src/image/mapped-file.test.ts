import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dumpImage } from "./dump.js";
import { MappedFile, ROOT } from "./mapped-file.js";
import { Flag, NONE, NodeKind, NodePlace } from "./node-table.js";
import { verifyImage } from "./verify.js";

/** What the model knows of a node: the tree's rules are `verifyImage`'s business, the contents are checked here. */
interface Modelled {
  readonly index: number;
  readonly parent: Modelled | undefined;
  readonly leaf: boolean;
  readonly place: NodePlace;
  children: Modelled[];
  bytes: Uint8Array;
  alignLog2: number;
}

const operation = fc.record({
  kind: fc.constantFrom(
    "add",
    "add",
    "append",
    "header",
    "footer",
    "group",
    "resize",
    "resize",
    "write",
    "realign",
    "move",
    "remove",
  ),
  target: fc.nat(),
  size: fc.oneof(fc.nat(64), fc.nat(700)),
  alignLog2: fc.nat(7),
  fill: fc.integer({ min: 1, max: 255 }),
});
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

class Model {
  readonly image: MappedFile;
  readonly root: Modelled = {
    index: ROOT,
    parent: undefined,
    leaf: false,
    place: NodePlace.FLOATING,
    children: [],
    bytes: new Uint8Array(),
    alignLog2: 0,
  };

  constructor(slack: number) {
    this.image = new MappedFile({ slack });
  }

  all(node: Modelled = this.root): Modelled[] {
    return [node, ...node.children.flatMap((child) => this.all(child))];
  }

  apply(op: Operation): void {
    const nodes = this.all();
    const groups = nodes.filter((node) => !node.leaf);
    const others = nodes.filter((node) => node !== this.root);
    const group = groups[op.target % groups.length]!;
    const node = others.length === 0 ? undefined : others[op.target % others.length]!;
    switch (op.kind) {
      case "add":
        return this.#born(
          group,
          op,
          true,
          NodePlace.FLOATING,
          this.image.add(group.index, { ...op, kind: NodeKind.NAV }),
        );
      case "append":
        return this.#born(
          group,
          op,
          true,
          NodePlace.FLOATING,
          this.image.append(group.index, op.size, op.alignLog2, NodeKind.NAV, 0),
        );
      case "header":
        return this.#born(
          group,
          op,
          true,
          NodePlace.HEADER,
          this.image.addHeader(group.index, { ...op, kind: NodeKind.EHDR }),
        );
      case "footer":
        return this.#born(
          group,
          op,
          true,
          NodePlace.FOOTER,
          this.image.addFooter(group.index, { ...op, kind: NodeKind.SHDR }),
        );
      case "group":
        return this.#born(
          group,
          op,
          false,
          NodePlace.FLOATING,
          this.image.add(group.index, { ...op, kind: NodeKind.SECTION }),
        );
    }
    if (node === undefined) return;
    switch (op.kind) {
      case "resize":
        if (!node.leaf) return;
        this.image.resize(node.index, op.size);
        node.bytes = resized(node.bytes, op.size);
        return;
      case "write":
        if (!node.leaf) return;
        node.bytes.fill(op.fill);
        this.image.write(node.index, 0, node.bytes);
        return;
      case "realign":
        if (op.alignLog2 < Math.max(0, ...node.children.map((child) => this.image.nodes.alignLog2(child.index))))
          return;
        return this.image.realign(node.index, op.alignLog2);
      case "move":
        if (node.place === NodePlace.FLOATING) this.image.move(node.index);
        return;
      case "remove":
        this.image.remove(node.index);
        node.parent!.children = node.parent!.children.filter((child) => child !== node);
    }
  }

  check(): void {
    verifyImage(this.image);
    const seen = new Uint8Array(this.image.nodes.size(ROOT));
    for (const node of this.all()) {
      if (!node.leaf) continue;
      const at = this.image.fileOffset(node.index);
      const bytes = this.image.bytes.subarray(at, at + this.image.nodes.size(node.index));
      if (Buffer.compare(bytes, node.bytes) !== 0) throw new Error(`node ${node.index} lost its contents`);
      seen.fill(1, at, at + bytes.length);
    }
    seen.forEach((covered, at) => {
      if (!covered && this.image.bytes[at] !== 0) throw new Error(`byte ${at} lies in no node and is not zero`);
    });
  }

  #born(parent: Modelled, op: Operation, leaf: boolean, place: NodePlace, index: number): void {
    parent.children.push({
      index,
      parent,
      leaf,
      place,
      children: [],
      bytes: new Uint8Array(op.size),
      alignLog2: op.alignLog2,
    });
  }
}

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const next = new Uint8Array(size);
  next.set(bytes.subarray(0, size));
  return next;
}

describe("MappedFile", () => {
  it("keeps every rule and all contents through any sequence of operations", () => {
    fc.assert(
      fc.property(
        fc.array(operation, { minLength: 40, maxLength: 120 }),
        fc.constantFrom(0, 0.25),
        (operations, slack) => {
          const model = new Model(slack);
          for (const op of operations) {
            model.apply(op);
            model.check();
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("keeps them through sequences of more than a thousand operations", () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1000, maxLength: 1200, size: "max" }), (operations) => {
        const model = new Model(0.25);
        for (const op of operations) {
          // A tree that only grows would check few moves: every so often it is cut back.
          if (model.all().length > 60) model.apply({ ...op, kind: "remove" });
          else model.apply(op);
          model.check();
        }
      }),
      { numRuns: 12 },
    );
  });

  it("writes exactly the bytes that differ from the last flush", () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 30, maxLength: 80 }), (operations) => {
        const model = new Model(0.25);
        let file = new Uint8Array();
        for (const op of operations) {
          model.apply(op);
          const size = model.image.nodes.size(ROOT);
          const ranges = model.image.dirty.take(size);
          file = resized(file, size) as typeof file;
          for (const [start, end] of ranges) file.set(model.image.bytes.subarray(start, end), start);
          expect(Buffer.compare(file, model.image.bytes.subarray(0, size))).toBe(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("finds the space of a removed node again", () => {
    const image = new MappedFile({ slack: 0 });
    const nodes = [0, 1, 2, 3].map(() => image.append(ROOT, 64, 4, NodeKind.NAV, 0));
    image.remove(nodes[1]!);
    const again = image.add(ROOT, { size: 48, alignLog2: 4, kind: NodeKind.NAV });
    expect(image.nodes.offset(again)).toBe(64);
    expect(image.nodes.size(ROOT)).toBe(256);
    verifyImage(image);
  });

  it("uses the record of a removed node again", () => {
    const image = new MappedFile({ slack: 0 });
    const first = image.append(ROOT, 16, 0, NodeKind.NAV, 0);
    image.remove(first);
    expect(image.append(ROOT, 16, 0, NodeKind.NAV, 0)).toBe(first);
  });

  it("adds slack once, not once per level", () => {
    const image = new MappedFile({ slack: 0.25 });
    const outer = image.add(ROOT, { size: 0, alignLog2: 0, kind: NodeKind.SEGMENT });
    const inner = image.add(outer, { size: 0, alignLog2: 0, kind: NodeKind.SECTION });
    image.add(inner, { size: 1000, alignLog2: 0, kind: NodeKind.NAV });
    expect(image.nodes.size(inner)).toBe(1250);
    expect(image.nodes.size(outer)).toBe(1250);
    expect(image.nodes.size(ROOT)).toBe(1250);
  });

  it("packs densely where no slack is asked for", () => {
    const image = new MappedFile({ slack: 0 });
    const section = image.addRoot({ size: 0, alignLog2: 0, kind: NodeKind.SECTION });
    for (let i = 0; i < 100; i++) image.append(section, 24, 3, NodeKind.NAV, i);
    image.attach(ROOT, section);
    expect(image.nodes.size(ROOT)).toBe(2400);
  });

  it("moves the next floating node with its bytes when a header grows into it", () => {
    const image = new MappedFile({ slack: 0 });
    const header = image.addHeader(ROOT, { size: 8, alignLog2: 0, kind: NodeKind.EHDR });
    const next = image.add(ROOT, { size: 8, alignLog2: 0, kind: NodeKind.NAV });
    image.write(next, 0, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    image.resize(header, 12);
    expect(Array.from(image.bytes.subarray(image.fileOffset(next), image.fileOffset(next) + 8))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    verifyImage(image);
  });

  it("grows the first of two headers", () => {
    const image = new MappedFile({ slack: 0 });
    const first = image.addHeader(ROOT, { size: 8, alignLog2: 3, kind: NodeKind.EHDR });
    const second = image.addHeader(ROOT, { size: 8, alignLog2: 3, kind: NodeKind.PHDR });
    image.write(second, 0, Uint8Array.of(7, 7));
    image.resize(first, 40);
    expect(image.nodes.offset(second)).toBe(40);
    expect(image.bytes[40]).toBe(7);
    verifyImage(image);
  });

  it("queues a node once however often it changes", () => {
    const image = new MappedFile({ slack: 0 });
    const node = image.add(ROOT, { size: 8, alignLog2: 0, kind: NodeKind.NAV });
    for (let size = 9; size < 20; size++) image.resize(node, size);
    const updates = [];
    for (let update = image.takeUpdate(); update !== undefined; update = image.takeUpdate()) updates.push(update.node);
    expect(updates.filter((updated) => updated === node)).toHaveLength(1);
    expect(image.nodes.has(node, Flag.MOVED | Flag.RESIZED)).toBe(false);
  });

  it("prints the tree with kinds, offsets, sizes and flags", () => {
    const image = new MappedFile({ slack: 0 });
    const section = image.add(ROOT, { size: 0, alignLog2: 4, kind: NodeKind.SECTION });
    const nav = image.add(section, { size: 4, alignLog2: 4, kind: NodeKind.NAV });
    image.write(nav, 0, Uint8Array.of(0xde, 0xad));
    while (image.takeUpdate() !== undefined);
    expect(dumpImage(image, ROOT, { contents: true, label: (node) => (node === nav ? "main" : "") })).toBe(
      [
        "file offset=0x0 size=0x4 align=0x10 content",
        " section index=1 offset=0x0 size=0x4 align=0x10 content",
        "  nav(main) index=2 offset=0x0 size=0x4 align=0x10 content",
        "   00000000 de ad 00 00",
        "",
      ]
        .join("\n")
        .replace("file ", "file index=0 "),
    );
    expect(image.nodes.prev(ROOT)).toBe(NONE);
  });
});
