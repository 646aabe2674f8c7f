/** Names of races that take place in one process. */

export const UPDATES = "resident updates";
export const SAME_SIZE = "same size";
export const MOVED = "moved";
export const EMISSION = "emission";
