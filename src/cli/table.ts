// Rows for people: columns as wide as they need to be.
import { visible } from "../monitoring/escaping.ts";
import { coloursFor } from "./colours.ts";
import type { Io } from "./io.ts";

/** The first row is the heading. Others chose some of what stands there: subjects, names of passkeys and clients. */
export function table(given: readonly (readonly string[])[], io: Io): string {
  const rows = given.map((row) => row.map(visible));
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
