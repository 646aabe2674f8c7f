// Checks each package as npm would publish it (publint): exports that exist, types that resolve.

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
let failed = false;
for (const name of ["core", "workers", "cli"]) {
  const { status } = spawnSync("publint", ["run", join(root, "packages", name), "--strict", "--pack", "npm"], {
    stdio: "inherit",
  });
  failed ||= status !== 0;
}
process.exitCode = failed ? 1 : 0;
