// Remembers verified tokens, so that a token costs its signature once a minute instead of once a request.
import type { Credential } from "../core/exchange.ts";
import type { TokenNames } from "./deny-list.ts";
import type { IssuerKey } from "./key-source.ts";
import type { TokenBinding } from "./token-binding.ts";

/** How long a verification counts before it is done again. */
export const VERIFIED_FOR_MS = 60_000;
const ENTRIES_MAX = 10_000;
/** Sum of the tokens' lengths; what is kept of a token is a small multiple of it. */
const TOKEN_BYTES_SUM_MAX = 16 * 1_024 * 1_024;

export interface VerifiedToken {
  readonly credential: Credential;
  /** The key whose proof must come with each use of it; undefined for plain bearer tokens. */
  readonly binding?: TokenBinding | undefined;
  /** What it could be revoked by meanwhile. */
  readonly names: TokenNames;
  /** The settings it was judged by: a verdict never outlives them. */
  readonly judgedBy: string;
  readonly key: IssuerKey;
  /** Name of what was signed. Of two tokens that differ only in their signature one is kept (J17). */
  readonly signed: string;
  readonly tokenBytes: number;
  /** Wall time at which the token ends. */
  readonly expiresAtMs: number;
  /** Monotonic time at which it must be verified again: the wall clock may jump. */
  readonly verifiedUntilMs: number;
}

interface Entry extends VerifiedToken {
  used: boolean;
}

/**
 * Bounded; gives up what has not been used since the hand came by (CLOCK), and whatever must be verified again anyway: what it
 * holds follows from who is there now, not from all who ever were. A hit changes one flag.
 */
export class TokenCache {
  readonly #entriesMax: number;
  readonly #tokenBytesSumMax: number;
  readonly #entries = new Map<string, Entry>();
  readonly #bySigned = new Map<string, string>();
  #tokenBytesSum = 0;

  constructor(limits: { readonly entriesMax?: number; readonly tokenBytesSumMax?: number } = {}) {
    this.#entriesMax = limits.entriesMax ?? ENTRIES_MAX;
    this.#tokenBytesSumMax = limits.tokenBytesSumMax ?? TOKEN_BYTES_SUM_MAX;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What was verified, by the SHA-256 of the token's whole text, while everything that it rested on still holds. */
  get(id: string, judgedBy: string, nowMs: number, monotonicMs: number): VerifiedToken | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.judgedBy !== judgedBy) return undefined;
    if (nowMs >= entry.expiresAtMs || monotonicMs >= entry.verifiedUntilMs || entry.key.retired) {
      this.#drop(id, entry);
      return undefined;
    }
    entry.used = true;
    return entry;
  }

  put(id: string, token: VerifiedToken, monotonicMs: number): void {
    this.#dropPast(monotonicMs);
    const twin = this.#bySigned.get(token.signed);
    if (twin !== undefined) this.#drop(twin, this.#entries.get(twin) as Entry);
    const before = this.#entries.get(id);
    if (before !== undefined) this.#drop(id, before);
    if (token.tokenBytes > this.#tokenBytesSumMax) return;
    this.#makeRoom(token.tokenBytes);
    this.#entries.set(id, { ...token, used: false });
    this.#bySigned.set(token.signed, id);
    this.#tokenBytesSum += token.tokenBytes;
  }

  /** Nearly in the order in which they came, which is that of their ends: each is looked at once, when it goes. */
  #dropPast(monotonicMs: number): void {
    for (const [id, entry] of this.#entries) {
      if (monotonicMs < entry.verifiedUntilMs) return;
      this.#drop(id, entry);
    }
  }

  #makeRoom(tokenBytes: number): void {
    for (const [id, entry] of this.#entries) {
      if (this.#entries.size < this.#entriesMax && this.#tokenBytesSum + tokenBytes <= this.#tokenBytesSumMax) return;
      if (entry.used) {
        // A second chance: to the end of the line. Iteration comes by again, and finds it unused.
        entry.used = false;
        this.#entries.delete(id);
        this.#entries.set(id, entry);
      } else {
        this.#drop(id, entry);
      }
    }
  }

  #drop(id: string, entry: Entry): void {
    this.#entries.delete(id);
    this.#bySigned.delete(entry.signed);
    this.#tokenBytesSum -= entry.tokenBytes;
  }
}
