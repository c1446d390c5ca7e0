// Moments as commands take and print them.
import { dayEndMs } from "../configuration/days.ts";
import { duration, durationMs } from "../configuration/schema/words.ts";
import { UsageError } from "./command.ts";

/** A time from now, or a day (it ends at midnight UTC), in wall-clock milliseconds; undefined where none is given. */
export function momentAhead(option: string, text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const atMs = duration.safeParse(text).success ? nowMs + durationMs(text) : dayEndMs(text);
  if (!Number.isFinite(atMs) || atMs > LATEST_MS) throw new UsageError(`${option} is no time: ${text}`, "Such as 90d.");
  if (atMs <= nowMs) throw new UsageError(`${option} lies in the past`, "Such as 90d, or a day to come.");
  return atMs;
}

/** The last moment that four digits of a year can name. */
const LATEST_MS = Date.parse("9999-12-31T23:59:59Z");

/** To the second: `2026-11-26T05:03:00Z`. */
export function momentOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
