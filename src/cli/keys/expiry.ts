// When a key ends: a time from now, or a day.
import { duration, durationMs } from "../../configuration/schema/words.ts";
import { UsageError } from "../command.ts";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Wall-clock milliseconds, undefined for never. A day ends at midnight UTC. */
export function expiryOf(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const atMs = duration.safeParse(text).success
    ? nowMs + durationMs(text)
    : DAY.test(text)
      ? Date.parse(`${text}T00:00:00Z`) + 86_400_000
      : Number.NaN;
  if (!Number.isFinite(atMs) || atMs > 8.64e15) throw new UsageError(`--expires is no time: ${text}`, "Such as 90d.");
  if (atMs <= nowMs) throw new UsageError("--expires lies in the past", "Such as 90d, or a day to come.");
  return atMs;
}
