/**
 * Broken invariants. Bad input is a diagnostic; what fails here is a fault of the linker, and the command reports it as
 * an internal error (exit code 70).
 */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Throws `InvariantError` with `message` unless `condition` holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
