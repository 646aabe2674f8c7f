/** What runs a link on threads of its own. */
export { CoordinatorThread, type CoordinatorThreadOptions } from "./coordinator/coordinator-thread.js";
export { ThreadPool, type ThreadPoolOptions } from "./pool/thread-pool.js";
