// Who is held back for a time, and how: asked by the guards of addresses and callers, in the memory of one process.
import { callerName, type Principal } from "../core/principal.ts";

export type SanctionMeasure = "ban" | "limit" | "step-up" | "revoke";

export interface Sanction {
  readonly what: SanctionMeasure;
  /** Whom: an address' network, a caller as `callerKey` names it, a token by the name that deny lists have for it. */
  readonly of: "address" | "caller" | "token";
  readonly key: string;
  readonly untilMs: number;
  /** Of a tighter limit. */
  readonly limit?: { readonly limit: number; readonly windowMs: number } | undefined;
}

/** What holds of one key; the longest of each. */
export type Measures = Partial<Record<SanctionMeasure, Sanction>>;

/** Far beyond what anybody looks through: more is a sign that something else must change. */
export const SANCTIONS_MAX = 10_000;

/** Subjects are unique only together with their issuer. */
export function callerKey(issuer: string | undefined, subject: string): string {
  return `${issuer ?? ""}\u0000${subject}`;
}

export class Sanctions {
  readonly #by = {
    address: new Map<string, Measures>(),
    caller: new Map<string, Measures>(),
    token: new Map<string, Measures>(),
  };

  /** Puts these in the place of all. */
  replace(all: Iterable<Sanction>): void {
    for (const map of Object.values(this.#by)) map.clear();
    for (const sanction of all) this.add(sanction);
  }

  add(sanction: Sanction): void {
    const map = this.#by[sanction.of];
    const before = map.get(sanction.key);
    const longer = before?.[sanction.what];
    if (longer !== undefined && longer.untilMs >= sanction.untilMs) return;
    map.set(sanction.key, { ...before, [sanction.what]: sanction });
  }

  get hasAddresses(): boolean {
    return this.#by.address.size > 0;
  }

  get hasCallers(): boolean {
    return this.#by.caller.size > 0;
  }

  get hasTokens(): boolean {
    return this.#by.token.size > 0;
  }

  ofAddress(key: string): Measures | undefined {
    return this.#by.address.get(key);
  }

  ofToken(name: string): Measures | undefined {
    return this.#by.token.get(name);
  }

  /** Whether a token of one of these names is revoked. */
  revokes(names: readonly string[], nowMs: number): boolean {
    return this.hasTokens && names.some((name) => nowMs < (this.ofToken(name)?.revoke?.untilMs ?? 0));
  }

  /** Only of callers that were proven: what a wrong credential claims has no say. */
  ofCaller(principal: Principal): Measures | undefined {
    const name = callerName(principal);
    if (principal.kind === "anonymous" || name === undefined) return undefined;
    return this.#by.caller.get(callerKey(principal.issuer, name));
  }
}
