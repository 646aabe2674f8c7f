/**
 * The assembler and the lowering of typed values are half of what there is to load, and most manifests of machine code
 * need neither: they are loaded when a shift comes upon the first thing that does.
 */

type X86 = typeof import("../x86/index.js");
type Lower = typeof import("../lower/index.js");

let x86: X86 | undefined;
let lower: Lower | undefined;

/** Thrown where the assembler is wanted and not loaded: whoever emits loads it and begins the chunk again. */
export class AssemblerMissing extends Error {
  override readonly name = "AssemblerMissing";
}

export function assembler(): X86 {
  if (x86 === undefined) throw new AssemblerMissing("the assembler is not loaded yet");
  return x86;
}

export async function loadAssembler(): Promise<void> {
  x86 = await import("../x86/index.js");
}

/** The lowering; a shift that knows types has loaded it. */
export function lowering(): Lower {
  if (lower === undefined) throw new Error("typed values without types");
  return lower;
}

export async function loadLowering(): Promise<void> {
  lower = await import("../lower/index.js");
}
