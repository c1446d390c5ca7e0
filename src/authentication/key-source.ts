// The port to an issuer's keys: looked up for each token that the cache does not know.
import type { AlgorithmName, VerificationKey } from "../cryptography/signature.ts";

/** A key as its source holds it. */
export interface IssuerKey {
  readonly verification: VerificationKey;
  /** Set when the source drops the key: what it has verified does not count any longer. */
  retired: boolean;
}

/** `unfit`: the key of that id is not for that algorithm. `unavailable`: nobody can tell now, which is never a 401. */
export type KeyLookup = IssuerKey | "unknown" | "unfit" | "unavailable";

export type KeySourceState = "loading" | "fresh" | "stale" | "unavailable";

export interface KeySource {
  /** Where the keys come from, for people. */
  readonly name: string;
  /** Every algorithm that one of its keys could ever verify. */
  readonly algorithms: readonly AlgorithmName[];
  /** Whether tokens must name their key where more than one could be meant. False for a shared secret. */
  readonly needsKid: boolean;
  /** Resolves when keys were loaded for the first time. Starts loading. Rejects only when closed before, or for broken configuration. */
  ready(): Promise<void>;
  state(): KeySourceState;
  /** Answers at once for known keys. An undefined `kid` means the only key, where there is only one. */
  find(kid: string | undefined, algorithm: AlgorithmName): KeyLookup | Promise<KeyLookup>;
  /** Monotonic time until which what is known now may be believed without another load. */
  usableUntilMs(): number;
  /** Loads at once what may have changed, where it loads at all: a load under way may be of the time before. Never rejects. */
  refresh?(): Promise<void>;
  /** When to come again after `unavailable`. */
  retryAfterSeconds(): number;
  close(): void;
}
