// Days as people write them: only those that the calendar has. `Date.parse` takes 30 February for 2 March.

const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const DAY_MS = 86_400_000;

/** `2027-03-31`, and a day that there is. */
export function isDay(text: string): boolean {
  if (!DAY.test(text)) return false;
  const beginMs = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(beginMs) && new Date(beginMs).toISOString().startsWith(text);
}

/** The midnight in UTC at which it ends, in wall-clock milliseconds; NaN where it is no day. */
export function dayEndMs(text: string): number {
  return isDay(text) ? Date.parse(`${text}T00:00:00Z`) + DAY_MS : Number.NaN;
}

/** Of a moment such as `2027-03-31T12:00:00Z`: whether its day is one. */
export function hasDay(moment: string): boolean {
  return isDay(moment.slice(0, "2027-03-31".length));
}
