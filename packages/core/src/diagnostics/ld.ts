/**
 * What `manifold ld` finds wrong with its command line (MF0501 to MF0519) and with the files that it names, before any of
 * them is linked (MF0480 to MF0499). A `place` is where a response file or a linker script says so; what stands on the
 * command line itself has none.
 */

import { type Diagnostic, error, type Note, type Place, warning } from "./diagnostic.js";

type Where = Place | undefined;

function at(place: Where): { readonly place?: Place } {
  return place === undefined ? {} : { place };
}

/** `nearest` is a known option that is spelled alike. */
export function unknownOption(option: string, nearest: string | undefined, place: Where): Diagnostic {
  return error("MF0501", `there is no option ${option}`, {
    ...at(place),
    suggestion: nearest === undefined ? 'See "manifold ld --help".' : `Did you mean ${nearest}?`,
  });
}

export function optionNeedsValue(option: string, place: Where): Diagnostic {
  return error("MF0502", `${option} needs a value, and nothing stands behind it`, {
    ...at(place),
    suggestion: "Give the value, or leave the option out.",
  });
}

export function optionTakesNone(option: string, value: string, place: Where): Diagnostic {
  return error("MF0503", `${option} takes no value, and is given "${value}"`, {
    ...at(place),
    suggestion: `Give ${option} alone.`,
  });
}

/** `wanted` completes "it takes ...". */
export function badOptionValue(option: string, value: string, wanted: string, place: Where): Diagnostic {
  return error("MF0504", `${option} cannot be "${value}"`, { ...at(place), suggestion: `It takes ${wanted}.` });
}

/** A known option that asks for what cannot be done; `reason` is a clause, `remedy` a sentence. */
export function optionRefused(option: string, reason: string, remedy: string, place: Where): Diagnostic {
  return error("MF0505", `${option} is not supported: ${reason}`, { ...at(place), suggestion: remedy });
}

/** An option that ends or restores what no option began or kept. */
export function unbalancedOption(option: string, opening: string, place: Where): Diagnostic {
  return error("MF0506", `${option} stands without ${opening} before it`, {
    ...at(place),
    suggestion: `Put ${opening} before it, or leave it out.`,
  });
}

/** An option that begins what the same option began before. */
export function nestedOption(option: string, closing: string, place: Where): Diagnostic {
  return error("MF0507", `${option} stands within another ${option}`, {
    ...at(place),
    suggestion: `Put ${closing} before it.`,
  });
}

export function noInputFiles(): Diagnostic {
  return error("MF0508", "there are no input files", { suggestion: "Give objects (.o) and archives (.a or -lNAME)." });
}

/** A position-independent executable that a dynamic linker would have to load. */
export function dynamicPie(): Diagnostic {
  return error("MF0509", "-pie makes a program for a dynamic linker to load; dynamic linking is not there yet", {
    suggestion: "Link with -static-pie, or with -static: gcc and clang pass on what is needed.",
  });
}

/** One option makes sense with another only. */
export function optionNeeds(option: string, needed: string): Diagnostic {
  return error("MF0510", `${option} needs ${needed}`, { suggestion: `Give ${needed} as well.` });
}

export function responseFileUnreadable(path: string, reason: string, place: Where): Diagnostic {
  return error("MF0511", `cannot read the response file ${path}: ${reason}`, {
    ...at(place),
    suggestion: "Check the path behind @.",
  });
}

export function responseFilesEndless(path: string, reason: string, place: Where): Diagnostic {
  return error("MF0512", `the response file ${path} is not read: ${reason}`, {
    ...at(place),
    suggestion: "Write the options into one file.",
  });
}

/** As GNU ld does it, an unknown keyword of `-z` is worth a warning. */
export function unknownKeyword(keyword: string, nearest: string | undefined, place: Where): Diagnostic {
  return warning("MF0513", `-z ${keyword} is unknown, and ignored`, {
    ...at(place),
    ...(nearest === undefined ? {} : { suggestion: `Did you mean -z ${nearest}?` }),
  });
}

