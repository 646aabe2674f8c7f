/**
 * Links one version of a manifest after the other, each by an incremental link, until it is killed. Arguments: a directory
 * with `versions/0.ndjson` and so on, how, and the version to begin with. Says when it begins.
 *
 * How is `update`; `linked`, where the output has two names, so that a new file takes the first one at each link; or
 * `full`, where the session is removed before each link.
 */

import { copyFileSync, linkSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { statePath } from "@manifold/core";
import { linkStored } from "./stored-link.js";

const [directory, how, first] = process.argv.slice(2) as [string, string, string];
const versions = join(directory, "versions");
const manifest = join(directory, "program.ndjson");
const output = join(directory, "program");
const count = readdirSync(versions).length;

process.stdout.write("linking\n");
for (let version = Number(first); ; version++) {
  copyFileSync(join(versions, `${version % count}.ndjson`), `${manifest}.next`);
  renameSync(`${manifest}.next`, manifest);
  if (how === "full") rmSync(statePath(output), { force: true });
  if (how === "linked") {
    rmSync(`${output}.linked`, { force: true });
    linkSync(output, `${output}.linked`);
  }
  const { ok, diagnostics } = await linkStored([manifest], output);
  if (!ok) throw new Error(JSON.stringify(diagnostics));
}
