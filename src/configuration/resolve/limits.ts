// One limit as it was written, completed: its name, its key, how it slows down. What cannot be meant is told at its place.
import { type KeyPart, WINDOW_MS_MAX } from "../../rate-limiting/index.ts";
import { DEFAULTS } from "../defaults.ts";
import { name as nameOf } from "../issues.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { durationMs } from "../schema/words.ts";
import type { ConcurrencySettings, LimitKeySettings, LimitSettings } from "../settings.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";

type Written = NonNullable<Configuration["rateLimiting"]>;
export type WrittenLimit = Extract<Written, readonly unknown[]>[number];
type Concurrency = NonNullable<Exclude<Written, readonly unknown[]>["concurrency"]>;
export type WrittenConcurrency = Exclude<Concurrency, readonly unknown[]>;

/** A request that waits longer holds its connection, and its client has most likely given up. */
const WAIT_MS_MAX = 30_000;

/** Names that other guards of the practice have. */
const TAKEN = ["address-ceiling", "address-sanctions", "caller-sanctions", "failed-authentication", "fields"];

type Whose = Pick<WrittenLimit, "key" | "claim" | "fallback">;

/** The limits of one place; their names differ. */
export class LimitResolving {
  readonly #prefix: string;
  readonly #to: Resolving;
  readonly #names = new Set<string>(TAKEN);

  constructor(prefix: string, to: Resolving) {
    this.#prefix = prefix;
    this.#to = to;
  }

  limit(entry: WrittenLimit, at: KeyPath): LimitSettings {
    const key = partsOf(entry.key ?? "subject");
    const name = this.#name(entry.name, key.join("-"), at);
    const windowMs = windowOf(entry.window, [...at, "window"], this.#to);
    const slowdown = this.#slowdown(entry, at);
    return { name, limit: entry.limit, windowMs, ...this.#whose(entry, key, at), key, slowdown, at };
  }

  concurrency(entry: WrittenConcurrency, at: KeyPath): ConcurrencySettings {
    const key = entry.key === undefined ? undefined : partsOf(entry.key);
    const name = this.#name(entry.name, ["concurrency", ...(key ?? [])].join("-"), at);
    const { queue = DEFAULTS.concurrencyQueue } = entry;
    const timeoutMs = entry.timeout === undefined ? DEFAULTS.concurrencyTimeoutMs : durationMs(entry.timeout);
    if (timeoutMs > WAIT_MS_MAX) this.#tooLong([...at, "timeout"]);
    if (entry.timeout !== undefined && queue === 0) {
      this.#without([...at, "timeout"], "nobody waits", "Say how many may with `queue`, or leave it out.");
    }
    return { name, limit: entry.limit, ...this.#whose(entry, key ?? [], at), key, queue, timeoutMs, at };
  }

  #name(written: string | undefined, otherwise: string, at: KeyPath): string {
    const name = written ?? `${this.#prefix}${otherwise}`;
    if (this.#names.has(name)) {
      const message = TAKEN.includes(name)
        ? `${nameOf(at)}: "${name}" is the name of a guard that is always there`
        : `${nameOf(at)}: another limit of this list is called "${name}"`;
      const remedy = TAKEN.includes(name) ? "Choose another." : "Give one of them a `name` of its own.";
      this.#to.error(at, "limit-name-twice", message, remedy);
    }
    this.#names.add(name);
    return name;
  }

  #whose(entry: Whose, key: readonly KeyPart[], at: KeyPath): Pick<LimitKeySettings, "claim" | "fallback"> {
    if (new Set(key).size !== key.length) {
      this.#to.error([...at, "key"], "key-twice", `${nameOf([...at, "key"])} names the same twice`, "Name each once.");
    }
    const asksForClaim = key.includes("claim");
    if (asksForClaim && entry.claim === undefined) {
      const remedy = "Such as `claim: [tenant]`, or `claim: [organization, id]` for a member of a member.";
      this.#to.error(
        [...at, "key"],
        "claim-missing",
        `${nameOf([...at, "key"])} is a claim, and none is named`,
        remedy,
      );
    }
    if (!asksForClaim && entry.claim !== undefined) {
      this.#without([...at, "claim"], "the key asks for no claim", "Set `key: claim`, or leave it out.");
    }
    const isAlwaysThere = key.every((part) => part === "address" || part === "operation");
    if (isAlwaysThere && entry.fallback !== undefined) {
      const why = key.length === 0 ? "there is no key" : `every request has an ${key.join(" and an ")}`;
      this.#without([...at, "fallback"], why, "Leave it out.");
    }
    // Nobody goes uncounted unless that is said.
    const fallback = isAlwaysThere || entry.fallback === "none" ? undefined : ("address" as const);
    return entry.claim === undefined ? { fallback } : { claim: entry.claim, fallback };
  }

  #slowdown({ delayAfter, delay, delayMax, limit }: WrittenLimit, at: KeyPath): LimitSettings["slowdown"] {
    if (delayAfter === undefined) {
      for (const [name, value] of Object.entries({ delay, delayMax })) {
        if (value === undefined) continue;
        this.#without([...at, name], "nothing says from when on", "Set `delayAfter` too, or leave it out.");
      }
      return undefined;
    }
    if (delayAfter >= limit) {
      const message = `${nameOf([...at, "delayAfter"])} is not below the limit of ${limit}: nothing is ever slowed down`;
      this.#to.error([...at, "delayAfter"], "without-effect", message, "Make it smaller than `limit`.");
    }
    const delayMs = delay === undefined ? DEFAULTS.delayMs : durationMs(delay);
    const delayMaxMs = delayMax === undefined ? Math.max(delayMs, DEFAULTS.delayMaxMs) : durationMs(delayMax);
    if (delayMaxMs > WAIT_MS_MAX) this.#tooLong([...at, delayMax === undefined ? "delay" : "delayMax"]);
    if (delayMaxMs < delayMs) {
      const message = `${nameOf([...at, "delayMax"])} is shorter than the first delay`;
      this.#to.error([...at, "delayMax"], "delay-too-long", message, "Make `delay` shorter or `delayMax` longer.");
    }
    return { after: delayAfter, delayMs, delayMaxMs };
  }

  #tooLong(at: KeyPath): void {
    const message = `${nameOf(at)} is longer than 30 seconds`;
    this.#to.error(at, "wait-too-long", message, "Clients give up before: refuse, and let them come again.");
  }

  #without(at: KeyPath, why: string, remedy: string): void {
    this.#to.error(at, "without-effect", `${nameOf(at)} has no effect: ${why}`, remedy);
  }
}

/** The length of a window, in milliseconds. */
export function windowOf(written: string, at: KeyPath, to: Resolving): number {
  const ms = durationMs(written);
  if (ms <= WINDOW_MS_MAX) return ms;
  to.error(at, "window-too-long", `${nameOf(at)} is longer than 24 days`, "Counters live in memory: at most 24d.");
  return WINDOW_MS_MAX;
}

function partsOf(key: KeyPart | readonly KeyPart[]): readonly KeyPart[] {
  return typeof key === "string" ? [key] : key;
}
