// Who is held back at a moment, of all that the list has: those whose time has not come and whom nobody let go.
import type { AddressPrefixes } from "../../http/addresses.ts";
import type { WrittenSanction } from "../schema/sanctions.ts";
import { hasEnded } from "./sanction-file.ts";
import { nameOf } from "./sanction-list.ts";

/** Those that hold, when the first of all that have not ended ends, and whether others have. */
export function holding(entries: Iterable<WrittenSanction>, nowMs: number) {
  const active: WrittenSanction[] = [];
  let nextEndMs = Number.POSITIVE_INFINITY;
  let isAnyOver = false;
  for (const written of entries) {
    if (hasEnded(written, nowMs)) isAnyOver = true;
    else {
      nextEndMs = Math.min(nextEndMs, Date.parse(written.until));
      if (written.lifted === undefined) active.push(written);
    }
  }
  return { active, nextEndMs, isAnyOver };
}

/** Whether one that does the same to the same is under way. */
export function holds(
  entries: Iterable<WrittenSanction>,
  written: WrittenSanction,
  nowMs: number,
  prefixes: AddressPrefixes | undefined,
): boolean {
  const name = nameOf(written, prefixes);
  for (const one of entries) {
    if (one.what !== written.what || one.lifted !== undefined || hasEnded(one, nowMs)) continue;
    if (nameOf(one, prefixes) === name) return true;
  }
  return false;
}

/** How many are held back, by what is done to them: who is so twice, by two rules, is one. */
export function activeOf(
  entries: Iterable<WrittenSanction>,
  nowMs: number,
  prefixes: AddressPrefixes | undefined,
): Map<WrittenSanction["what"], number> {
  const counts = new Map<WrittenSanction["what"], number>([
    ["ban", 0],
    ["limit", 0],
    ["step-up", 0],
    ["revoke", 0],
  ]);
  const counted = new Set<string>();
  for (const one of entries) {
    if (one.lifted !== undefined || hasEnded(one, nowMs)) continue;
    const name = nameOf(one, prefixes);
    if (counted.has(name)) continue;
    counted.add(name);
    counts.set(one.what, (counts.get(one.what) ?? 0) + 1);
  }
  return counts;
}
