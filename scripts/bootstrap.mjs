// Installs the workspace's dependencies where node_modules does not hold what the lockfile says.
// `npm start` and `npm test` call this first, so that a fresh clone needs Node and npm only.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".bootstrap");
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const manifests = ["package.json", "packages/core/package.json", "packages/workers/package.json"]
  .concat(["packages/cli/package.json", "test/package.json", "pnpm-lock.yaml"])
  .map((file) => readFileSync(join(root, file), "utf8"));
const wanted = manifests.join("\n");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  console.error("Installing dependencies (first run, or the lockfile changed) ...");
  const install = spawnSync("npx", ["--yes", packageManager, "install", "--frozen-lockfile", "--silent"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (install.status !== 0) {
    console.error("Installing dependencies failed. Node 20.20, npm and the npm registry are needed for the first run.");
    process.exit(install.status ?? 1);
  }
  writeFileSync(stamp, wanted);
}
