/** MF02xx: what can go wrong between declarations that are each well-formed. */

import { type Diagnostic, error, type Note, warning } from "./diagnostic.js";

/** A region of shared memory would have to grow beyond what one view can address. */
export function memoryLimit(what: string, wanted: number, limit: number): Diagnostic {
  return error("MF0201", `the ${what} would need ${wanted} bytes; the limit is ${limit} bytes`, {
    suggestion:
      "Split the program, or move large zero-filled data into variables with `zero`, which take no file space.",
  });
}

/** A name that no declaration of the manifest binds. */
export function undeclaredName(name: string, nearest: string | undefined): Diagnostic {
  return error("MF0202", `nothing in this manifest is called "${name}"`, {
    suggestion:
      nearest === undefined
        ? `Declare it, or add {"extern": "${name}"} if another input defines it.`
        : `Did you mean "${nearest}"?`,
  });
}

/** An extern that nothing exports. */
export function undefinedSymbol(name: string): Diagnostic {
  return error("MF0203", `undefined symbol "${name}"`, {
    suggestion: `No input exports it: add {"export": "${name}", "of": ...} to one, or make the extern weak.`,
  });
}

/** Exported strongly by two declarations. */
export function duplicateExport(name: string, first: Note): Diagnostic {
  return error("MF0204", `symbol "${name}" is exported twice`, {
    notes: [first],
    suggestion: 'Keep one, or give one of them "linkage": "weak".',
  });
}

export function offsetOutside(name: string, offset: number, size: number): Diagnostic {
  return error("MF0205", `offset ${offset} lies outside of "${name}", which has ${size} bytes`);
}

export function noEntry(entry: string, exports: readonly string[]): Diagnostic {
  const known =
    exports.length === 0
      ? "Nothing is exported."
      : `Exported: ${exports.slice(0, 5).join(", ")}${exports.length > 5 ? ", ..." : ""}.`;
  return error("MF0206", `no entry: the symbol "${entry}" is not exported`, {
    suggestion: `${known} Add {"export": "${entry}", "of": ...} or name another "entry" in the header.`,
  });
}

/** As `noEntry`, where objects are linked as well. */
export function entryUndefined(entry: string): Diagnostic {
  return error("MF0221", `no entry: nothing defines the symbol "${entry}"`, {
    suggestion: `Add {"export": "${entry}", "of": ...}, add the start files (crt1.o) as inputs, or name another "entry" in the header.`,
  });
}

/** `--tree` shows the nodes of an image, and objects are linked without. */
export function noTree(): Diagnostic {
  return warning("MF0220", "there is no node tree to print: inputs are linked as well");
}

export interface RelocationSite {
  readonly type: string;
  /** The atom that holds the relocation, and the offset in it. */
  readonly inside: string;
  readonly offset: number;
  readonly place: number;
  readonly target: string;
  readonly targetAddress: number;
}

function site(at: RelocationSite): string {
  return `relocation ${at.type} at ${at.inside}+${hex(at.offset)} (address ${hex(at.place)}) against "${at.target}" (address ${hex(at.targetAddress)})`;
}

export function relocationOverflow(at: RelocationSite, value: number, range: string): Diagnostic {
  return error("MF0207", `${site(at)}: the value ${hex(value)} does not fit ${range}`, {
    suggestion: "Use a wider relocation, or bring the two closer together.",
  });
}

/** Such values are rounded by the time they are found out, so that they are not told. */
export function relocationInexact(at: RelocationSite): Diagnostic {
  return error("MF0214", `${site(at)}: the value is not between -2^53 and 2^53`, {
    suggestion: "Use a smaller addend: no address is that large.",
  });
}

export function relocationNotTls(at: RelocationSite): Diagnostic {
  return error("MF0208", `${site(at)}: the target is not thread-local`, {
    suggestion: 'Declare the variable with "threadlocal": true.',
  });
}

export function relocationTls(at: RelocationSite): Diagnostic {
  return error("MF0209", `${site(at)}: a thread-local target has no address of its own`, {
    suggestion: "Use TPOFF32 or TPOFF64.",
  });
}

export function relocationInPie(at: RelocationSite): Diagnostic {
  return error("MF0210", `${site(at)}: the absolute address is not known before the program is loaded`, {
    suggestion: 'A position-independent executable ("pie": true) addresses with PC32, or with 64 in data.',
  });
}

export function relocationToNothing(at: RelocationSite): Diagnostic {
  return error("MF0219", `${site(at)}: nothing defines the weak symbol, and address 0 is at no fixed distance`, {
    suggestion: 'Take its address from data ("64"), or through the global offset table (GOTPCREL).',
  });
}

export function relocationMisaligned(at: RelocationSite, value: number, align: number): Diagnostic {
  return error("MF0211", `${site(at)}: the value ${hex(value)} is not a multiple of ${align}`);
}

/** An emit worker did not come back. */
export function workerFailed(reason: string, doing: string, suggestion: string): Diagnostic {
  return error("MF0212", `an emit worker failed ${doing}: ${reason}`, { suggestion });
}

/** The program would leave the 4 GiB of one image. */
export function imageTooLarge(size: number, limit: number): Diagnostic {
  return error("MF0213", `the image would take ${size} bytes or more; the limit is ${limit} bytes`, {
    suggestion: "Split the program, or get large variables from the system when it runs.",
  });
}

/** The program would leave the 47 bits of user space. */
export function imageBeyondAddresses(base: number, size: number): Diagnostic {
  return error("MF0215", `imageBase ${hex(base)} leaves no room for the ${size} bytes of the program below 2^47`, {
    suggestion: "Give a lower imageBase.",
  });
}

export function baseMisaligned(base: number, align: number): Diagnostic {
  return error(
    "MF0216",
    `imageBase ${hex(base)} is not a multiple of ${align}, the largest alignment of a declaration`,
    {
      suggestion: `Give an imageBase that is, as ${hex(Math.ceil(base / align) * align)}.`,
    },
  );
}

export function relocationNeedsTable(at: RelocationSite): Diagnostic {
  return error("MF0217", `${site(at)}: an executable has no global offset table, and this instruction needs one`, {
    suggestion: "`mov`, `call` and `jmp` can do without; for thread-local offsets `mov` and `add` of 64 bits can.",
  });
}

export function relocationKept(at: RelocationSite): Diagnostic {
  return error("MF0218", `${site(at)}: only relocatable output ("output": "obj") can hold this type`, {
    suggestion: "In an executable use PC32, PLT32, 32S or 64 for addresses and TPOFF32 for thread-local variables.",
  });
}

function hex(value: number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}
