// Callers with keys of the run's own: anybody can be made, with any rights, and anything can be forged.
import type { OperationPolicy } from "../../../configuration/compose/operation-policy.ts";
import type { SecurityAlternative } from "../../../core/security.ts";
import type { Caller, Forged, IsolatedCallers, Rights } from "../callers.ts";
import type { Believed } from "../isolation.ts";
import { asCaller, type CallersOptions, Credentials, PEOPLE } from "./credentials.ts";
import { Entitlement, NO_RIGHTS } from "./entitlement.ts";
import { FORGED_PLACES, FORGED_PROOFS } from "./forged-carriers.ts";
import { FORGED_CLAIMS, FORGED_KINDS } from "./forged-claims.ts";
import { FORGED_FORMS } from "./forged-forms.ts";
import { FORGED_SIGNATURES } from "./forged-signatures.ts";
import { GOOD_FORMS } from "./good-forms.ts";
import { Forge, type Forgery } from "./forging.ts";
import { REVOKED } from "./revoked.ts";
import type { Carried, Person } from "./scheme-tokens.ts";
import { variationsOf } from "./variations.ts";

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

export function createCallers(options: CallersOptions): IsolatedCallers {
  return new TestCallers(options);
}

class TestCallers implements IsolatedCallers {
  readonly nobody: Caller = { name: "nobody", subject: undefined, fields: [], query: [], rights: NO_RIGHTS };
  readonly #entitlement: Entitlement;
  readonly #policies = new Map<string, OperationPolicy>();
  readonly #credentials: Credentials;
  readonly #ordinary: Rights;
  /** The way in of most operations: where nobody says which operation is meant. */
  readonly #usual: SecurityAlternative | undefined;
  readonly #level: string | undefined;

  constructor(options: CallersOptions) {
    const { settings, policies } = options;
    this.#entitlement = new Entitlement(settings);
    for (const [operation, policy] of policies) this.#policies.set(operation.id, policy);
    const ways = this.#ways();
    const role = this.#entitlement.ordinaryRole;
    const scopes = [...new Set(ways.flatMap(([, way]) => way.flatMap((one) => one.scopes)))];
    this.#ordinary = { scopes, roles: role === undefined ? [] : [role], permissions: [] };
    this.#usual = commonest(ways.map(([, way]) => way));
    this.#level = ways.find(([policy]) => policy.authenticationLevel !== undefined)?.[0].authenticationLevel?.value;
    this.#credentials = new Credentials(options, this.#entitlement, (scheme) => this.#rightsThatMatter(scheme));
  }

  get believed(): Believed {
    return this.#credentials.believed;
  }

  get a(): Caller {
    return this.#ordinaryPerson(PEOPLE.a);
  }

  get b(): Caller {
    return this.#ordinaryPerson(PEOPLE.b);
  }

  readonly isAlone = false;

