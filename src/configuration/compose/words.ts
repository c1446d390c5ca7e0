// Settings in words, for people: times, sizes, limits, what an operation asks for.
import type { SecurityAlternatives } from "../../core/security.ts";
import type { ConcurrencySettings, LimitKeySettings, LimitSettings } from "../settings.ts";

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

/** `100 in 15 minutes for each subject, else address; from the 51st on each waits 500 ms longer, at most 5 seconds` */
export function wordsForLimit(limit: LimitSettings): string {
  const { slowdown } = limit;
  const most = `${amount(limit.limit, limit.windowMs)} for each ${wordsForKey(limit)}`;
  if (slowdown === undefined) return most;
  const { after, delayMs, delayMaxMs } = slowdown;
  const longest = wordsForDuration(delayMaxMs);
  return `${most}; beyond ${after} each waits ${wordsForDuration(delayMs)} longer than the one before, at most ${longest}`;
}

/** `4 at once for each subject, else address; 10 wait, at most 2 seconds` */
export function wordsForConcurrency(limit: ConcurrencySettings): string {
  const { key, queue, timeoutMs } = limit;
  const whose = key === undefined ? "all together" : `for each ${wordsForKey({ ...limit, key })}`;
  const waiting = queue === 0 ? "" : `; ${queue} more wait, at most ${wordsForDuration(timeoutMs)}`;
  return `${limit.limit} at once ${whose}${waiting}`;
}

/** `subject and operation, else address` */
function wordsForKey({ key, claim = [], fallback }: LimitKeySettings): string {
  const parts = key.map((part) => (part === "claim" ? `claim ${claim.join(".")}` : part.replace("-", " ")));
  return `${parts.join(" and ")}${fallback === undefined ? "" : `, else ${fallback}`}`;
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
