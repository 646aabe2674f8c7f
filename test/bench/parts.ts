/**
 * Measures the parts of a link with tinybench, on one thread: names, the image's operations, emission and a whole link in
 * memory. `node test/dist/bench/parts.js`
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  hash0,
  hash1,
  hash2,
  hashBytes,
  MappedFile,
  makeControl,
  NameTable,
  NodeKind,
  openManifest,
  ROOT,
  Session,
} from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { Bench } from "tinybench";
import { writeManifest } from "./generate.js";

const NAMES = 100_000;
const NODES = 100_000;
const FUNCTIONS = 2_000;

const names = Array.from({ length: NAMES }, (_, i) => new TextEncoder().encode(`module${i % 97}.function${i}`));
const directory = mkdtempSync(join(tmpdir(), "manifold-parts-"));
const path = join(directory, "app.ndjson");
writeManifest(path, { functions: FUNCTIONS, seed: 1 });
const manifest = openManifest(path);

function internAll(): NameTable {
  const table = new NameTable(NAMES);
  names.forEach((name, index) => {
    hashBytes(name, 0, name.length);
    table.insert(hash0, hash1, hash2, index);
  });
  return table;
}

function appendAll(): MappedFile {
  const image = new MappedFile({ slack: 0, expectedNodes: NODES });
  const section = image.addRoot({ size: 0, alignLog2: 0, kind: NodeKind.SECTION });
  for (let i = 0; i < NODES; i++) image.append(section, 100 + (i % 100), 4, NodeKind.NAV, i);
  image.attach(ROOT, section);
  return image;
}

/** A tree whose nodes grow in turn: every growth moves one into a hole or to the tail. */
function moveSome(image: MappedFile, nodes: readonly number[]): void {
  for (const node of nodes) image.resize(node, image.nodes.size(node) + 16);
}

const moving = new MappedFile({ slack: 0.25 });
const section = moving.add(ROOT, { size: 0, alignLog2: 4, kind: NodeKind.SECTION });
const movable = Array.from({ length: 1000 }, () => moving.add(section, { size: 64, alignLog2: 4, kind: NodeKind.NAV }));

const bench = new Bench({ name: "parts", time: 1000 })
  .add(`hash and enter ${NAMES} names`, () => void internAll())
  .add(`append ${NODES} nodes`, () => void appendAll())
  .add(`grow ${movable.length} nodes of a section with holes`, () => moveSome(moving, movable))
  .add(`link a manifest of ${FUNCTIONS} functions on one thread`, async () => {
    const session = new Session({
      header: manifest.header,
      output: join(directory, "app"),
      pool: new InlinePool(),
      control: makeControl(),
    });
    session.addManifest(manifest, 0);
    const { ok } = await session.flush();
    if (!ok) throw new Error("the link failed");
  });

try {
  await bench.run();
  console.table(bench.table());
} finally {
  rmSync(directory, { recursive: true, force: true });
}
