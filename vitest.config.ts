import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/e2e/**/*.test.ts"],
    globalSetup: "scripts/build-for-tests.mjs",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Tests mostly wait for other programs: one worker less than processors, as vitest has it, leaves half of two idle.
    maxWorkers: Math.max(2, availableParallelism()),
  },
});
