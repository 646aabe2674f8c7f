import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { KEYWORDS } from "./keywords.js";
import { OPTIONS } from "./options.js";

const DOCUMENTATION = readFileSync(new URL("../../../../docs/ld.md", import.meta.url), "utf8");
/** What stands in code spans, without dashes and values: `--build-id[=STYLE]` is `build-id`. */
const SPANS = new Set(
  [...DOCUMENTATION.matchAll(/`([^`]+)`/g)].map(([, span]) => span!.replace(/^(-z |--?)/, "").replace(/[[= ].*$/, "")),
);

test("docs/ld.md has every option", () => {
  expect([...OPTIONS.names].filter((name) => !SPANS.has(name))).toEqual([]);
});

test("docs/ld.md has every keyword of -z", () => {
  expect([...KEYWORDS.names].filter((name) => !SPANS.has(name))).toEqual([]);
});
