/** MF03xx: files that cannot be read or written. */

import { type Diagnostic, error } from "./diagnostic.js";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than this process may write",
  EIO: "input/output error",
  EISDIR: "it is a directory",
  ELOOP: "too many symbolic links",
  EMFILE: "too many open files",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on the device",
  ENOTDIR: "a part of the path is not a directory",
  EPERM: "operation not permitted",
  ESPIPE: "it is not a regular file",
  EROFS: "the file system is read-only",
  ETXTBSY: "the file is being executed",
};

/** A sentence for an error of Node's `fs`. */
export function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  return (code && REASONS[code]) ?? (cause instanceof Error ? cause.message : String(cause));
}

export function cannotRead(path: string, cause: unknown): Diagnostic {
  return error("MF0301", `cannot read ${path}: ${reasonOf(cause)}`, { place: { file: path } });
}

export function cannotWrite(path: string, cause: unknown): Diagnostic {
  const code = (cause as NodeJS.ErrnoException).code;
  const suggestion =
    code === "ENOSPC" || code === "EDQUOT"
      ? "Free some space; what was there before is unchanged."
      : "What was there before is unchanged.";
  return error("MF0302", `cannot write ${path}: ${reasonOf(cause)}`, { place: { file: path }, suggestion });
}

export function outputIsInput(path: string): Diagnostic {
  return error("MF0303", `the output ${path} is also an input`, {
    place: { file: path },
    suggestion: "Give -o another name.",
  });
}

export function outputChanged(path: string): Diagnostic {
  return error("MF0304", `cannot update ${path}: something else has changed it`, {
    place: { file: path },
    suggestion: "Link once more; all of it will be written.",
  });
}

/** Whether a diagnostic says that the output is no longer of use. */
export function isDamage({ code }: Diagnostic): boolean {
  return code === "MF0305";
}

export function damagedOutput(path: string, cause: unknown): Diagnostic {
  return error(
    "MF0305",
    `${path} is damaged: writing failed (${reasonOf(cause)}), and so did restoring what was there`,
    {
      place: { file: path },
      suggestion: "Link once more; all of it will be written.",
    },
  );
}
