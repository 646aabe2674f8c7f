/**
 * What tells that a file is the one that was written last, and that nobody wrote to it since: the identity of the file,
 * its size and its time stamps to the nanosecond. Kept as words, since inodes and nanoseconds need more than 53 bits,
 * and since that is how the state on disk holds them.
 *
 * The time of the last change of the inode is in it because no tool can set it back, as some do with the time of the
 * last write. It also changes with the number of links, which says nothing about the bytes (cargo links outputs to a
 * second place after every build): where that number differs, this one time may as well.
 */

/** Words: DEVICE 0-1, INODE 2-3, SIZE 4-5, MTIME 6-7, CTIME 8-9 (low word first), LINKS 10. */
export type Fingerprint = Int32Array;
export const FINGERPRINT_WORDS = 11;

const SIZE = 4;
const CTIME = 8;
const LINKS = 10;

export function fingerprintOf(stats: {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly nlink: bigint;
}): Fingerprint {
  const quads = new BigInt64Array(FINGERPRINT_WORDS >>> 1);
  quads.set([stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs]);
  const words = new Int32Array(FINGERPRINT_WORDS);
  // Two words per quantity in the order of this machine's words; the state on disk never leaves the machine.
  words.set(new Int32Array(quads.buffer));
  words[LINKS] = Number(stats.nlink);
  return words;
}

/** Whether a file that was `before` when it was written holds the same bytes now that it is `now`. */
export function sameFile(before: Fingerprint, now: Fingerprint): boolean {
  const inode = before[CTIME] === now[CTIME] && before[CTIME + 1] === now[CTIME + 1];
  return sameContents(before, now) && (inode || before[LINKS] !== now[LINKS]);
}

/** As `sameFile`, where something is known to have changed the inode, and only the inode. */
export function sameContents(before: Fingerprint, now: Fingerprint): boolean {
  for (let word = 0; word < CTIME; word++) if (before[word] !== now[word]) return false;
  return true;
}

/** Bytes. */
export function sizeOf(fingerprint: Fingerprint): number {
  return fingerprint[SIZE + 1]! * 2 ** 32 + (fingerprint[SIZE]! >>> 0);
}

/** Names of the file in file systems. */
export function linksOf(fingerprint: Fingerprint): number {
  return fingerprint[LINKS]!;
}
