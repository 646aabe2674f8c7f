/** Aligned columns of text, for lines of at most 100 columns. */

const LINE_WIDTH = 100;

export interface Column {
  readonly title: string;
  /** Numbers go to the right. */
  readonly right?: boolean;
}

/** The title line and a line per row, indented by two; the last column, which is as wide as it likes, is cut to fit. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = columns.map(({ title }, i) =>
    rows.reduce((width, row) => Math.max(width, row[i]!.length), title.length),
  );
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, i) => {
      if (columns[i]!.right === true) return cell.padStart(widths[i]!);
      return i === cells.length - 1 ? cell : cell.padEnd(widths[i]!);
    });
    return shortened(`  ${padded.join("  ")}`.trimEnd());
  };
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

/** `line`, with an ellipsis for what is beyond the width. */
export function shortened(line: string): string {
  return line.length <= LINE_WIDTH ? line : `${line.slice(0, LINE_WIDTH - 1)}…`;
}

/** Hexadecimal with its prefix. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** Decimal, thousands apart. */
export function decimal(value: number): string {
  return value.toLocaleString("en-US");
}
