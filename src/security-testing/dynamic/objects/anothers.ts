// Whether what one caller was answered is another's: certain only where nobody gets the same for any id.
import type { Confidence } from "../../finding.ts";
import { beyond, likeness, mentions, type Reading, steadyPart } from "./reading.ts";

export interface Readings {
  /** What the owner was answered, twice. */
  readonly own: readonly [Reading, Reading];
  /** What the other one was answered for the same object. */
  readonly others: Reading;
  /** What the other one was answered for an id that nobody has: undefined where that was refused. */
  readonly madeUp: Reading | undefined;
  /** What the request told: the ids of the path. */
  readonly told: readonly unknown[];
  /** What only the owner's object holds: what he wrote, who he is. */
  readonly marks: readonly string[];
  /** Such objects are known to be kept apart by caller. */
  readonly isApart: boolean;
}

const PRIVATE =
  /e_?mail|phone|mobile|birth|address|street|iban|ssn|passport|salary|balance|credit|card|secret|passw|token|hash|api_?key/i;

/** Whether it holds what people show to few. */
export function isPrivate(reading: Reading): boolean {
  const isEmpty = (value: string) => value === "null" || value === '""';
  return [...reading].some(([at, value]) => PRIVATE.test(at.slice(at.lastIndexOf("/") + 1)) && !isEmpty(value));
}

/** An answer may say a little more or less to each caller, such as what he may do with it. */
const MOSTLY = 0.8;
const MOSTLY_OF_MIN = 5;

/** Undefined where the answer proves nothing. */
export function isAnothers({ own, others, madeUp, told, marks, isApart }: Readings): Confidence | undefined {
  const steady = beyond(steadyPart(...own), told);
  if (steady.size === 0) return undefined;
  if (madeUp !== undefined && likeness(steady, madeUp) >= MOSTLY) return undefined;
  const share = likeness(steady, others);
  const isMarked = marks.some((mark) => mentions(steady, mark) && mentions(others, mark));
  // Where nothing says whose it is, it may be for all.
  if (share === 1) return isMarked || isApart ? "certain" : "tentative";
  return share >= MOSTLY && steady.size >= MOSTLY_OF_MIN && (isMarked || isApart) ? "firm" : undefined;
}
