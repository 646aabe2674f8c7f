/** Options about symbols. Spellings as in option.ts. */

import { badOptionValue } from "@manifold/core";
import { parseDefinition } from "./numbers.js";
import type { OptionTable } from "./option.js";

const UNRESOLVED = {
  "report-all": "error",
  "ignore-all": "ignore",
  "ignore-in-object-files": "ignore",
  "ignore-in-shared-libs": "error",
} as const;

export function addSymbols(options: OptionTable): void {
  options
    .add("e= entry=", (state, symbol) => {
      state.options.entry = symbol;
    })
    .add("u= undefined=", (state, symbol) => {
      state.undefined.push(symbol);
    })
    .add("require-defined=", ({ requireDefined }, symbol) => {
      requireDefined.push(symbol);
    })
    .add("defsym=", ({ definitions }, text, { spelling, place }) => {
      const definition = parseDefinition(text);
      const wanted = "NAME=SUM, a sum of numbers and at most one symbol, as end=start+0x1000";
      if (definition === undefined) return badOptionValue(spelling, text, wanted, place?.());
      definitions.push(definition);
      return undefined;
    })
    .add("wrap=", ({ wraps }, symbol) => {
      wraps.push(symbol);
    })
    .add("allow-multiple-definition", (state) => {
      state.options.allowMultipleDefinition = true;
    })
    .add("no-allow-multiple-definition", (state) => {
      state.options.allowMultipleDefinition = false;
    })
    .add("unresolved-symbols=", (state, method, { spelling, place }) => {
      if (!Object.hasOwn(UNRESOLVED, method))
        return badOptionValue(spelling, method, Object.keys(UNRESOLVED).join(", "), place?.());
      state.options.unresolved = UNRESOLVED[method as keyof typeof UNRESOLVED];
      return undefined;
    })
    .add("warn-unresolved-symbols", (state) => {
      state.warnUnresolved = true;
    })
    .add("error-unresolved-symbols", (state) => {
      state.warnUnresolved = false;
    })
    .add("warn-common", (state) => {
      state.options.warnCommon = true;
    })
    .add("no-warn-common", (state) => {
      state.options.warnCommon = false;
    })
    .add("y= trace-symbol=", ({ traced }, symbol) => {
      traced.push(symbol);
    });
}
