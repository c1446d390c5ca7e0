// The credentials of a run with keys of its own: tokens and API keys for every scheme, and what a gate must believe for them.
import type { Composition } from "../../../configuration/compose.ts";
import type { SecurityAlternative } from "../../../core/security.ts";
import type { Caller, Rights } from "../callers.ts";
import type { Believed } from "../isolation.ts";
import type { Field } from "../wire.ts";
import type { Entitlement } from "./entitlement.ts";
import { makeProofKey } from "./proof-key.ts";
import { revokedEntries } from "./revoked.ts";
import { type Carried, type Person, SchemeTokens } from "./scheme-tokens.ts";
import { TestApiKeys } from "./test-api-keys.ts";
import { algorithmAmong, makeSharedSecret, makeTestKey, sharedKey, type TestKey } from "./test-key.ts";

/** Names that fit wherever identifiers of people do. */
export const PEOPLE: Readonly<Record<"a" | "b", Person>> = {
  a: { name: "user A", subject: "a1e5a1e5-0000-4000-8000-00000000000a" },
  b: { name: "user B", subject: "b0b0b0b0-0000-4000-8000-00000000000b" },
};

export type CallersOptions = Pick<Composition, "settings" | "api" | "policies">;

export class Credentials {
  readonly tokens: ReadonlyMap<string, SchemeTokens>;
  readonly apiKeys: ReadonlyMap<string, TestApiKeys>;
  readonly believed: Believed;

  /** `rightsFor`: all that keys of a scheme will be asked for, the ordinary ones first; a gate keeps a list of them. */
  constructor(
    { api, policies }: CallersOptions,
    entitlement: Entitlement,
    rightsFor: (scheme: string) => readonly [Rights, ...Rights[]],
  ) {
    const tokens = new Map<string, SchemeTokens>();
    const apiKeys = new Map<string, TestApiKeys>();
    const keys = new Map<string, TestKey>();
    const secret = makeSharedSecret();
    const proofKey = makeProofKey();
    const schemes = new Set([...policies.values()].flatMap(({ alternatives }) => alternatives.flat()));
    for (const name of new Set([...schemes].map(({ scheme }) => scheme))) {
      const entry = entitlement.schemeOf(name);
      const declared = api.schemes.get(name);
      if (entry?.kind === "jwt") {
        const key =
          entry.keys.kind === "secret" ? sharedKey(secret, "shared") : keyOf(algorithmAmong(entry.algorithms), keys);
        tokens.set(name, new SchemeTokens(name, entry, declared, key, proofKey));
      } else if (entry?.kind === "api-keys" && declared !== undefined) {
        apiKeys.set(name, new TestApiKeys(declared, rightsFor(name), Object.values(PEOPLE)));
      }
    }
    this.tokens = tokens;
    this.apiKeys = apiKeys;
    this.believed = {
      jwks: [...keys.values()].map(({ jwk }) => jwk),
      secret,
      apiKeys: new Map([...apiKeys].map(([name, { written }]) => [name, written])),
      denied: [...tokens.values()].flatMap(revokedEntries),
    };
  }

  /** Undefined for rights that no key was made for. `instead`: what one scheme carries in place of what is good. */
  caller(
    way: SecurityAlternative,
    person: Person,
    rights: Rights,
    level?: string,
    instead?: { readonly scheme: string; readonly carried: Carried },
    methods?: readonly string[],
  ): Caller | undefined {
    const carried: Carried[] = [];
    const names: { readonly isKey: boolean; readonly name: string }[] = [];
    for (const { scheme } of way) {
      const tokens = this.tokens.get(scheme);
      if (tokens !== undefined) names.push({ isKey: false, name: `${tokens.entry.issuer} ${person.subject}` });
      if (instead?.scheme === scheme) carried.push(instead.carried);
      else if (tokens !== undefined) {
        const claims = tokens.claims(person, rights, level);
        carried.push(tokens.carry(tokens.token(methods === undefined ? claims : { ...claims, amr: methods })));
      } else {
        const key = this.apiKeys.get(scheme)?.carried(person, rights);
        if (key === undefined) return undefined;
        carried.push(key);
        names.push({ isKey: true, name: JSON.stringify([key.fields, key.query]) });
      }
    }
    // A key names nobody but itself: where a token comes with it, the person counts.
    const countedAs = (names.find(({ isKey }) => !isKey) ?? names[0])?.name;
    return { ...asCaller(person, rights, carried), countedAs };
  }
}

export function asCaller(person: Person, rights: Rights, carried: readonly Carried[]): Caller {
  const fields: Field[] = carried.flatMap((one) => [...one.fields]);
  const proof = carried.find((one) => one.proof !== undefined)?.proof;
  return {
    name: person.name,
    subject: person.subject,
    fields,
    query: carried.flatMap((one) => [...(one.query ?? [])]),
    proof,
    rights,
  };
}

function keyOf(algorithm: TestKey["algorithm"], keys: Map<string, TestKey>): TestKey {
  const key = keys.get(algorithm) ?? makeTestKey(algorithm, `portcullis-test-${algorithm}`);
  keys.set(algorithm, key);
  return key;
}
