/** Small questions about JSON values, and the words in which messages speak of them. */

/** An object that is no list. Its keys are asked for with `has` and `get`. */
export type JsonObject = object;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the object has `key` as its own, so that a key such as `constructor` is not found by accident. */
export function has(object: JsonObject, key: string): boolean {
  return Object.hasOwn(object, key);
}

/** What the object has under `key`, or undefined. */
export function get(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Readonly<Record<string, unknown>>)[key] : undefined;
}

/** The first of the object's keys that is not among `known`, or undefined. */
export function unknownKey(object: JsonObject, known: readonly string[]): string | undefined {
  return Object.keys(object).find((key) => !known.includes(key));
}

/** `{"undefined": true}`, the value that leaves memory as 0xaa. */
export function isUndefinedMarker(value: unknown): boolean {
  return isObject(value) && get(value, "undefined") === true && Object.keys(value).length === 1;
}

const shorten = (text: string): string => (text.length <= 40 ? text : `${text.slice(0, 37)}…`);

/** "the number 3", "a list of 2", "an object with x, y": what a message says was found. */
export function found(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  switch (typeof value) {
    case "string":
      return `the string ${JSON.stringify(shorten(value))}`;
    case "number":
    case "bigint":
      return `the number ${shorten(String(value))}`;
    case "boolean":
      return String(value);
    case "object": {
      const keys = Object.keys(value);
      return keys.length === 0 ? "an empty object" : `an object with ${shorten(keys.join(", "))}`;
    }
    default:
      return `a ${typeof value}`;
  }
}

/**
 * The name among `names` that differs least from `name`, if it differs little: in at most two letters (one, where it
 * has only three), or a third of them. Looks at no more than 1000 names, to stay quick on large sets.
 */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  if (name.length > 64) return undefined;
  let best: string | undefined;
  let bestDistance = (name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3))) + 1;
  let looked = 0;
  for (const candidate of names) {
    if (looked++ === 1000) break;
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's distance, in one row. */
function editDistance(a: string, b: string): number {
  const row = Uint8Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    let diagonal = row[0]!;
    row[0] = i + 1;
    for (let j = 0; j < b.length; j++) {
      const substitution = diagonal + (a[i] === b[j] ? 0 : 1);
      diagonal = row[j + 1]!;
      row[j + 1] = Math.min(substitution, diagonal + 1, row[j]! + 1);
    }
  }
  return row[b.length]!;
}
