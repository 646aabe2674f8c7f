/** What runs a link on the calling thread. Threads are in `threads.ts`, apart, because loading them takes time. */
export { InlinePool } from "./pool/inline-pool.js";
