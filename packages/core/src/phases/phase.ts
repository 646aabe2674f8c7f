/**
 * Where the time of a link goes. Every thread notes its phases in a `PhaseLog` of its own; whoever joins the threads' work
 * joins the logs. Rendering, and what more processors would give, are the command's (cli/src/phases).
 *
 *   const log = new PhaseLog();
 *   const image = log.serial("layout", () => layOut(...));           // nobody can take part of it
 *   const end = log.begin("apply", "parallel", { items: chunks });   // what threads divide among them:
 *   log.add(await pool.run(...));                                    //   each of them a "share" of the same name
 *   end();
 *
 * A link on one thread notes what several threads could divide as "parallel" too, without shares: all of it is one.
 */

/**
 * "serial": one thread's own work. "parallel": from the beginning of work that is divided to its end, on the thread that
 * waits for it; serial phases of that thread may lie within. "share": what one thread did of it.
 */
export type PhaseKind = "serial" | "parallel" | "share";

/** A stretch of one thread's time, in milliseconds of `performance.now()`, which all threads share. */
export interface Phase {
  readonly name: string;
  /** 0 is the coordinator, workers count from 1. */
  readonly thread: number;
  readonly start: number;
  readonly end: number;
  readonly kind: PhaseKind;
  /** Milliseconds of it in which the thread waited, or did what other phases tell of. */
  readonly waited?: number;
  /** Of parallel work: into how many pieces it is divided; of a share, how many of them it had. */
  readonly items?: number;
}

/** Ends a phase that was begun. */
export type EndPhase = (more?: Pick<Phase, "waited" | "items">) => void;

export class PhaseLog {
  readonly #thread: number;
  #phases: Phase[] = [];

  constructor(thread = 0) {
    this.#thread = thread;
  }

  /** Begins a phase; it is noted when what this returns is called. */
  begin(name: string, kind: PhaseKind = "serial", known: Pick<Phase, "items"> = {}): EndPhase {
    const start = performance.now();
    return (more = {}) => {
      this.#phases.push({ name, thread: this.#thread, start, end: performance.now(), kind, ...known, ...more });
    };
  }

  /** What `work` does is a serial phase, also where it throws. It is no promise. */
  serial<T>(name: string, work: () => T): T {
    const end = this.begin(name);
    try {
      return work();
    } finally {
      end();
    }
  }

  /** Takes phases that others noted. */
  add(phases: readonly Phase[]): void {
    this.#phases.push(...phases);
  }

  /** All that was noted since it was last asked for. */
  take(): readonly Phase[] {
    const phases = this.#phases;
    this.#phases = [];
    return phases;
  }
}
