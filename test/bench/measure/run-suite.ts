/** Runs a suite from its command line to its report. */

import { writeFileSync } from "node:fs";
import { findLinkers, type Linker } from "../peers/linkers.js";
import { parseRequest, type Request, type SuiteShape, usage } from "./options.js";
import { machine, report } from "./report.js";
import { Results } from "./results.js";
import { Suite } from "./suite.js";
import { UsageError } from "./usage-error.js";

export type Measure = (suite: Suite, request: Request, linkers: readonly Linker[]) => Promise<void>;

/** Returns the exit code: 0, or 2 for a call that cannot be understood. */
export async function runSuite(shape: SuiteShape, measure: Measure): Promise<number> {
  let request: Request | undefined;
  let results: Results;
  try {
    request = parseRequest(shape, process.argv.slice(2));
    results = new Results(request?.results);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    console.error(`${cause.message}\n\n${usage(shape)}`);
    return 2;
  }
  if (request === undefined) {
    console.log(usage(shape));
    return 0;
  }
  const linkers = findLinkers(request.linkers, (line) => console.error(line));
  let busy = "";
  if (!request.reportOnly) {
    const suite = new Suite(request, results);
    // Without this, an interrupted suite leaves gigabytes behind.
    const interrupted = (): void => process.exit(130);
    process.on("SIGINT", interrupted).on("SIGTERM", interrupted);
    process.on("exit", () => suite.close());
    await measure(suite, request, linkers);
    suite.close();
    const { waits, inVain } = suite.idle;
    if (waits > 0) busy = `- ${inVain} of ${waits} runs began on a machine that was busy with other things\n`;
  }
  const text = `${machine(linkers)}${busy}\n${report(results)}`;
  console.log(text);
  if (request.write !== undefined) writeFileSync(request.write, text);
  return 0;
}
