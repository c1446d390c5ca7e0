// Decides what becomes of something that a server may have already. What somebody else made, or changed, is never overwritten unasked.
import { createHash } from "node:crypto";

/**
 * `create`: it is not there. `keep`: it is as it should be. `update`: an earlier version made it. `replace`: somebody else did,
 * and was allowed to be overwritten. `refuse`: the same, unasked. `skip`: the server has no such thing.
 */
export type Action = "create" | "keep" | "update" | "replace" | "refuse" | "skip";

export interface Verdict {
  readonly action: Action;
  /** Where what is there differs from what should be. */
  readonly changes: readonly string[];
  readonly note?: string;
}

/** What a server has, and the mark of who made it. */
export interface Found {
  readonly content: unknown;
  /** Undefined where it bears none of ours. */
  readonly mark: string | undefined;
}

const CHANGES_MAX = 12;

/** Stands in what we make: tells it from what others made, and from what was changed later. */
export function markOf(content: object): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
}

export function judge(wanted: object, found: Found | undefined, mayReplace: boolean): Verdict {
  if (found === undefined) return { action: "create", changes: [] };
  const changes = differences(wanted, found.content);
  if (changes.length === 0) return { action: "keep", changes };
  if (found.mark !== undefined && found.mark !== markOf(wanted)) return { action: "update", changes };
  const note = found.mark === undefined ? "Portcullis did not make it" : "it was changed after Portcullis made it";
  return { action: mayReplace ? "replace" : "refuse", changes, note };
}

/** Places where `wanted` is not as it is found. What is found beside it (defaults, dates, versions) does not count. */
export function differences(wanted: unknown, found: unknown): string[] {
  const places: string[] = [];
  compare(wanted, found, "", places);
  return places.length <= CHANGES_MAX
    ? places
    : [...places.slice(0, CHANGES_MAX), `${places.length - CHANGES_MAX} more places`];
}

function compare(wanted: unknown, found: unknown, at: string, places: string[]): void {
  if (Array.isArray(wanted)) {
    const list = Array.isArray(found) ? found : [];
    if (list.length === wanted.length) wanted.forEach((item, i) => compare(item, list[i], `${at}[${i}]`, places));
    else places.push(at);
  } else if (typeof wanted === "object" && wanted !== null) {
    if (typeof found !== "object" || found === null) {
      // Servers leave out what is empty.
      if (Object.keys(wanted).length > 0) places.push(at);
      return;
    }
    const members = found as Readonly<Record<string, unknown>>;
    for (const [name, inner] of Object.entries(wanted)) {
      compare(inner, members[name], at === "" ? name : `${at}.${name}`, places);
    }
  } else if (String(wanted) !== String(found)) {
    // Servers give numbers and booleans back as texts here and there.
    places.push(at);
  }
}