  allowed(operationId: string, user: "a" | "b" = "a"): Promise<Caller | undefined> {
    const policy = this.#policies.get(operationId);
    if (policy === undefined) return Promise.resolve(undefined);
    const way = this.#entitlement.wayIn(policy);
    if (way === undefined) {
      const isOpen = this.#entitlement.isPublic(policy);
      return Promise.resolve(isOpen ? { ...this.nobody, name: PEOPLE[user].name } : undefined);
    }
    return Promise.resolve(
      this.#credentials.caller(
        way,
        PEOPLE[user],
        this.#entitlement.usual(policy, way),
        policy.authenticationLevel?.value,
      ),
    );
  }

  withRights(rights: Rights, user: "a" | "b" = "a", operationId?: string): Promise<Caller | undefined> {
    const policy = operationId === undefined ? undefined : this.#policies.get(operationId);
    const way = policy === undefined ? this.#usual : this.#entitlement.wayIn(policy);
    const level = policy === undefined ? this.#level : policy.authenticationLevel?.value;
    return Promise.resolve(way && this.#credentials.caller(way, PEOPLE[user], rights, level));
  }

  alike(operationId: string): Promise<readonly Caller[]> {
    const policy = this.#policies.get(operationId);
    const way =
      policy === undefined || this.#entitlement.isPublic(policy) ? undefined : this.#entitlement.wayIn(policy);
    if (policy === undefined || way === undefined) return Promise.resolve([]);
    const rights = this.#entitlement.usual(policy, way);
    const level = policy.authenticationLevel?.value;
    const alike = way.flatMap(({ scheme }) => {
      const tokens = this.#credentials.tokens.get(scheme);
      if (tokens === undefined) return [];
      return GOOD_FORMS.flatMap((form) => {
        const carried = form.make(new Forge(tokens, tokens.claims(PEOPLE.a, rights, level), NOWHERE));
        const caller = carried && this.#credentials.caller(way, PEOPLE.a, rights, level, { scheme, carried });
        return caller === undefined ? [] : [{ ...caller, name: `somebody with ${form.name}` }];
      });
    });
    return Promise.resolve(alike);
  }

  forged(operationId: string, url: string = NOWHERE): Promise<readonly Forged[]> {
    const policy = this.#policies.get(operationId);
    const way =
      policy === undefined || this.#entitlement.isPublic(policy) ? undefined : this.#entitlement.wayIn(policy);
    if (policy === undefined || way === undefined) return Promise.resolve([]);
    const rights = this.#entitlement.usual(policy, way);
    const level = policy.authenticationLevel?.value;
    const all: Forged[] = [];
    const add = (
      { name, attack, rule, isCore = false, isReplay, only, isStrangers }: Omit<Forgery, "make">,
      made: Caller | undefined,
    ) => {
      if (made === undefined) return;
      const caller = { ...made, name: `someone with ${name}` };
      all.push({ name, attack, rule, isCore, isReplay, only, isStrangers, caller });
    };
    for (const { scheme } of way) {
      const replacing = (carried: Carried) =>
        this.#credentials.caller(way, PEOPLE.a, rights, level, { scheme, carried });
      const tokens = this.#credentials.tokens.get(scheme);
      if (tokens !== undefined) {
        const forge = new Forge(tokens, tokens.claims(PEOPLE.a, rights, level), url);
        for (const forgery of FORGERIES) {
          const made = forgery.make(forge);
          if (made !== undefined) add(forgery, replacing(typeof made === "string" ? tokens.carry(made) : made));
        }
      }
      for (const { carried, ...forgery } of this.#credentials.apiKeys.get(scheme)?.forged(PEOPLE.a, rights) ?? [])
        add(forgery, replacing(carried));
    }
    for (const [name, carried] of this.#strange(policy, rights)) {
      const person = { ...asCaller(PEOPLE.a, rights, [carried]), name };
      add({ name, attack: "J27", rule: "dynamic.credential-of-another-scheme-accepted", isCore: true }, person);
    }
    if (level !== undefined) {
      add(
        { name: `no proof of the level ${level}`, rule: "dynamic.access-unexpected", isCore: true },
        this.#credentials.caller(way, PEOPLE.a, rights),
      );
      const other = this.#credentials.caller(way, PEOPLE.a, rights, `${level}x`, undefined, ["pwd"]);
      add({ name: `another level than ${level}`, rule: "dynamic.access-unexpected", isCore: true }, other);
    }
    return Promise.resolve(all);
  }

  /** Good credentials of schemes that this operation does not ask for. */
  #strange({ alternatives }: OperationPolicy, rights: Rights): readonly (readonly [string, Carried])[] {
    const asked = new Set(alternatives.flat().map(({ scheme }) => scheme));
    const strange: [string, Carried][] = [];
    const issuers = [...asked].map((scheme) => this.#credentials.tokens.get(scheme)?.entry.issuer);
    for (const [scheme, tokens] of this.#credentials.tokens) {
      if (asked.has(scheme) || issuers.includes(tokens.entry.issuer)) continue;
      strange.push([
        `a credential of the scheme ${scheme}`,
        tokens.carry(tokens.token(tokens.claims(PEOPLE.a, rights))),
      ]);
    }
    for (const [scheme, keys] of this.#credentials.apiKeys) {
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
    const caller = this.#credentials.caller(this.#usual, person, this.#ordinary, this.#level);
    return caller ?? { ...this.nobody, name: person.name, subject: person.subject };
  }

  #ways(): (readonly [OperationPolicy, SecurityAlternative])[] {
    return [...this.#policies.values()].flatMap((policy) => {
      const way = this.#entitlement.wayIn(policy);
      return way === undefined ? [] : [[policy, way] as const];
    });
  }

  /** All rights that the matrix will ask a key of this scheme for. */
  #rightsThatMatter(scheme: string): [Rights, ...Rights[]] {
    const rows = this.#ways()
      .filter(([, way]) => way.some((one) => one.scheme === scheme))
      .flatMap(([policy, way]) => [
        this.#entitlement.usual(policy, way),
        ...variationsOf(policy, way, this.#entitlement).map(({ rights }) => rights),
      ]);
    return [this.#ordinary, ...rows];
  }
}

function commonest(ways: readonly SecurityAlternative[]): SecurityAlternative | undefined {
  const counts = new Map<string, number>();
  const named = (way: SecurityAlternative) => way.map(({ scheme }) => scheme).join(" ");
  for (const way of ways) counts.set(named(way), (counts.get(named(way)) ?? 0) + 1);
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return ways.find((way) => named(way) === most);
}
