// Settings in words, for people: times, sizes, limits, what an operation asks for.
import type { SecurityAlternatives } from "../../core/security.ts";

/** `15 minutes` */
function wordsForDuration(ms: number): string {
  for (const [unit, size] of [
    ["day", 86_400_000],
    ["hour", 3_600_000],
    ["minute", 60_000],
    ["second", 1_000],
  ] as const) {
    if (ms % size !== 0) continue;
    const count = ms / size;
    return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
  }
  return `${ms} ms`;
}

/** `1 MiB` */
export function wordsForSize(bytes: number): string {
  if (bytes % 1_048_576 === 0) return `${bytes / 1_048_576} MiB`;
  return bytes % 1_024 === 0 ? `${bytes / 1_024} KiB` : `${bytes} bytes`;
}

/** `100 in 15 minutes` */
export function amount(limit: number, windowMs: number): string {
  return `${limit} in ${wordsForDuration(windowMs)}`;
}

/** `oauth (orders:read), or nothing` */
export function wordsForAlternatives(alternatives: SecurityAlternatives): string {
  const words = alternatives.map((alternative) =>
    alternative.length === 0
      ? "nothing"
      : alternative
          .map(({ scheme, scopes }) =>
            scopes.length === 0 ? scheme || "an unknown scheme" : `${scheme} (${scopes.join(" ")})`,
          )
          .join(" with "),
  );
  return words.length === 0 ? "nothing" : words.join(", or ");
}
