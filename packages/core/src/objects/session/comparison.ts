/** What a verification compares, and how it says what differs. */

import { objectText } from "../loader.js";
import type { ObjectLink } from "../object-link.js";
import type { LinkSession } from "./link-session.js";

/** Thrown with the first difference. */
export class Difference extends Error {}

/** A session and the output it belongs to, with a full link of the same inputs. */
export interface Comparison {
  readonly session: LinkSession;
  readonly fresh: ObjectLink;
  /** The output. */
  readonly file: Uint8Array;
  /** By object of the fresh link: the session's. */
  readonly objectOf: ReadonlyMap<number, number>;
  readonly freshOf: ReadonlyMap<number, number>;
}

/** Finds which objects of the two links are the same; all must be. */
export function pairObjects(session: LinkSession, fresh: ObjectLink): Pick<Comparison, "objectOf" | "freshOf"> {
  const objectOf = new Map<number, number>();
  const freshOf = new Map<number, number>();
  const { link } = session;
  const ours = link.objects.map((object) => objectText(link.table, object));
  const theirs = fresh.objects.map((object) => objectText(fresh.table, object));
  const extra = ours.find((name) => !theirs.includes(name));
  const missing = theirs.find((name) => !ours.includes(name));
  if (extra !== undefined) throw new Difference(`${extra} is linked, and not in a full link`);
  if (missing !== undefined) throw new Difference(`${missing} is not linked, and is in a full link`);
  const taken = new Set<number>();
  fresh.objects.forEach((object, i) => {
    const at = ours.findIndex((name, j) => name === theirs[i] && !taken.has(j));
    taken.add(at);
    objectOf.set(object, link.objects[at]!);
    freshOf.set(link.objects[at]!, object);
  });
  return { objectOf, freshOf };
}
