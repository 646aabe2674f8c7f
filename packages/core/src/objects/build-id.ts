/**
 * The section `.note.gnu.build-id`: one note named "GNU" whose descriptor identifies the output (GNU ld manual,
 * `--build-id`). It is a hash of the finished image in which the descriptor is still zero, so that equal bytes have equal
 * ids; a `uuid` is random and the one thing in an output that another link does not repeat.
 */

import { createHash, randomUUID } from "node:crypto";
import { ELF64_LE } from "../elf/format.js";
import { NHDR_SIZE, NT, writeNhdr } from "../elf/nhdr.js";
import type { ObjectLinkOptions } from "./options.js";

export type BuildId = ObjectLinkOptions["buildId"];

/** Where in the section the id stands: behind header and name. */
export const BUILD_ID_OFFSET: number = NHDR_SIZE + 4;

/** Log2 of the section's alignment. */
export const BUILD_ID_ALIGN_LOG2 = 2;

/** `update` takes no more at once than 31 bits count. */
const HASHED_AT_ONCE = 2 ** 30;

/** Bytes of the section, padded to its alignment; 0 without build id. */
export function buildIdSize(kind: BuildId): number {
  return kind === "none" ? 0 : BUILD_ID_OFFSET + Math.ceil(idBytes(kind) / 4) * 4;
}

/** The section with an id of zeros. */
export function buildIdNote(kind: BuildId): Uint8Array {
  const bytes = new Uint8Array(buildIdSize(kind));
  if (kind === "none") return bytes;
  const nhdr = { namesz: 4, descsz: idBytes(kind), type: NT.GNU_BUILD_ID };
  writeNhdr(new DataView(bytes.buffer), 0, ELF64_LE, nhdr);
  bytes.set([0x47, 0x4e, 0x55, 0], NHDR_SIZE);
  return bytes;
}

/** The id, to be written at BUILD_ID_OFFSET of the section. `image` is the whole file, finished but for the id. */
export function computeBuildId(kind: BuildId, image: Uint8Array): Uint8Array {
  if (kind === "none") return new Uint8Array(0);
  if (typeof kind !== "string") return kind;
  if (kind === "uuid") return new Uint8Array(Buffer.from(randomUUID().replaceAll("-", ""), "hex"));
  const hash = createHash(kind);
  for (let at = 0; at < image.length; at += HASHED_AT_ONCE) hash.update(image.subarray(at, at + HASHED_AT_ONCE));
  return new Uint8Array(hash.digest());
}

function idBytes(kind: Exclude<BuildId, "none">): number {
  if (typeof kind !== "string") return kind.length;
  return kind === "sha1" ? 20 : 16;
}
