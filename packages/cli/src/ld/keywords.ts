/** `-z KEYWORD` and `-z KEYWORD=VALUE`: what each one does. */

import { badOptionValue, nearestOf, unknownKeyword } from "@manifold/core";
import { addIgnoredKeywords } from "./ignored.js";
import { isPowerOfTwo, parseNumber } from "./numbers.js";
import { type OptionEffect, OptionTable, type OptionUse } from "./option.js";
import type { LdState } from "./state.js";

/** More than any processor's largest page. */
const MOST_PAGE_SIZE = 2 ** 30;

export const KEYWORDS: OptionTable = new OptionTable()
  .add("defs", ({ options }) => {
    options.unresolved = "error";
  })
  .add("undefs nodefs", ({ options }) => {
    options.unresolved = "ignore";
  })
  .add("muldefs", ({ options }) => {
    options.allowMultipleDefinition = true;
  })
  .add("nomuldefs", ({ options }) => {
    options.allowMultipleDefinition = false;
  })
  .add("relro", ({ options }) => {
    options.relro = true;
  })
  .add("norelro", ({ options }) => {
    options.relro = false;
  })
  .add("execstack", ({ options }) => {
    options.execStack = true;
  })
  .add("noexecstack", ({ options }) => {
    options.execStack = false;
  })
  .add("execstack-if-needed", ({ options }) => {
    options.execStack = undefined;
  })
  .add("separate-code separate-loadable-segments", ({ options }) => {
    options.separateCode = true;
  })
  .add("noseparate-code", ({ options }) => {
    options.separateCode = false;
  })
  .add(
    "stack-size=",
    number("a number of bytes", (state, bytes) => {
      state.options.stackSize = bytes;
    }),
  )
  .add(
    "max-page-size=",
    pageSize((state, bytes) => {
      state.options.pageSize = bytes;
    }),
  )
  // What is aligned by it elsewhere (the end of relro) is aligned by the size of a page here.
  .add(
    "common-page-size=",
    pageSize(() => undefined),
  );

addIgnoredKeywords(KEYWORDS);

/** Does what `-z text` says. What GNU ld does not know it warns about, and so does this. */
export const applyKeyword: OptionEffect = (state, text, use) => {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  const keyword = KEYWORDS.get(name);
  const takes = keyword?.takes === "value";
  if (keyword === undefined || takes !== (equals !== -1))
    return unknownKeyword(text, keywordLike(name, takes), use.place?.());
  return keyword.effect(state, text.slice(equals + 1), { ...use, spelling: `-z ${name}` });
};

/** A keyword to suggest: the same with its value, or one spelled alike. */
function keywordLike(name: string, takes: boolean): string | undefined {
  if (takes) return `${name}=VALUE`;
  const nearest = nearestOf(name, KEYWORDS.names);
  return nearest !== undefined && KEYWORDS.get(nearest)!.takes === "value" ? `${nearest}=VALUE` : nearest;
}

function number(
  wanted: string,
  apply: (state: LdState, value: number) => void,
  isFit = (_: number) => true,
): OptionEffect {
  return (state, text, { spelling, place }: OptionUse) => {
    const value = parseNumber(text);
    if (value === undefined || !isFit(value)) return badOptionValue(spelling, text, wanted, place?.());
    apply(state, value);
    return undefined;
  };
}

function pageSize(apply: (state: LdState, bytes: number) => void): OptionEffect {
  return number("a power of two up to 2^30", apply, (value) => isPowerOfTwo(value) && value <= MOST_PAGE_SIZE);
}
