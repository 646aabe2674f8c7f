/** Notes of an ELF file (gABI, "Note Section"). */

import { type ElfFile, NHDR_SIZE, NT, readNhdr, SHT } from "@manifold/core";

export interface Note {
  readonly isBuildId: boolean;
  /** The descriptor in hexadecimal. */
  readonly description: string;
}

/** The notes in sections of type NOTE; a note that does not fit its section ends that section's list. */
export function readNotes(file: ElfFile): readonly Note[] {
  const notes: Note[] = [];
  for (const { header, bytes } of file.sections) {
    if (header.type !== SHT.NOTE) continue;
    const align = header.addralign === 8 ? 8 : 4;
    const padded = (size: number) => Math.ceil(size / align) * align;
    for (let at = 0; at + NHDR_SIZE <= bytes.length; ) {
      const { namesz, descsz, type } = readNhdr(file.view, header.offset + at, file.format);
      const name = at + NHDR_SIZE;
      const description = at + padded(NHDR_SIZE + namesz);
      if (description + descsz > bytes.length) break;
      const isGnu = Buffer.from(bytes.subarray(name, name + namesz)).toString("latin1") === "GNU\0";
      notes.push({
        isBuildId: isGnu && type === NT.GNU_BUILD_ID,
        description: Buffer.from(bytes.subarray(description, description + descsz)).toString("hex"),
      });
      at = description + padded(descsz);
    }
  }
  return notes;
}
