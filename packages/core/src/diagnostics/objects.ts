/** MF045x, MF046x: what can go wrong between relocatable objects that are each well-formed. Names are shown demangled. */

import { demangle } from "../demangle/index.js";

import { type Diagnostic, error, type Note, type Place, warning } from "./diagnostic.js";

/** A symbol as people know it: `foo(int) (_Z3fooi)`. */
export function shownName(name: string): string {
  const plain = demangle(name);
  return plain === undefined ? `"${name}"` : `"${plain}" (${name})`;
}

/** The first symbol that a message shows by `shownName`, as objects spell it; undefined where there is none. */
export function shownIn(message: string): string | undefined {
  const [, plain, mangled] = /"(.*)"(?: \((\S+)\))?/s.exec(message) ?? [];
  return mangled ?? plain;
}

/** A name that something refers to and nothing defines. `places`: the first ones, `count` of them in all. */
export function undefinedReference(
  name: string,
  places: readonly Note[],
  count: number,
  nearest: string | undefined,
  severity: "error" | "warning",
): Diagnostic {
  const more = count > places.length ? [{ message: `and ${count - places.length} more references` }] : [];
  const suggestion =
    nearest === undefined
      ? "Add the object or the library (-l) that defines it."
      : `Did you mean ${shownName(nearest)}, which is defined? Else add the object or the library (-l) that defines it.`;
  const make = severity === "error" ? error : warning;
  return make("MF0450", `undefined symbol ${shownName(name)}`, {
    ...(places[0]?.place === undefined ? {} : { place: places[0].place }),
    notes: [...places, ...more],
    suggestion,
  });
}

export function duplicateDefinition(name: string, first: Note, second: Note): Diagnostic {
  return error("MF0451", `symbol ${shownName(name)} is defined twice`, {
    ...(second.place === undefined ? {} : { place: second.place }),
    notes: [first, second],
    suggestion:
      "Make one of them static or weak, or leave one of the inputs out; --allow-multiple-definition takes the first.",
  });
}

export function mixedThreadLocal(name: string, first: Note, second: Note): Diagnostic {
  return error("MF0452", `symbol ${shownName(name)} is thread-local in one object and not in another`, {
    notes: [first, second],
    suggestion: "Declare it alike in both, with or without thread_local.",
  });
}

export interface RelocationPlaceText {
  /** As the psABI calls it. */
  readonly type: string;
  readonly target: string;
}

function against({ type, target }: RelocationPlaceText): string {
  return `relocation ${type} against ${shownName(target)}`;
}

export function fieldOverflows(place: Place, what: RelocationPlaceText, value: string, range: string): Diagnostic {
  return error("MF0453", `${against(what)}: the value ${value} does not fit ${range}`, {
    place,
    suggestion:
      "Code and data are more than 2 GiB apart, or 32-bit code is linked: compile with -mcmodel=medium or large.",
  });
}

export function wrongThreadLocal(place: Place, what: RelocationPlaceText, notes: readonly Note[]): Diagnostic {
  return error("MF0454", `${against(what)}: the symbol is ${isTls(what.type) ? "not " : ""}thread-local`, {
    place,
    notes,
    suggestion: "Compile what defines it and what uses it with the same declaration.",
  });
}

export function addressInPie(place: Place, what: RelocationPlaceText): Diagnostic {
  return error("MF0455", `${against(what)}: the address is not known before the program is loaded`, {
    place,
    suggestion: "Compile with -fPIE, or link without -pie.",
  });
}

export function unexpectedSequence(place: Place, what: RelocationPlaceText): Diagnostic {
  return error("MF0456", `${against(what)}: the instructions there are not those of the psABI`, {
    place,
    suggestion: "Compile it again; hand-written code must keep to the prescribed sequences.",
  });
}

export function relocationNotStatic(place: Place, what: RelocationPlaceText): Diagnostic {
  return error("MF0457", `${against(what)}: a static program cannot hold this type`, {
    place,
    suggestion: "Compile it again for x86-64, as a relocatable object.",
  });
}

export function discardedTarget(place: Place, what: RelocationPlaceText): Diagnostic {
  return error("MF0458", `${against(what)}: it is in a section that another object's copy takes the place of`, {
    place,
    suggestion: "The objects were compiled from different versions of a header: compile all of them again.",
  });
}

export function noEntrySymbol(entry: string): Diagnostic {
  return warning(
    "MF0459",
    `the entry symbol ${shownName(entry)} is not defined; the program starts at its first code`,
    {
      suggestion: "Name another one with -e, or add the start files (crt1.o).",
    },
  );
}

export function undefinedInDefinition(name: string, symbol: string): Diagnostic {
  return error("MF0460", `--defsym ${name}=${symbol}: nothing defines ${shownName(symbol)}`, {
    suggestion: "Name a symbol that an input defines.",
  });
}

export function linkWarning(text: string, place: Place): Diagnostic {
  return warning("MF0461", text, { place });
}

export function noInputs(): Diagnostic {
  return error("MF0462", "there is nothing to link", { suggestion: "Give objects or archives." });
}

export function outputTooLarge(size: number): Diagnostic {
  return error("MF0463", `the output would have ${size} bytes; the limit is 4 GiB`, {
    suggestion: "Strip debug information (-S), or leave something out.",
  });
}

export function badUnwindTable(): Diagnostic {
  return warning(
    "MF0464",
    "no .eh_frame_hdr is made: an unwind table spells addresses in a way that cannot be sorted",
    {},
  );
}

/** Code that does not say whether it needs an executable stack makes the program's stack so, as the System V ABI began. */
export function silentStack(place: Place, count: number): Diagnostic {
  const others = count > 1 ? `, and ${count - 1} more` : "";
  return warning("MF0471", `no .note.GNU-stack section: the program's stack is executable${others}`, {
    place,
    suggestion: 'Add .section .note.GNU-stack,"",@progbits to the assembly, or link with -z noexecstack.',
  });
}

/** `--require-defined` names a symbol that no input defines. */
export function requiredUndefined(name: string): Diagnostic {
  return error("MF0472", `symbol ${shownName(name)} is required, and nothing defines it`, {
    suggestion: "Add the object or the library (-l) that defines it, or leave out --require-defined.",
  });
}

/** `--verify` found that the output is not what a full link would make. */
export function sessionDiffers(what: string): Diagnostic {
  return error("MF0470", `the updated output differs from a full link: ${what}`, {
    suggestion: "This is a fault of Manifold; please report it. Remove the session (OUTPUT.manifold) to link in full.",
  });
}

export function addressesExhausted(end: number): Diagnostic {
  return error(
    "MF0465",
    `the program would end at address 0x${end.toString(16)}, beyond the 2^47 bytes of user space`,
    {
      suggestion: "Look for an array without reason in .bss or common storage, and for alignments that add up.",
    },
  );
}

/** `what`: a plural. */
export function tooMany(what: string, count: number, most: number): Diagnostic {
  return error("MF0466", `the output would have ${count} ${what}; ELF has room for ${most}`, {
    suggestion: "Give sections that belong together one name.",
  });
}

function isTls(type: string): boolean {
  return /TPOFF|TLS/.test(type);
}