export function directoryTaken(path: string): Diagnostic {
  return error("MF0514", `${path} is there already, and no earlier --make-dir wrote it`, {
    place: { file: path },
    suggestion: "Give --make-dir a directory of its own.",
  });
}

export function warningsAreFatal(): Diagnostic {
  return error("MF0515", "nothing is written: there were warnings, and --fatal-warnings is given", {
    suggestion: "Mend what the warnings are about, or leave --fatal-warnings out.",
  });
}

/** No file answers to `-l`; `notes` say where it was looked for and what was found instead. */
export function libraryNotFound(option: string, notes: readonly Note[], suggestion: string): Diagnostic {
  return error("MF0480", `cannot find ${option}`, { notes, suggestion });
}

/** A file that a linker script names is nowhere. */
export function scriptFileNotFound(name: string, tried: readonly string[], place: Place): Diagnostic {
  return error("MF0481", `cannot find ${name}`, {
    place,
    notes: tried.map((path) => ({ message: `${path} does not exist` })),
    suggestion: "Install the library again, or mend the linker script.",
  });
}

/** Shared objects among the inputs: the first in `place`, the others in the notes. */
export function sharedInput(place: Place, isStatic: boolean, others: readonly Note[]): Diagnostic {
  return isStatic
    ? error("MF0482", "the input is a shared object, and this link is static", {
        place,
        notes: others,
        suggestion: "Give the static library (.a) in its place.",
      })
    : error("MF0482", "the input is a shared object; dynamic linking is not there yet", {
        place,
        notes: others,
        suggestion: "Link with -static, or with -static-pie.",
      });
}

/** The compiler left its intermediate code for the linker to compile. */
export function bitcodeInput(place: Place): Diagnostic {
  return error("MF0483", "the input is LLVM bitcode, not machine code", {
    place,
    suggestion: "Compile it without -flto (rustc: -C embed-bitcode=no, -C lto=off, no -C linker-plugin-lto).",
  });
}

/** `what` it is, a clause; `remedy` a sentence. */
export function unusableInput(place: Place, what: string, remedy: string): Diagnostic {
  return error("MF0484", `the input cannot be linked: ${what}`, { place, suggestion: remedy });
}

export function scriptCommand(place: Place, command: string): Diagnostic {
  return error("MF0485", `a linker script with ${command} is not supported`, {
    place,
    suggestion:
      "Only scripts that stand for libraries are: INPUT, GROUP, AS_NEEDED, SEARCH_DIR, OUTPUT_FORMAT, OUTPUT_ARCH.",
  });
}

/** `message` says what was expected and what is there. */
export function scriptSyntax(place: Place, message: string): Diagnostic {
  return error("MF0486", `the linker script cannot be read: ${message}`, {
    place,
    suggestion: "If the file is meant to be an object or an archive, it is damaged: build it again.",
  });
}

export function scriptFormat(place: Place, command: string, format: string, wanted: string): Diagnostic {
  return error("MF0487", `the linker script is for another target: ${command}(${format})`, {
    place,
    suggestion: `${wanted} is linked here: look for that target's libraries with -L.`,
  });
}

/** `reason` is a clause. */
export function scriptsEndless(place: Place, reason: string): Diagnostic {
  return error("MF0488", `the linker script is not followed: ${reason}`, {
    place,
    suggestion: "Mend the script: it should name libraries.",
  });
}

/** As GNU ld has it, an empty file is no error; but it is seldom what its maker meant. */
export function emptyInput(place: Place): Diagnostic {
  return warning("MF0489", "the input is empty: nothing is linked from it", {
    place,
    suggestion: "Build it again; check that the disk was not full.",
  });
}

/** A file on the command line that is not there; `nearest` one beside it that is spelled alike. */
export function inputNotFound(path: string, nearest: string | undefined, place: Where): Diagnostic {
  return error("MF0490", `cannot find ${path}`, {
    ...at(place),
    suggestion: nearest === undefined ? "Check the path, and that the file was built." : `Did you mean ${nearest}?`,
  });
}
