// The port to what was revoked before its time, and its implementation in memory. Asked after each proof, also one from the cache.
import type { JsonObject } from "../cryptography/json.ts";
import { sha256Base64url } from "../cryptography/digest.ts";
import type { TokenProfile } from "./token-profile.ts";

/** Every name that a verified token can be denied by, made once for each token. */
export interface TokenNames {
  readonly names: readonly string[];
  /** `iat` in wall-clock milliseconds; undefined where the token does not say. */
  readonly issuedAtMs: number | undefined;
}

/** Answers at once: whoever keeps it elsewhere feeds it, so that no request waits for it and no outage opens it. */
export interface DenyList {
  denies(token: TokenNames, nowMs: number): boolean;
}

export interface Denied {
  /** As `deniedName` makes it. */
  readonly name: string;
  /** Only tokens that were issued before it; those that do not say when are meant as well. */
  readonly beforeMs?: number | undefined;
  /** When the entry has no use any more: then the token has ended by itself. */
  readonly untilMs?: number | undefined;
}

/** A token by its id, all of a session, a subject or a client: unique only together with their issuer. Or one by what was signed. */
export function deniedName(
  kind: "token" | "session" | "subject" | "client" | "digest",
  issuer: string,
  name: string,
): string {
  return JSON.stringify([kind, kind === "digest" ? "" : issuer, name]);
}

/**
 * What is signed names a token that has no id. It is not the whole text: the twin of an ECDSA signature (r, n−s) is valid
 * too, and would be another name for the same token (J17).
 */
export function signedDigest(signed: Uint8Array): string {
  return `sha256:${sha256Base64url(signed)}`;
}

export function namesOfToken(claims: JsonObject, profile: TokenProfile, signed: Uint8Array): TokenNames {
  const { iss, iat } = claims;
  const issuer = typeof iss === "string" ? iss : "";
  const names = [deniedName("digest", "", signedDigest(signed))];
  const claimed = [
    ["token", profile.tokenId],
    ["session", profile.session],
    ["subject", "sub"],
    ...profile.client.map((claim) => ["client", claim] as const),
  ] as const;
  for (const [kind, claim] of claimed) {
    const value = claims[claim];
    if (typeof value === "string" && value !== "") names.push(deniedName(kind, issuer, value));
  }
  return Object.freeze({ names, issuedAtMs: typeof iat === "number" ? iat * 1_000 : undefined });
}

/** More would be no list of exceptions but a sign that keys must be changed. */
const ENTRIES_MAX = 100_000;

/** In the memory of one process. */
export class MemoryDenyList implements DenyList {
  readonly #entries = new Map<string, Denied>();

  get size(): number {
    return this.#entries.size;
  }

  /** False where there is no room: the caller must not believe that it is denied. */
  add(entry: Denied, nowMs: number): boolean {
    if (this.#entries.size >= ENTRIES_MAX) this.#dropEnded(nowMs);
    if (this.#entries.size >= ENTRIES_MAX) return false;
    const known = this.#entries.get(entry.name);
    this.#entries.set(entry.name, known === undefined ? entry : widest(known, entry));
    return true;
  }

  denies({ names, issuedAtMs }: TokenNames, nowMs: number): boolean {
    if (this.#entries.size === 0) return false;
    for (const name of names) {
      const entry = this.#entries.get(name);
      if (entry === undefined || nowMs >= (entry.untilMs ?? Number.POSITIVE_INFINITY)) continue;
      if (entry.beforeMs === undefined || issuedAtMs === undefined || issuedAtMs < entry.beforeMs) return true;
    }
    return false;
  }

  #dropEnded(nowMs: number): void {
    for (const [name, { untilMs }] of this.#entries) {
      if (untilMs !== undefined && nowMs >= untilMs) this.#entries.delete(name);
    }
  }
}

/** Whose list is another from one moment to the next: whoever asks sees the one or the other, whole. */
export class ReplaceableDenyList implements DenyList {
  #list: DenyList;

  constructor(list: DenyList) {
    this.#list = list;
  }

  replace(list: DenyList): void {
    this.#list = list;
  }

  denies(token: TokenNames, nowMs: number): boolean {
    return this.#list.denies(token, nowMs);
  }
}

/** Of two entries for one name nothing of either is lost. */
function widest(a: Denied, b: Denied): Denied {
  const later = (x: number | undefined, y: number | undefined) =>
    x === undefined || y === undefined ? undefined : Math.max(x, y);
  return { name: a.name, beforeMs: later(a.beforeMs, b.beforeMs), untilMs: later(a.untilMs, b.untilMs) };
}
