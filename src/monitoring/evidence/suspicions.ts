// What looked wrong on the way through a record, and which of it is the first that nothing explains.
import type { Finding } from "./chain-verifier.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Known } from "../spool/known.ts";
import { lengthOf, type Range, without } from "../spool/ranges.ts";
import type { Gap, SinkExplanations } from "./explanations.ts";

/** Positions that were left out: they may come later, and an event that comes later may say why. */
export interface LeftOut extends Gap {
  readonly what: undefined;
  /** Of the event that stands behind it. */
  readonly where: string;
  /** Something that is no event of the chain stands there. */
  readonly isForeign: boolean;
  /** First and last of those that stand behind it. */
  late: Range | undefined;
}

export type Suspicion = Finding | LeftOut;

/** What was left out is the first, whatever else is wrong behind it. */
export function firstOf(
  suspicions: readonly Suspicion[],
  gaps: readonly LeftOut[],
  explanations: SinkExplanations,
  most: Checkpoint | undefined,
): Finding | undefined {
  let first: Finding | undefined;
  let isGap = false;
  for (const one of suspicions) {
    if (one.what === undefined) {
      if (first !== undefined || !gaps.includes(one)) continue;
      first = findingOf(one, explanations, most);
      isGap = first !== undefined;
    } else if (first === undefined) first = one;
    else if (isGap && one.from <= first.from) {
      first = one;
      isGap = false;
    }
  }
  return first;
}

/** Undefined where the record itself says why they are not there. */
function findingOf(gap: LeftOut, explanations: SinkExplanations, most: Checkpoint | undefined): Finding | undefined {
  const { from, to, where } = gap;
  if (gap.late !== undefined) {
    const [first, last] = gap.late;
    const message = `${shown(first, last)} should stand before ${where}, and ${stands(first, last)} behind it`;
    return { what: "reordered", from: first, to: last, where, message };
  }
  const [missing] = explanations.missingOf(gap);
  if (missing === undefined) {
    const by = explanations.denialOf(gap);
    if (by === undefined) return undefined;
    const message = `event ${from - 1} before ${where} was altered: event ${by} names another one there`;
    return { what: "altered", from: from - 1, to: from - 1, where, message };
  }
  if (gap.isForeign) {
    const message = `what stands before event ${to + 1} at ${where} is no event of the chain`;
    return { what: "foreign", from: to, to, where, message };
  }
  return {
    what: "missing",
    from: missing[0],
    to: missing[1],
    where,
    message: missingMessage(gap, missing, explanations, most),
  };
}

function missingMessage(
  gap: LeftOut,
  [from, to]: readonly [number, number],
  explanations: SinkExplanations,
  most: Checkpoint | undefined,
): string {
  const message = `${shown(from, to)} should stand before ${gap.where}, and ${are(from, to)} missing`;
  const by = explanations.unsignedOf(gap);
  if (by !== undefined) return `${message}: event ${by} says why, but no checkpoint vouches for it`;
  if (gap.from > 1) return message;
  const known = most === undefined ? "" : `; at ${most.time} there were ${most.count} events, as a checkpoint says`;
  return `${message}: no event says that retention removed ${from === to ? "it" : "them"}${known}`;
}

export function missingAtEnd(last: number, where: string, { count, time }: Checkpoint): Finding {
  const range = `${shown(last + 1, count)} ${are(last + 1, count)}`;
  const message = `${range} missing at the end: at ${time} there were ${count} events, as a checkpoint says`;
  return { what: "truncated", from: last + 1, to: count, where, message };
}

/** Events in a gap that another one explains. */
export function neverOffered({ range: [from, to], by }: { readonly range: Range; readonly by: number }): Finding {
  const message = `${shown(from, to)} ${stands(from, to)} in the record, and event ${by} says that its sink was never offered ${from === to ? "it" : "them"}`;
  return { what: "foreign", from, to, where: `event ${from}`, message };
}

/** Of what was delivered behind the last event, what is not there; undefined where all of it need not be. */
export function undelivered(last: number, { next, lacked, lost }: Pick<Known, "next" | "lacked" | "lost">) {
  if (next - 1 <= last) return undefined;
  const missing = without([last + 1, next - 1], lacked);
  return lengthOf(missing) > lost ? missing[0] : undefined;
}

export function cutOffAtEnd([from, to]: Range, where: string): Finding {
  const message = `${shown(from, to)} ${are(from, to)} missing at the end: the spool delivered ${from === to ? "it" : "them"}`;
  return { what: "truncated", from, to, where, message };
}

/** Who has no key and no spool can still put events behind the last one. */
export function unknownAtEnd(from: number, to: number, where: string): Finding {
  const message = `${shown(from, to)} at the end, up to ${where}, ${are(from, to)} none that the spool ever had`;
  return { what: "foreign", from, to, where, message };
}

/** A file that cannot be read to its end, between what was read before and what stands behind it. */
export function tornFile(file: string, why: string, from: number, to: number, before: string): Finding {
  const lost =
    to < from
      ? before === "the end"
        ? `nobody knows what stood in it behind event ${from - 1}`
        : "though every event before the next file was read"
      : `${shown(from, to)} before ${before} ${are(from, to)} lost`;
  const message = `${file} cannot be read to its end (${why}): ${lost}`;
  return { what: "altered", from, to: Math.max(from, to), where: file, message };
}

function shown(from: number, to: number): string {
  return from === to ? `event ${from}` : `events ${from} to ${to}`;
}

function are(from: number, to: number): string {
  return from === to ? "is" : "are";
}

function stands(from: number, to: number): string {
  return from === to ? "stands" : "stand";
}
