/**
 * A process that stays and links the same objects in full again whenever it is asked to: a line on standard input is a link,
 * a line of JSON on standard output is what it took, from the call to the bytes in the file.
 *
 *     node test/dist/bench/resident-relink.js OUTPUT < list of objects, an empty line, then a line per link
 */

import { createInterface } from "node:readline";
import { makeRelink } from "./measure/relink.js";

const WARM_UP_MS = 2000;
const LEAST_LINKS = 3;
const MOST_LINKS = 100;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const objects: string[] = [];
for (let next = await lines.next(); !next.done && next.value !== ""; next = await lines.next())
  objects.push(next.value);
const { relink, close } = makeRelink(objects, process.argv[2]!);
// What is measured is a process that has been there for a while: its code is compiled, its memory was touched.
const warm = performance.now() + WARM_UP_MS;
for (let links = 0; links < LEAST_LINKS || (performance.now() < warm && links < MOST_LINKS); links++) relink();
for (let next = await lines.next(); !next.done; next = await lines.next()) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  relink();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ wallMs, cpuMs: (user + system) / 1000, peakMiB })}\n`);
}
await close();
