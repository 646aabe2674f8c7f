/** The symbols of an object in the making. */

/** The section of symbols that are defined elsewhere. */
export const UNDEFINED = -1;

/** Columns of the symbols of one binding. */
export class Symbols {
  readonly names: number[] = [];
  readonly types: number[] = [];
  readonly sections: number[] = [];
  readonly values: number[] = [];
  readonly sizes: number[] = [];
  count = 0;

  add(name: number, type: number, section: number, value: number, size: number): number {
    const index = this.count++;
    this.names[index] = name;
    this.types[index] = type;
    this.sections[index] = section;
    this.values[index] = value;
    this.sizes[index] = size;
    return index;
  }
}
