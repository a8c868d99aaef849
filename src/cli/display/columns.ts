/** Aligned columns as kubectl prints them: upper-case headings, two or more blanks between, no boxes. Pure. */

// eslint-disable-next-line no-control-regex
const escapes = /\u001b\[[0-9;]*m/g;
const widthOf = (text: string) => text.replaceAll(escapes, "").length;

/** Rows as text; `[]` gives just the headings. Cells may carry colour codes. */
export function formatColumns(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, at) =>
    Math.max(widthOf(heading), ...rows.map((row) => widthOf(row[at] ?? ""))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (at === cells.length - 1 ? cell : cell + " ".repeat((widths[at] ?? 0) - widthOf(cell) + 3)))
      .join("")
      .trimEnd();
  return [headings, ...rows].map(line).join("\n");
}
