/** Thrown where an update cannot follow a change: the session links in full, and says why in one line. */
export class NeedsFullLink extends Error {
  override readonly name = "NeedsFullLink";
}
