// What becomes of the list of sanctions each time its file is written: what is new comes in, what has ended goes, and what is to be told.
import type { SystemEvent } from "../../core/record.ts";
import { type AddressPrefixes, normalizeAddress } from "../../http/addresses.ts";
import type { WrittenSanction } from "../schema/sanctions.ts";
import { beganEvent, endedEvent, letGoEvent, liftedEvent, sparedEvent } from "./sanction-events.ts";
import { hasEnded, isForgotten, sanctionOf, sanctionsOf } from "./sanction-file.ts";

export interface Revising {
  /** Not in the file yet: new, or on record since. */
  readonly changes: ReadonlyMap<string, WrittenSanction>;
  /** Whose end is on record already. */
  readonly told: ReadonlySet<string>;
  /** Whether there is a record to tell it to. */
  readonly tells: boolean;
  readonly nowMs: number;
  readonly prefixes: AddressPrefixes | undefined;
}

export interface Revised {
  readonly list: readonly WrittenSanction[];
  /** Of those that stay, what is on record from now on. */
  readonly recorded: readonly WrittenSanction[];
  /** Those that have ended by themselves. */
  readonly ended: readonly string[];
  readonly events: readonly SystemEvent[];
}

/** Whoever holds the lock of the file tells what it does not have on record yet: so of several gateways that share it, one does. */
export function revised(file: readonly WrittenSanction[], revising: Revising): Revised {
  const { changes, told, tells, nowMs } = revising;
  const all = withChanges(file, changes);
  if (!tells) return { list: all.filter((one) => !isForgotten(one, nowMs)), recorded: [], ended: [], events: [] };
  const list: WrittenSanction[] = [];
  const recorded: WrittenSanction[] = [];
  const ended: WrittenSanction[] = [];
  const events: SystemEvent[] = [];
  for (const written of all) {
    const news = newsOf(written);
    events.push(...news);
    const now = news.length === 0 ? written : onRecord(written);
    if (hasEnded(now, nowMs)) {
      if (now.lifted === undefined) ended.push(now);
      continue;
    }
    list.push(now);
    if (news.length > 0) recorded.push(now);
  }
  const untold = ended.filter(({ id }) => !told.has(id));
  if (untold.length > 0) events.push(...endsOf(untold, list, revising.prefixes));
  return { list, recorded, ended: ended.map(({ id }) => id), events };
}

/** What the file holds, with what is not in it yet. */
export function withChanges(
  file: readonly WrittenSanction[],
  changes: ReadonlyMap<string, WrittenSanction>,
): WrittenSanction[] {
  const known = new Set(file.map(({ id }) => id));
  const all = file.map((written) => merged(changes.get(written.id), written));
  for (const [id, written] of changes) if (!known.has(id)) all.push(written);
  return all;
}

/** What the record does not have of it yet, beside its end. */
export function newsOf(written: WrittenSanction): SystemEvent[] {
  const { recorded, lifted } = written;
  const news: SystemEvent[] = [];
  if (recorded !== true) news.push(beganEvent(written));
  if (lifted !== undefined && lifted.recorded !== true) news.push(liftedEvent(written));
  return news;
}

export function onRecord(written: WrittenSanction): WrittenSanction {
  const { lifted } = written;
  return { ...written, recorded: true, ...(lifted && { lifted: { ...lifted, recorded: true } }) };
}

/** `others`: all that hold. */
export function endsOf(
  ended: readonly WrittenSanction[],
  others: Iterable<WrittenSanction>,
  prefixes: AddressPrefixes | undefined,
): SystemEvent[] {
  const holding = new Map<string, WrittenSanction>();
  for (const one of others) {
    if (one.lifted !== undefined) continue;
    const name = nameOf(one, prefixes);
    const longest = holding.get(name);
    if (longest === undefined || longest.until < one.until) holding.set(name, one);
  }
  return ended.map((one) => endedEvent(one, holding.get(nameOf(one, prefixes))));
}

/** Of those that held, whoever is not there any more was let go by whoever wrote the file. */
export function vanished(
  before: Iterable<WrittenSanction>,
  isThere: (id: string) => boolean,
  nowMs: number,
): SystemEvent[] {
  return [...before]
    .filter((one) => !isThere(one.id) && !hasEnded(one, nowMs) && one.lifted === undefined)
    .map(liftedEvent);
}

export interface Sparing {
  readonly nowMs: number;
  readonly prefixes: AddressPrefixes | undefined;
  readonly isSpared: (address: string) => boolean;
}

/** What is told where nothing begins, whoever says so: the owner, of whom is never held back, or somebody who let them go. */
export function sparedWhy(
  entries: Iterable<WrittenSanction>,
  written: WrittenSanction,
  { nowMs, prefixes, isSpared }: Sparing,
): SystemEvent | undefined {
  if ("address" in written) {
    const { address, by } = written;
    if (normalizeAddress(address) === undefined || isSpared(address)) return sparedEvent(address, by);
  }
  const lifted = liftedOf(entries, written, nowMs, prefixes);
  return lifted === undefined ? undefined : letGoEvent(lifted, written.by);
}

/**
 * The one that somebody lifted, of those that would do the same to the same now, whichever rule began it: whom people let go, no
 * rule holds back meanwhile. Of a session, the one of any of its tokens.
 */
function liftedOf(
  entries: Iterable<WrittenSanction>,
  written: WrittenSanction,
  nowMs: number,
  prefixes: AddressPrefixes | undefined,
): WrittenSanction | undefined {
  const names = new Set(namesOf(written, prefixes));
  let last: WrittenSanction | undefined;
  for (const one of entries) {
    if (one.lifted === undefined || one.what !== written.what || hasEnded(one, nowMs)) continue;
    if (last !== undefined && last.until >= one.until) continue;
    if (namesOf(one, prefixes).some((name) => names.has(name))) last = one;
  }
  return last;
}

function namesOf(written: WrittenSanction, prefixes: AddressPrefixes | undefined): string[] {
  return sanctionsOf(written, prefixes).map(({ of, key }) => JSON.stringify([of, key]));
}

/** The same of all that do the same to the same. */
export function nameOf(written: WrittenSanction, prefixes: AddressPrefixes | undefined): string {
  const { what, of, key } = sanctionOf(written, prefixes);
  return JSON.stringify([what, of, key]);
}

/** What either knows of it: that it is on record, and that it is lifted. */
export function merged(known: WrittenSanction | undefined, written: WrittenSanction): WrittenSanction {
  if (known === undefined) return written;
  const lifted = written.lifted ?? known.lifted;
  const isLiftRecorded = written.lifted?.recorded ?? known.lifted?.recorded;
  return {
    ...written,
    ...((written.recorded ?? known.recorded) ? { recorded: true } : {}),
    ...("sessionEnded" in known && known.sessionEnded === true ? { sessionEnded: true } : {}),
    ...(lifted && { lifted: { ...lifted, ...(isLiftRecorded && { recorded: true as const }) } }),
  };
}
