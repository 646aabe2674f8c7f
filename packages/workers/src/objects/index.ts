/** Threads that take part in links of objects. */
export { ObjectThreads } from "./object-threads.js";
