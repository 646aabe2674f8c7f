/**
 * Names as a programmer wrote them, for messages: those that C++ compilers mangle by the Itanium C++ ABI, and those of Rust,
 * both its own ("v0") and its older one, which looks like C++. The text is what GNU c++filt prints; names of newer compilers,
 * which it may give up, are told in the same manner.
 */

import { Budget, Undemangled } from "./budget.js";
import { demangleItanium } from "./itanium/mangled-name.js";
import { demangleRustLegacy } from "./rust/legacy.js";
import { demangleRustV0 } from "./rust/v0.js";

/**
 * What `name` is called in its source, or `undefined` where it is not mangled, is mangled wrongly, or would take too much
 * time or text. The version of a symbol, behind an `@`, remains. Never throws.
 */
export function demangle(name: string): string | undefined {
  if (!/^_([RZ]|GLOBAL_)/.test(name)) return undefined;
  try {
    // What is mangled never has an `@`.
    const at = name.indexOf("@");
    return at < 0 ? demangled(name) : demangled(name.slice(0, at)) + name.slice(at);
  } catch (thrown) {
    if (thrown instanceof Undemangled) return undefined;
    throw thrown;
  }
}

function demangled(name: string): string {
  const budget = new Budget(name);
  if (name.startsWith("_R")) return demangleRustV0(name, budget);
  return demangleRustLegacy(name, budget) ?? demangleUtf8(name, budget);
}

/** C++ mangling counts bytes; compilers write identifiers outside of ASCII as UTF-8. */
function demangleUtf8(name: string, budget: Budget): string {
  const bytes = Buffer.from(name, "utf8");
  if (bytes.length === name.length) return demangleItanium(name, budget);
  const text = demangleItanium(bytes.toString("latin1"), budget);
  return Buffer.from(text, "latin1").toString("utf8");
}
