/** A call that cannot be meant: told with how the suite is called. */
export class UsageError extends Error {}
