/** Options about what a link tells, and how it works. Spellings as in option.ts. */

import { badOptionValue, type Diagnostic, type Place } from "@manifold/core";
import { parseNumber } from "./numbers.js";
import type { OptionTable } from "./option.js";

export function addReports(options: OptionTable): void {
  options
    .add("Map=", ({ request }, path) => {
      if (path === "-") request.printMap = true;
      else request.mapFile = path;
    })
    .add("M print-map", ({ request }) => {
      request.printMap = true;
    })
    .add("dependency-file=", ({ request }, path) => {
      request.dependencyFile = path;
    })
    .add("t trace", ({ request }) => {
      request.trace = true;
    })
    .add("print-gc-sections", ({ request }) => {
      request.printGcSections = true;
    })
    .add("no-print-gc-sections", ({ request }) => {
      request.printGcSections = false;
    })
    .add("stats", ({ request }) => {
      request.stats = true;
    })
    .add("time-trace=", ({ request }, path) => {
      request.traceFile = path;
    })
    .add("threads[=]", ({ request }, count, { spelling, place }) => {
      request.threads = count === "" ? undefined : parseThreads(count);
      return count === "" || request.threads !== undefined ? undefined : badThreads(spelling, count, place);
    })
    .add("thread-count=", ({ request }, count, { spelling, place }) => {
      request.threads = parseThreads(count);
      return request.threads === undefined ? badThreads(spelling, count, place) : undefined;
    })
    .add("no-threads", ({ request }) => {
      request.threads = 1;
    })
    .add("fatal-warnings", ({ request }) => {
      request.warnings = "fatal";
    })
    .add("no-fatal-warnings", ({ request }) => {
      request.warnings = "shown";
    })
    .add("w no-warnings", ({ request }) => {
      request.warnings = "hidden";
    })
    .add("color-diagnostics[=]", ({ request }, when, { spelling, place }) => {
      const colour = when === "" ? "always" : when;
      if (colour !== "auto" && colour !== "always" && colour !== "never")
        return badOptionValue(spelling, when, "auto, always or never", place?.());
      request.colour = colour;
      return undefined;
    })
    .add("no-color-diagnostics", ({ request }) => {
      request.colour = "never";
    });
}

/** More would only stand in each other's way. */
const MOST_THREADS = 256;

function parseThreads(text: string): number | undefined {
  const count = parseNumber(text);
  return count !== undefined && count >= 1 && count <= MOST_THREADS ? count : undefined;
}

function badThreads(spelling: string, value: string, place: (() => Place) | undefined): Diagnostic {
  return badOptionValue(spelling, value, `a number of threads from 1 to ${MOST_THREADS}`, place?.());
}
