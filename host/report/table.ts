/** Rows of cells as aligned text; numbers to the right. The first row is the head. */
export function textTable(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map(String));
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const right = cells[0].map((_, column) =>
    rows.slice(1).every((r) => typeof r[column] === "number"),
  );
  return cells
    .map((row) =>
      row
        .map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** 108544 → "108,544". */
export const thousands = (n: number): string => Math.round(n).toLocaleString("en-US");

/** 0.9345 → "93.45 %". */
export const percent = (fraction: number): string => `${(fraction * 100).toFixed(2)} %`;
