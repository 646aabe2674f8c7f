/**
 * Watches manifests for changes, made however programs write files: in place, truncated and written anew, written beside
 * and renamed over, or deleted and created. What happens to a file is told by its directory, because a file that is
 * renamed over is another one, and nobody would hear of it.
 *
 * A notification only makes us look; what counts is what `stat` says. A path has changed when that is another than when
 * its change was last told, and the same in two looks with a quiet time between them: who writes has then most likely
 * finished. Where there are no notifications (too many watches, a directory that does not exist yet, file systems that
 * know none), looks come at intervals.
 */

import { type FSWatcher, realpathSync, type Stats, statSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";

/** Milliseconds. */
export interface WatchTimes {
  /** Between two looks that must agree. Above the resolution of file times in the kernel, which is 10 at worst. */
  readonly quiet?: number;
  /** Between looks where nothing notifies us; and how long a file must be gone, or empty, for that to be told. */
  readonly poll?: number;
  /** Between looks all the same where notifications come: a parent directory may have been renamed. */
  readonly heartbeat?: number;
}

export interface ManifestWatch {
  /** Resolves when the watch is closed and no callback runs any more; rejects, the watch closed, when one has failed. */
  readonly done: Promise<void>;
  /**
   * Watches these files as well, in the stead of those of the last call: paths, and what `stateOf` said when they were read.
   * What has changed since is told.
   */
  follow(states: ReadonlyMap<string, string>): void;
  close(): void;
}

/**
 * Watches `paths`, and calls `changed` with those of them that have changed, been deleted or come back, as they were
 * given. Never twice at a time: what changes during a call leads to one more. Everything that changes after this
 * function has returned is told: begin to watch, then read. Keeps the process alive until it is closed.
 */
export function watchManifests(
  paths: readonly string[],
  changed: (paths: readonly string[]) => void | Promise<void>,
  times: WatchTimes = {},
): ManifestWatch {
  return new Watch(paths, changed, times);
}

/** What one look finds of a file or directory; `GONE` where there is none. */
type State = string;
const GONE: State = "gone";

interface Watched {
  readonly path: string;
  /** At the last look, and since when (`performance.now()`). */
  seen: State;
  since: number;
  /** When its last change was told. */
  told: State;
}

interface Directory {
  /** Which directory is watched: another one may have got its name since. */
  readonly state: State;
  readonly watcher: FSWatcher;
  /** Whose changes matter. */
  names: ReadonlySet<string>;
}

class Watch implements ManifestWatch {
  readonly done: Promise<void>;
  readonly #changed: (paths: readonly string[]) => void | Promise<void>;
  readonly #times: Required<WatchTimes>;
  readonly #own: readonly Watched[];
  #files: readonly Watched[];
  readonly #directories = new Map<string, Directory>();
  /** Changed, and not told yet. */
  readonly #due = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;
  /** A file was not the same in the last two looks. */
  #settling = false;
  #running = false;
  #closed = false;
  #resolve: () => void = () => {};
  #reject: (cause: unknown) => void = () => {};

  constructor(
    paths: readonly string[],
    changed: (paths: readonly string[]) => void | Promise<void>,
    { quiet = 15, poll = 200, heartbeat = 1000 }: WatchTimes,
  ) {
    this.#changed = changed;
    this.#times = { quiet, poll, heartbeat };
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#own = [...new Set(paths)].map((path) => ({ path, seen: GONE, since: 0, told: GONE }));
    this.#files = this.#own;
    // First the notifications, then the look, so that nothing falls between.
    const notified = this.#watchDirectories();
    for (const file of this.#files) file.seen = file.told = stateOf(file.path);
    this.#lookIn(notified ? heartbeat : poll);
  }

  follow(states: ReadonlyMap<string, State>): void {
    if (this.#closed) return;
    const known = new Map(this.#files.map((file) => [file.path, file]));
    const own = new Set(this.#own.map(({ path }) => path));
    const others = [...states].filter(([path]) => !own.has(path));
    if (others.length === this.#files.length - own.size && others.every(([path]) => known.has(path))) return;
    const since = performance.now();
    this.#files = [
      ...this.#own,
      ...others.map(([path, state]) => known.get(path) ?? { path, seen: state, since, told: state }),
    ];
    for (const file of this.#due) if (!this.#files.includes(file)) this.#due.delete(file);
    this.#lookIn(this.#times.quiet);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { watcher } of this.#directories.values()) watcher.close();
    if (!this.#running) this.#resolve();
  }

  #lookIn(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), delay);
  }

  /** Something happened to a file: the first time look at once, then wait for silence. */
  #notified(): void {
    if (this.#closed) return;
    if (this.#settling) this.#lookIn(this.#times.quiet);
    else this.#look();
  }

  #look(): void {
    const { quiet, poll, heartbeat } = this.#times;
    const notified = this.#watchDirectories();
    const now = performance.now();
    this.#settling = false;
    for (const file of this.#files) {
      const state = stateOf(file.path);
      if (state !== file.seen) {
        file.seen = state;
        file.since = now;
      }
      if (state === file.told) continue;
      // A file that is gone or empty may be about to be written anew. Timers may come a millisecond early.
      if (now + 1 - file.since < (isNothing(state) ? poll : quiet)) this.#settling = true;
      else {
        file.told = state;
        this.#due.add(file);
      }
    }
    if (this.#settling) this.#lookIn(quiet);
    else this.#lookIn(notified ? heartbeat : poll);
    void this.#tell();
  }

  /** Tells what is due when all files are quiet: programs that write several are waited for. */
  async #tell(): Promise<void> {
    while (this.#due.size > 0 && !this.#settling && !this.#running && !this.#closed) {
      const paths = this.#files.filter((file) => this.#due.has(file)).map(({ path }) => path);
      this.#due.clear();
      this.#running = true;
      try {
        await this.#changed(paths);
      } catch (cause) {
        this.#reject(cause);
        this.close();
      }
      this.#running = false;
      if (this.#closed) this.#resolve();
    }
  }

  /** Sees to it that the files' directories are watched; false where one of them is not. */
  #watchDirectories(): boolean {
    const wanted = this.#wantedDirectories();
    for (const [path, { watcher, state }] of this.#directories) {
      if (wanted.has(path) && identityOf(path) === state) continue;
      watcher.close();
      this.#directories.delete(path);
    }
    for (const [path, names] of wanted) {
      const known = this.#directories.get(path);
      if (known === undefined) this.#watchDirectory(path, names);
      else known.names = names;
    }
    return this.#directories.size === wanted.size;
  }

  #watchDirectory(path: string, names: ReadonlySet<string>): void {
    try {
      // Asked before watching: should another directory take its place in between, the next look will notice.
      const state = identityOf(path);
      const watcher = watch(path);
      const directory: Directory = { state, watcher, names };
      this.#directories.set(path, directory);
      watcher.on("change", (_, name) => {
        if (typeof name !== "string" || directory.names.has(name) || name === basename(path)) this.#notified();
      });
      watcher.on("error", () => {
        watcher.close();
        if (this.#directories.get(path) === directory) this.#directories.delete(path);
        this.#notified();
      });
    } catch {
      // Whatever the reason, there are looks at intervals instead, and the next one tries again.
    }
  }

  /** The directories that hold the files, and for symbolic links what they point to; and the files' names there. */
  #wantedDirectories(): Map<string, Set<string>> {
    const wanted = new Map<string, Set<string>>();
    for (const { path } of this.#files) {
      for (const full of new Set([resolve(path), realPath(path)])) {
        const names = wanted.get(dirname(full));
        if (names === undefined) wanted.set(dirname(full), new Set([basename(full)]));
        else names.add(basename(full));
      }
    }
    return wanted;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // Not to be reached is as good as gone; whoever reads it says why.
    return undefined;
  }
}

/** What changes when a file does. The change time is in it because some programs set back the modification time. */
export function stateOf(path: string): State {
  const stats = statOf(path);
  if (stats === undefined) return GONE;
  const { dev, ino, size, mtimeMs, ctimeMs } = stats;
  return [dev, ino, size, mtimeMs, ctimeMs].join(" ");
}

function isNothing(state: State): boolean {
  return state === GONE || state.split(" ")[2] === "0";
}

function identityOf(directory: string): State {
  const stats = statOf(directory);
  return stats === undefined ? GONE : `${stats.dev} ${stats.ino}`;
}
