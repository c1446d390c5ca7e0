// The keys of one issuer at one time; replacing them retires those that are gone.
import type { AlgorithmName, VerificationKey } from "../cryptography/signature.ts";
import type { IssuerKey } from "./key-source.ts";

export class KeyRing {
  #keys: readonly IssuerKey[] = [];
  #byKid: ReadonlyMap<string | undefined, readonly IssuerKey[]> = new Map();

  get size(): number {
    return this.#keys.length;
  }

  /** Takes over another set. A key that stays keeps its entry, so that what it verified stays cached. */
  replace(next: readonly VerificationKey[]): { added: number; retired: number } {
    const before = new Map(this.#keys.map((key) => [nameOf(key.verification), key]));
    const keys: IssuerKey[] = [];
    const byKid = new Map<string | undefined, IssuerKey[]>();
    let added = 0;
    for (const verification of next) {
      const name = nameOf(verification);
      let key = before.get(name);
      if (key === undefined) {
        key = { verification, retired: false };
        added += 1;
      }
      before.delete(name);
      keys.push(key);
      const group = byKid.get(verification.kid);
      if (group === undefined) byKid.set(verification.kid, [key]);
      else group.push(key);
    }
    for (const gone of before.values()) gone.retired = true;
    this.#keys = keys;
    this.#byKid = byKid;
    return { added, retired: before.size };
  }

  find(kid: string | undefined, algorithm: AlgorithmName): IssuerKey | "unknown" | "unfit" {
    // J10: without a name only the only key can be meant.
    const named = kid === undefined ? (this.#keys.length === 1 ? this.#keys : undefined) : this.#byKid.get(kid);
    if (named === undefined) return "unknown";
    return named.find((key) => key.verification.algorithms.includes(algorithm)) ?? "unfit";
  }
}

function nameOf(key: VerificationKey): string {
  return JSON.stringify([key.kid, key.identity]);
}
