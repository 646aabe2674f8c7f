import { describe, expect, it } from "vitest";
import { killAtRandom, runTime } from "../support/kill.js";

describe("the harness that kills", () => {
  it("kills a command at its moment, and keeps what it printed", async () => {
    const args = ["-c", "echo begun; exec sleep 30"];
    const outcome = await killAtRandom("sh", args, { within: 1000, random: () => 0.5 });
    expect(outcome).toMatchObject({ killed: true, code: null, stdout: "begun\n" });
    expect(outcome.ran).toBeGreaterThanOrEqual(499);
  });

  it("says how a command ended that was faster than its moment", async () => {
    const outcome = await killAtRandom("sh", ["-c", "echo wrong >&2; exit 3"], { within: 20_000, random: () => 1 });
    expect(outcome).toMatchObject({ killed: false, code: 3, stderr: "wrong\n" });
  });

  it("measures how long a command takes, which must succeed", async () => {
    expect(await runTime("sleep", ["0.05"], { runs: 1 })).toBeGreaterThanOrEqual(50);
    await expect(runTime("false", [])).rejects.toThrow("false");
    await expect(runTime("/no/such/program", [])).rejects.toThrow("ENOENT");
  });
});
