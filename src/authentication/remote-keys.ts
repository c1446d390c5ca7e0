// An issuer's keys by its JWKS address or by discovery: loaded, refreshed, and kept for a bounded time while it is away.
import type { Clock } from "../core/clock.ts";
import type { SystemEvent } from "../core/record.ts";
import { ASYMMETRIC_ALGORITHMS, type AlgorithmName } from "../cryptography/signature.ts";
import { brokenOption } from "./broken-option.ts";
import { checkConfiguredUrl, discoverJwksUrl, type FetchJson, fetchLimits } from "./discovery.ts";
import { readJwks } from "./jwks.ts";
import { KeyRing } from "./key-ring.ts";
import type { KeyLookup, KeySource, KeySourceState } from "./key-source.ts";

/** Known keys serve this long without a good load. */
const OUTAGE_MAX_MS = 3_600_000;
/** How often the keys are loaded while all is well: a key that is gone stops counting within this time. */
const REFRESH_MS = 300_000;
/** A token with an unknown key may cause a load only this long after the last that one caused (J11). */
const UNKNOWN_KID_WAIT_MS = 30_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;

/** The port to timers: calls back once, unless cancelled. Must not keep the process alive. */
export type Schedule = (afterMs: number, callback: () => void) => () => void;

export interface RemoteKeysOptions {
  /** The issuer, for discovery. Either this or `jwksUrl`. */
  readonly issuer?: string;
  readonly jwksUrl?: string;
  readonly fetchJson: FetchJson;
  readonly clock: Clock;
  readonly onEvent?: (event: SystemEvent) => void;
  readonly schedule?: Schedule;
  /** From 0 to 1, so that many gateways do not come at one time. */
  readonly random?: () => number;
}

/** Keys from an issuer. Throws ProblemsError for a broken address; loads nothing before `ready` or the first look-up. */
export function remoteKeys(options: RemoteKeysOptions): KeySource {
  return new RemoteKeys(options);
}

const scheduleTimer: Schedule = (afterMs, callback) => {
  const timer = setTimeout(callback, afterMs).unref();
  return () => clearTimeout(timer);
};

