// Callers with keys of the run's own: anybody can be made, with any rights, and anything can be forged.
import type { OperationPolicy } from "../../../configuration/compose/operation-policy.ts";
import type { Composition } from "../../../configuration/compose.ts";
import type { WrittenDenied } from "../../../configuration/schema/denied.ts";
import type { SecurityAlternative } from "../../../core/security.ts";
import type { Caller, Forged, IsolatedCallers, Rights } from "../callers.ts";
import type { Believed } from "../isolation.ts";
import type { Field } from "../wire.ts";
import { Entitlement, NO_RIGHTS } from "./entitlement.ts";
import { FORGED_PLACES, FORGED_PROOFS } from "./forged-carriers.ts";
import { FORGED_CLAIMS, FORGED_KINDS } from "./forged-claims.ts";
import { FORGED_FORMS } from "./forged-forms.ts";
import { FORGED_SIGNATURES } from "./forged-signatures.ts";
import { Forge, type Forgery } from "./forging.ts";
import { makeProofKey } from "./proof-key.ts";
import { REVOKED, revokedEntries } from "./revoked.ts";
import { type Carried, type Person, SchemeTokens } from "./scheme-tokens.ts";
import { TestApiKeys } from "./test-api-keys.ts";
import { algorithmAmong, makeSharedSecret, makeTestKey, sharedKey, type TestKey } from "./test-key.ts";
import { variationsOf } from "./variations.ts";

/** Names that fit wherever identifiers of people do. */
const PEOPLE: Readonly<Record<"a" | "b", Person>> = {
  a: { name: "user A", subject: "a1e5a1e5-0000-4000-8000-00000000000a" },
  b: { name: "user B", subject: "b0b0b0b0-0000-4000-8000-00000000000b" },
};

const NOWHERE = "http://127.0.0.1:9/keys.json";

const FORGERIES: readonly Forgery[] = [
  ...FORGED_SIGNATURES,
  ...FORGED_CLAIMS,
  ...FORGED_KINDS,
  ...FORGED_FORMS,
  ...FORGED_PLACES,
  ...FORGED_PROOFS,
  ...REVOKED,
];

export type CallersOptions = Pick<Composition, "settings" | "api" | "policies">;

export function createCallers(options: CallersOptions): IsolatedCallers {
  return new TestCallers(options);
}

class TestCallers implements IsolatedCallers {
  readonly nobody: Caller = { name: "nobody", subject: undefined, fields: [], query: [], rights: NO_RIGHTS };
  readonly believed: Believed;
  readonly #entitlement: Entitlement;
  readonly #policies = new Map<string, OperationPolicy>();
  readonly #tokens = new Map<string, SchemeTokens>();
  readonly #apiKeys = new Map<string, TestApiKeys>();
  readonly #ordinary: Rights;
  /** The way in of most operations: where nobody says which operation is meant. */
  readonly #usual: SecurityAlternative | undefined;
  readonly #level: string | undefined;

