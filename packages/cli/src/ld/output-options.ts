/** Options about the output: where it goes, and what it is like. Spellings as in option.ts. */

import { badOptionValue, type Diagnostic } from "@manifold/core";
import { applyKeyword } from "./keywords.js";
import { BUILD_ID_STYLES, parseAddress, parseBuildId, parseNumber } from "./numbers.js";
import type { OptionTable, OptionUse } from "./option.js";
import type { LdState } from "./state.js";

export function addOutput(options: OptionTable): void {
  options
    .add("o= output=", ({ request }, path, { spelling, place }) => {
      if (path === "") return badOptionValue(spelling, path, "a path", place?.());
      request.output = path;
      return undefined;
    })
    .add("pie pic-executable", (state) => {
      state.pie = true;
    })
    .add("no-pie no-pic-executable", (state) => {
      state.pie = false;
    })
    .add("no-dynamic-linker", (state) => {
      state.noDynamicLinker = true;
    })
    .add("image-base=", (state, text, use) =>
      setImageBase(state, text, parseNumber(text), "an address, as 0x400000", use),
    )
    .add("Ttext-segment=", (state, text, use) =>
      setImageBase(state, text, parseAddress(text), "an address in hexadecimal, as 400000", use),
    )
    .add("z=", applyKeyword)
    .add("gc-sections", (state) => {
      state.options.gcSections = true;
    })
    .add("no-gc-sections", (state) => {
      state.options.gcSections = false;
    })
    .add("s strip-all", (state) => {
      state.options.strip = "all";
    })
    .add("S strip-debug", (state) => {
      if (state.options.strip === "none") state.options.strip = "debug";
    })
    .add("x discard-all", (state) => {
      state.options.discardLocals = "all";
    })
    .add("X discard-locals", (state) => {
      state.options.discardLocals = "temporary";
    })
    .add("discard-none", (state) => {
      state.options.discardLocals = "none";
    })
    .add("eh-frame-hdr", (state) => {
      state.options.ehFrameHdr = true;
    })
    .add("no-eh-frame-hdr", (state) => {
      state.options.ehFrameHdr = false;
    })
    .add("build-id[=]", (state, style, { spelling, place }) => {
      const buildId = parseBuildId(style === "" ? "sha1" : style);
      if (buildId === undefined) return badOptionValue(spelling, style, BUILD_ID_STYLES, place?.());
      state.options.buildId = buildId;
      return undefined;
    })
    .add("no-build-id", (state) => {
      state.options.buildId = "none";
    })
    .add("incremental", (state) => {
      state.incremental = true;
    })
    .add("no-incremental", (state) => {
      state.incremental = false;
    })
    .add("verify", (state) => {
      state.verify = true;
    })
    .add("explain", (state) => {
      state.explain = true;
    });
}

function setImageBase(
  state: LdState,
  text: string,
  address: number | undefined,
  wanted: string,
  { spelling, place }: OptionUse,
): Diagnostic | undefined {
  if (address === undefined) return badOptionValue(spelling, text, wanted, place?.());
  state.options.imageBase = address;
  return undefined;
}
