// What `audit search` and `audit tail` look for: every condition that is given must hold.
import { readRecordedEvent, type RecordedEvent } from "../../monitoring/index.ts";
import { type Given, UsageError } from "../command.ts";
import { sinceOf } from "../report/input.ts";

/** The event of a line that is looked for; undefined for all others. */
export type Filter = (line: string) => RecordedEvent | undefined;

const STATUS = /^(\d{3}|\dxx)$/;

export function filterOf(given: Given, nowMs: number): Filter {
  const text = given.text("text");
  const reason = patternOf(given.text("reason"));
  const operation = patternOf(given.text("operation"));
  const subject = given.text("subject");
  const since = sinceOf(given.text("since"), nowMs);
  const until = sinceOf(given.text("until"), nowMs, "until");
  const status = given.text("status");
  if (status !== undefined && !STATUS.test(status)) {
    throw new UsageError(`--status ${status} is none`, "Write a number such as 403, or a class such as 4xx.");
  }
  return (line) => {
    // Most lines are none of those: what is cheap comes first.
    if (text !== undefined && !line.includes(text)) return undefined;
    const event = readRecordedEvent(line);
    if (event === undefined) return undefined;
    const isWanted =
      (since === undefined || event.timestamp >= since) &&
      (until === undefined || event.timestamp <= until) &&
      (subject === undefined || event.subject === subject) &&
      (reason === undefined || reason(event.reason ?? "")) &&
      (operation === undefined || operation(event.operation ?? "")) &&
      (status === undefined || hasStatus(event.status, status));
    return isWanted ? event : undefined;
  };
}

function hasStatus(status: number | undefined, wanted: string): boolean {
  if (status === undefined) return false;
  return wanted.endsWith("xx") ? Math.trunc(status / 100) === Number(wanted[0]) : status === Number(wanted);
}

/** The whole word, or its begin before a `*`: `authentication.*`. */
function patternOf(written: string | undefined): ((text: string) => boolean) | undefined {
  if (written === undefined) return undefined;
  if (!written.endsWith("*")) return (text) => text === written;
  return (text) => text.startsWith(written.slice(0, -1));
}