  constructor({ settings, api, policies }: CallersOptions) {
    this.#entitlement = new Entitlement(settings);
    for (const [operation, policy] of policies) this.#policies.set(operation.id, policy);
    const ways = this.#ways();
    const role = this.#entitlement.ordinaryRole;
    const scopes = [...new Set(ways.flatMap(([, way]) => way.flatMap((one) => one.scopes)))];
    this.#ordinary = { scopes, roles: role === undefined ? [] : [role], permissions: [] };
    this.#usual = commonest(ways.map(([, way]) => way));
    this.#level = ways.find(([policy]) => policy.authenticationLevel !== undefined)?.[0].authenticationLevel?.value;
    const keys = new Map<string, TestKey>();
    const secret = makeSharedSecret();
    const proofKey = makeProofKey();
    const schemes = new Set(
      [...policies.values()].flatMap(({ alternatives }) => alternatives.flat().map(({ scheme }) => scheme)),
    );
    for (const name of schemes) {
      const entry = this.#entitlement.schemeOf(name);
      const declared = api.schemes.get(name);
      if (entry?.kind === "jwt") {
        const key =
          entry.keys.kind === "secret" ? sharedKey(secret, "shared") : keyOf(algorithmAmong(entry.algorithms), keys);
        this.#tokens.set(name, new SchemeTokens(name, entry, declared, key, proofKey));
      } else if (entry?.kind === "api-keys" && declared !== undefined) {
        this.#apiKeys.set(
          name,
          new TestApiKeys(declared, this.#rightsThatMatter(name), this.#ordinary, Object.values(PEOPLE)),
        );
      }
    }
    this.believed = {
      jwks: [...keys.values()].map(({ jwk }) => jwk),
      secret,
      apiKeys: new Map([...this.#apiKeys].map(([name, { written }]) => [name, written])),
      denied: [...this.#tokens.values()].flatMap((tokens): WrittenDenied[] => revokedEntries(tokens)),
    };
  }

  get a(): Caller {
    return this.#ordinaryPerson(PEOPLE.a);
  }

  get b(): Caller {
    return this.#ordinaryPerson(PEOPLE.b);
  }

  allowed(operationId: string, user: "a" | "b" = "a"): Promise<Caller | undefined> {
    const policy = this.#policies.get(operationId);
    if (policy === undefined) return Promise.resolve(undefined);
    const way = this.#entitlement.wayIn(policy);
    if (way === undefined) {
      const isOpen = this.#entitlement.isPublic(policy);
      return Promise.resolve(isOpen ? { ...this.nobody, name: PEOPLE[user].name } : undefined);
    }
    return Promise.resolve(
      this.#caller(way, PEOPLE[user], this.#rightsAt(policy, way), policy.authenticationLevel?.value),
    );
  }

  withRights(rights: Rights, user: "a" | "b" = "a", operationId?: string): Promise<Caller | undefined> {
    const policy = operationId === undefined ? undefined : this.#policies.get(operationId);
    const way = policy === undefined ? this.#usual : this.#entitlement.wayIn(policy);
    const level = policy === undefined ? this.#level : policy.authenticationLevel?.value;
    return Promise.resolve(way && this.#caller(way, PEOPLE[user], rights, level));
  }

  forged(operationId: string, url: string = NOWHERE): Promise<readonly Forged[]> {
    const policy = this.#policies.get(operationId);
    const way =
      policy === undefined || this.#entitlement.isPublic(policy) ? undefined : this.#entitlement.wayIn(policy);
    if (policy === undefined || way === undefined) return Promise.resolve([]);
    const rights = this.#rightsAt(policy, way);
    const level = policy.authenticationLevel?.value;
    const all: Forged[] = [];
    const add = (
      { name, attack, rule, isCore = false, isReplay, only }: Omit<Forgery, "make">,
      caller: Caller | undefined,
    ) => {
      if (caller !== undefined)
        all.push({ name, attack, rule, isCore, isReplay, only, caller: { ...caller, name: `someone with ${name}` } });
    };
    for (const { scheme } of way) {
      const replacing = (carried: Carried) => this.#caller(way, PEOPLE.a, rights, level, { scheme, carried });
      const tokens = this.#tokens.get(scheme);
      if (tokens !== undefined) {
        const forge = new Forge(tokens, tokens.claims(PEOPLE.a, rights, level), url);
        for (const forgery of FORGERIES) {
          const made = forgery.make(forge);
          if (made !== undefined) add(forgery, replacing(typeof made === "string" ? tokens.carry(made) : made));
        }
      }
      for (const { carried, ...forgery } of this.#apiKeys.get(scheme)?.forged(PEOPLE.a, rights) ?? [])
        add(forgery, replacing(carried));
    }
    for (const [name, carried] of this.#strange(policy, rights)) {
      const person = { ...this.#asCaller(PEOPLE.a, rights, [carried]), name };
      add({ name, attack: "J27", rule: "dynamic.credential-of-another-scheme-accepted", isCore: true }, person);
    }
    if (level !== undefined) {
      add(
        { name: `no proof of the level ${level}`, rule: "dynamic.access-unexpected", isCore: true },
        this.#caller(way, PEOPLE.a, rights),
      );
      const other = this.#caller(way, PEOPLE.a, rights, `${level}x`, undefined, ["pwd"]);
      add({ name: `another level than ${level}`, rule: "dynamic.access-unexpected" }, other);
    }
    return Promise.resolve(all);
  }

  /** Good credentials of schemes that this operation does not ask for. */
  #strange({ alternatives }: OperationPolicy, rights: Rights): readonly (readonly [string, Carried])[] {
    const asked = new Set(alternatives.flat().map(({ scheme }) => scheme));
    const strange: [string, Carried][] = [];
    const issuers = [...asked].map((scheme) => this.#tokens.get(scheme)?.entry.issuer);
    for (const [scheme, tokens] of this.#tokens) {
      if (asked.has(scheme) || issuers.includes(tokens.entry.issuer)) continue;
      strange.push([
        `a credential of the scheme ${scheme}`,
        tokens.carry(tokens.token(tokens.claims(PEOPLE.a, rights))),
      ]);
    }
    for (const [scheme, keys] of this.#apiKeys) {
      const carried = asked.has(scheme) ? undefined : keys.any();
      if (carried !== undefined) strange.push([`a credential of the scheme ${scheme}`, carried]);
    }
    const judgesItself = [...asked].some(
      (scheme) => this.#entitlement.schemeOf(scheme)?.kind === "checked-by-upstream",
    );
    if (!judgesItself) {
      const basic = `Basic ${Buffer.from("admin:admin").toString("base64")}`;
      strange.push(["a name and a password by Basic", { fields: [["Authorization", basic]] }]);
    }
    return strange;
  }

  #ordinaryPerson(person: Person): Caller {
    if (this.#usual === undefined) return { ...this.nobody, name: person.name, subject: person.subject };
    const caller = this.#caller(this.#usual, person, this.#ordinary, this.#level);
    return caller ?? { ...this.nobody, name: person.name, subject: person.subject };
  }

  /** What is needed; beside it the scopes that everybody has, and an ordinary role where the API may ask for one itself. */
  #rightsAt(policy: OperationPolicy, way: SecurityAlternative): Rights {
    const needed = this.#entitlement.needed(policy, way);
    return needed.roles.length > 0 ? needed : { ...needed, roles: this.#ordinary.roles };
  }

  #caller(
    way: SecurityAlternative,
    person: Person,
    rights: Rights,
    level?: string,
    instead?: { readonly scheme: string; readonly carried: Carried },
    methods?: readonly string[],
  ): Caller | undefined {
    const carried: Carried[] = [];
    for (const { scheme } of way) {
      const tokens = this.#tokens.get(scheme);
      if (instead?.scheme === scheme) carried.push(instead.carried);
      else if (tokens !== undefined) {
        const claims = tokens.claims(person, rights, level);
        carried.push(tokens.carry(tokens.token(methods === undefined ? claims : { ...claims, amr: methods })));
      } else {
        const key = this.#apiKeys.get(scheme)?.carried(person, rights);
        if (key === undefined) return undefined;
        carried.push(key);
      }
    }
    return this.#asCaller(person, rights, carried);
  }

  #asCaller(person: Person, rights: Rights, carried: readonly Carried[]): Caller {
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

  #ways(): (readonly [OperationPolicy, SecurityAlternative])[] {
    return [...this.#policies.values()].flatMap((policy) => {
      const way = this.#entitlement.wayIn(policy);
      return way === undefined ? [] : [[policy, way] as const];
    });
  }

  /** All rights that the matrix will ask a key of this scheme for. */
  #rightsThatMatter(scheme: string): Rights[] {
    const rows = this.#ways()
      .filter(([, way]) => way.some((one) => one.scheme === scheme))
      .flatMap(([policy, way]) => [
        this.#rightsAt(policy, way),
        ...variationsOf(policy, way, this.#entitlement).map(({ rights }) => rights),
      ]);
    return [this.#ordinary, ...rows];
  }
}

function keyOf(algorithm: TestKey["algorithm"], keys: Map<string, TestKey>): TestKey {
  const key = keys.get(algorithm) ?? makeTestKey(algorithm, `portcullis-test-${algorithm}`);
  keys.set(algorithm, key);
  return key;
}

function commonest(ways: readonly SecurityAlternative[]): SecurityAlternative | undefined {
  const counts = new Map<string, number>();
  const named = (way: SecurityAlternative) => way.map(({ scheme }) => scheme).join(" ");
  for (const way of ways) counts.set(named(way), (counts.get(named(way)) ?? 0) + 1);
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return ways.find((way) => named(way) === most);
}
