/** Names of races that take place in one process, and of what takes part in them. */

export const UPDATES = "resident updates, a session";
export const LINKER_UPDATES = "resident updates, a linker with threads";
export const SAME_SIZE = "same size";
export const MOVED = "moved";
export const EMISSION = "emission";
export const EMISSION_WORKERS: readonly [string, string] = ["1 worker", "2 workers"];
