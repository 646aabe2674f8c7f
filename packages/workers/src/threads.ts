/** What runs a link on threads of its own. */
export { ThreadPool, type ThreadPoolOptions } from "./pool/thread-pool.js";
