/** `manifold watch`: links when manifests change, and keeps the program running that comes out of it. */

import { HotPatcher } from "./hot-patch.js";
import { hotSwap } from "./hot-swap.js";
import { ManifestSession, type ManifestSessionOptions, type Updated } from "./manifest-session.js";
import { RunningProgram } from "./program.js";
import { type ManifestWatch, watchManifests } from "./watch-manifest.js";
import type { WatchReport } from "./watch-report.js";

export interface WatcherOptions extends Omit<ManifestSessionOptions, "describes"> {
  /** How to run the program; not at all where that is absent. */
  readonly run?: {
    readonly args: readonly string[];
    /** Replace its code while it runs, where that can be done. */
    readonly hot: boolean;
    /** Its standard output goes to standard error, which leaves standard output to the watcher. */
    readonly aside: boolean;
  };
}

export class Watcher {
  readonly #options: WatcherOptions;
  readonly #report: WatchReport;
  readonly #session: ManifestSession;
  readonly #program: RunningProgram | undefined;
  readonly #patcher = new HotPatcher();
  #watch: ManifestWatch | undefined;
  #turns: Promise<void> = Promise.resolve();
  #wasStarted = false;
  #isStopped = false;

  constructor(options: WatcherOptions, report: WatchReport) {
    const { run, ...rest } = options;
    this.#options = options;
    this.#report = report;
    this.#session = new ManifestSession({ ...rest, describes: run?.hot === true });
    if (run === undefined) return;
    const { args, aside } = run;
    this.#program = new RunningProgram({ file: options.output, args, aside, onEnd: (end) => report.ended(end) });
  }

  /** Resolves after `stop`, when the program has ended. Rejects for faults of the linker. */
  async run(): Promise<void> {
    // Begin to watch, then read: what changes from now on is told.
    const watch = watchManifests(this.#options.manifests, () => this.#turn());
    this.#watch = watch;
    try {
      await this.#turn();
      await watch.done;
    } finally {
      watch.close();
      await Promise.allSettled([watch.done, this.#turns]);
      await this.#program?.stop();
      await this.#session.close();
    }
  }

  /** Ends it when what is being done is done. */
  stop(): void {
    this.#isStopped = true;
    this.#watch?.close();
  }

  /** One at a time: the first one is nobody's notification. */
  #turn(): Promise<void> {
    this.#turns = this.#turns.then(() => this.#link());
    return this.#turns;
  }

  async #link(): Promise<void> {
    if (this.#isStopped) return;
    const updated = await this.#session.update();
    this.#watch?.follow(this.#session.followed);
    this.#report.linked(updated);
    if (updated.ok && !this.#isStopped) await this.#follow(updated);
    this.#session.prepare();
  }

  /** Lets the program follow its file. */
  async #follow({ result, reason }: Updated): Promise<void> {
    const program = this.#program;
    if (program === undefined) return;
    const isChanged = (result?.update?.changed ?? result?.bytesWritten ?? 0) > 0;
    if (this.#wasStarted && !isChanged) return;
    const { pid } = program;
    if (this.#options.run?.hot === true && pid !== undefined) {
      if (result?.memory === undefined)
        this.#report.restarting(reason ?? "what changed since its start cannot be told apart");
      else {
        const patch = this.#patcher.patch(result.memory);
        if (patch.unsafe === undefined && patch.code.length === 0) return;
        const swap = hotSwap(pid, this.#options.output, patch);
        if (swap.swapped) {
          this.#report.swapped(pid, swap.bytes);
          return;
        }
        this.#report.restarting(swap.reason);
      }
    }
    await this.#start(program);
  }

  async #start(program: RunningProgram): Promise<void> {
    this.#wasStarted = true;
    this.#patcher.begin();
    await program.restart();
    if (program.pid !== undefined) this.#report.started(program.pid);
  }
}
