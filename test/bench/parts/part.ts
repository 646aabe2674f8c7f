/** A part of the linker that is measured for itself. */
export interface Part {
  /** What one operation is. */
  readonly name: string;
  /** Operations of one run. */
  readonly operations: number;
  run(): void | Promise<void>;
  /** Comes last, once. */
  close?(): Promise<void>;
}
