/** Options that ask for something other than a link. Spellings as in option.ts. */

import type { OptionTable } from "./option.js";
import type { LdState } from "./state.js";
import { EMULATION, helpText, TARGET, VERSION_LINE, VERSION_TEXT } from "./texts.js";

export function addActions(options: OptionTable): void {
  const print = (spellings: string, text: (state: LdState) => string): void => {
    options.add(spellings, (state) => {
      state.act({ kind: "print", text: text(state) });
    });
  };
  print("help", helpText);
  print("version", () => VERSION_TEXT);
  print("print-output-format", () => `${TARGET}\n`);
  print("print-sysroot", ({ sysroot }) => `${sysroot}\n`);
  print("target-help", () => `  ${EMULATION}: no options of its own\n`);
  options
    .add("v", ({ request }) => {
      request.banner = `${VERSION_LINE}\n`;
    })
    .add("V", ({ request }) => {
      request.banner = `${VERSION_LINE}\n  Supported emulations:\n   ${EMULATION}\n`;
    })
    .add("verbose[=]", ({ request }) => {
      request.banner = `${VERSION_LINE}\n`;
      request.trace = true;
    })
    .add("make-dir=", (state, path) => {
      state.act({ kind: "make-directory", path });
    });
}
