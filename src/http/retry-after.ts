// `Retry-After` as others say it to us (RFC 9110 10.2.3): seconds, or a date. Bounded, as whoever says it may be wrong.

/** Nobody is left alone for longer than that. */
export const RETRY_AFTER_MS_MAX = 3_600_000;

const SECONDS = /^[0-9]{1,10}$/;
/** IMF-fixdate and its two obsolete forms all begin with the day of the week. */
const DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/** Milliseconds to wait from now; undefined where the field is missing or says nothing that can be understood. */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (SECONDS.test(text)) return Math.min(Number(text) * 1_000, RETRY_AFTER_MS_MAX);
  if (!DATE.test(text)) return undefined;
  // The asctime form has no zone, and means UTC as well.
  const atMs = Date.parse(/(?:GMT|UTC)$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(atMs) ? undefined : Math.min(Math.max(atMs - nowMs, 0), RETRY_AFTER_MS_MAX);
}
