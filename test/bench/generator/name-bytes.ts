/** The contents of a string table: names, each ended by a zero byte, behind an empty one. All of them are ASCII. */
export class NameBytes {
  size = 1;
  private bytes: Buffer = Buffer.alloc(1 << 16);

  clear(): void {
    this.size = 1;
  }

  /** Appends a name that is given in three parts, and returns where it begins. */
  add(first: string, second: string, third: string): number {
    const start = this.size;
    const room = first.length + second.length + third.length + 1;
    if (start + room > this.bytes.length) {
      const larger = Buffer.alloc(Math.max(this.bytes.length * 2, start + room));
      this.bytes.copy(larger, 0, 0, start);
      this.bytes = larger;
    }
    this.part(first);
    this.part(second);
    this.part(third);
    this.bytes[this.size++] = 0;
    return start;
  }

  copyTo(target: Buffer, at: number): void {
    this.bytes.copy(target, at, 0, this.size);
  }

  private part(part: string): void {
    let at = this.size;
    for (let i = 0; i < part.length; i++) this.bytes[at++] = part.charCodeAt(i);
    this.size = at;
  }
}
