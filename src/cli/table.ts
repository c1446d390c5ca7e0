// Rows for people: columns as wide as they need to be.
import { coloursFor } from "./colours.ts";
import type { Io } from "./io.ts";

/** The first row is the heading. */
export function table(rows: readonly (readonly string[])[], io: Io): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  const colours = coloursFor(io.stdout, io.env);
  return rows
    .map((row, i) => {
      const text = row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd();
      return `${i === 0 ? colours.dim(text) : text}\n`;
    })
    .join("");
}
