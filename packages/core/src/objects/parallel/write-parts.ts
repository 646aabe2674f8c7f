/** The coordinator's side of writing sections on several threads. */

import type { ObjectLink } from "../object-link.js";
import { makeWriteJob, type PartReport, PartState, PartWriter, type WriteJob } from "./write-job.js";

/** Other threads that write for a link. */
export interface WritingThreads {
  /** Lets them write: each claims parts of the job until there are none. */
  write(job: WriteJob): void;
  /** What a thread has to tell of a part; undefined where there is nothing at the moment. */
  told(): PartReport | undefined;
}

/** A thread that does not finish a part in so many milliseconds is lost: the part is written once more. */
const PATIENCE = 20_000;

/** Lets threads write the contents of all sections, and does `meanwhile`; returns what there is to be told, in order. */
export function writeParts(link: ObjectLink, threads: WritingThreads, meanwhile: () => void): readonly PartReport[] {
  const job = makeWriteJob(link);
  const { phases } = link;
  const items = job.states.length;
  const end = phases.begin("contents", "parallel", { items });
  const reports: (PartReport | undefined)[] = [];
  const note = (report: PartReport): void => {
    reports[report.part] = report;
  };
  threads.write(job);
  meanwhile();
  const endOwn = phases.begin("contents", "share");
  const own = new PartWriter(job);
  endOwn({ items: own.writeAll(note) });
  for (let part = 0; part < job.states.length; part++) {
    const isLost = Atomics.wait(job.states, part, PartState.CLAIMED, PATIENCE) === "timed-out";
    if (isLost || Atomics.load(job.states, part) === PartState.FAILED) own.write(part, note);
  }
  end();
  for (let told = threads.told(); told !== undefined; told = threads.told()) note(told);
  return reports.filter((report) => report !== undefined);
}
