/** Options about what a link tells. Spellings as in option.ts. */

import { badOptionValue } from "@manifold/core";
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