class RemoteKeys implements KeySource {
  readonly name: string;
  readonly algorithms: readonly AlgorithmName[] = ASYMMETRIC_ALGORITHMS;
  readonly needsKid = true;
  readonly #options: RemoteKeysOptions;
  readonly #schedule: Schedule;
  readonly #random: () => number;
  readonly #ring = new KeyRing();
  readonly #first = Promise.withResolvers<void>();
  #loading: Promise<void> | undefined;
  #started = false;
  #lastUnknownMs = Number.NEGATIVE_INFINITY;
  #lastGoodMs = Number.NEGATIVE_INFINITY;
  #nextStartMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #saidUnavailable = false;
  #jwksUrl: string | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: RemoteKeysOptions) {
    const url = options.jwksUrl ?? options.issuer;
    if (url === undefined || (options.jwksUrl !== undefined && options.issuer !== undefined)) {
      throw brokenOption("authentication.keys-source", "either the issuer or the address of its keys is needed", "");
    }
    checkConfiguredUrl(url, options.jwksUrl === undefined ? "issuer" : "jwks");
    this.name = url;
    this.#options = options;
    this.#schedule = options.schedule ?? scheduleTimer;
    this.#random = options.random ?? Math.random;
    this.#first.promise.catch(() => undefined);
  }

  ready(): Promise<void> {
    if (!this.#started) void this.#load();
    return this.#first.promise;
  }

  state(): KeySourceState {
    if (this.#lastGoodMs === Number.NEGATIVE_INFINITY) return "loading";
    if (!this.#usable()) return "unavailable";
    return this.#failures === 0 ? "fresh" : "stale";
  }

  find(kid: string | undefined, algorithm: AlgorithmName): KeyLookup | Promise<KeyLookup> {
    const joined = this.#loading !== undefined;
    if (this.#usable()) {
      const found = this.#ring.find(kid, algorithm);
      if (found !== "unknown") return found;
      if (!joined && !this.#mayLoadUnknown()) return this.#unknown();
      if (!joined) this.#lastUnknownMs = this.#options.clock.monotonicMs();
    } else if (!joined && this.#failures > 0) {
      return "unavailable"; // The next try has its time; requests do not hurry it.
    }
    return this.#load().then(() => {
      if (!this.#usable()) return "unavailable";
      const found = this.#ring.find(kid, algorithm);
      if (found !== "unknown") return found;
      // A load that was already under way may have read the set before the key was made.
      const again = joined && (this.#loading !== undefined || this.#mayLoadUnknown());
      return again ? this.find(kid, algorithm) : this.#unknown();
    });
  }

  usableUntilMs(): number {
    return this.#closed ? Number.NEGATIVE_INFINITY : this.#lastGoodMs + OUTAGE_MAX_MS;
  }

  async refresh(): Promise<void> {
    if (!this.#started) return; // The first load is yet to come.
    await this.#loading;
    await this.#load();
  }

  retryAfterSeconds(): number {
    return Math.max(1, Math.ceil((this.#nextStartMs - this.#options.clock.monotonicMs()) / 1_000));
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#ring.replace([]);
    this.#first.reject(new Error("closed before the keys were loaded"));
  }

  #usable(): boolean {
    return this.#options.clock.monotonicMs() < this.usableUntilMs();
  }

  /** Loads of other causes do not count: an issuer may have made its key just after one of them. */
  #mayLoadUnknown(): boolean {
    return this.#failures === 0 && this.#options.clock.monotonicMs() - this.#lastUnknownMs >= UNKNOWN_KID_WAIT_MS;
  }

  /** While the issuer is away, a key that we do not know may be one that it just made. */
  #unknown(): KeyLookup {
    return this.#failures === 0 ? "unknown" : "unavailable";
  }

  /** At most one at a time. Never rejects. */
  #load(): Promise<void> {
    if (this.#loading !== undefined) return this.#loading;
    if (this.#closed) return Promise.resolve();
    this.#cancel?.();
    this.#started = true;
    this.#loading = this.#fetch().then(
      () => this.#loaded(),
      (error: unknown) => this.#failed(error),
    );
    return this.#loading;
  }

  async #fetch(): Promise<void> {
    const { fetchJson, issuer } = this.#options;
    if (issuer !== undefined) this.#jwksUrl ??= await discoverJwksUrl(issuer, fetchJson);
    const url = this.#options.jwksUrl ?? this.#jwksUrl;
    const set = readJwks(await fetchJson(url as string, fetchLimits(this.name)));
    if (typeof set === "string") throw new Error(set);
    if (this.#closed) return;
    const { added, retired } = this.#ring.replace(set.keys);
    if (added === 0 && retired === 0 && this.#failures === 0) return;
    for (const { index, fault } of set.dropped) {
      this.#say("authentication.key-refused", "error", `key ${index + 1} of ${url} is not used: ${fault}`);
    }
    const message = `${this.#ring.size} keys from ${url} (${added} new, ${retired} gone)`;
    this.#say("authentication.keys-loaded", "info", message);
  }

  #loaded(): void {
    this.#failures = 0;
    this.#saidUnavailable = false;
    this.#lastGoodMs = this.#options.clock.monotonicMs();
    this.#first.resolve();
    this.#again(REFRESH_MS);
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    this.#jwksUrl = undefined; // It may have moved: discover it again.
    const why = error instanceof Error ? error.message : "unknown error";
    if (this.#failures === 1) {
      this.#say("authentication.keys-unreachable", "warn", `the keys of ${this.name} could not be loaded: ${why}`);
    }
    if (!this.#saidUnavailable && this.#lastGoodMs !== Number.NEGATIVE_INFINITY && !this.#usable()) {
      this.#saidUnavailable = true;
      this.#say("authentication.keys-unavailable", "error", `the known keys of ${this.name} are too old: ${why}`);
    }
    this.#again(Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures - 1, 10)));
  }

  #again(afterMs: number): void {
    this.#loading = undefined;
    if (this.#closed) return;
    const waitMs = afterMs * (0.75 + this.#random() / 4);
    this.#nextStartMs = this.#options.clock.monotonicMs() + waitMs;
    this.#cancel = this.#schedule(waitMs, () => void this.#load());
  }

  #say(action: string, level: SystemEvent["level"], message: string): void {
    if (!this.#closed) this.#options.onEvent?.({ action, level, message });
  }
}
