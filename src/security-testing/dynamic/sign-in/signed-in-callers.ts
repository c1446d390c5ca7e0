// The people of a run at a gate that it did not start: those who were described, signed in, and again before their tokens end.
import { codeOf } from "../../../configuration/error-code.ts";
import type { Composition } from "../../../configuration/compose.ts";
import type { OperationPolicy } from "../../../configuration/compose/operation-policy.ts";
import { Entitlement, NO_RIGHTS } from "../callers/entitlement.ts";
import type { Caller, Callers, Forged, Rights } from "../callers.ts";
import { CannotTest } from "../cannot-test.ts";
import { whyUnreached } from "../client/unreached.ts";
import type { SecurityAlternative } from "../../../core/security.ts";
import type { SignIn } from "../test-file/sign-in-schema.ts";
import type { Ask } from "./asking.ts";
import { byAuthorizationCode } from "./authorization-code.ts";
import { byClientCredentials } from "./client-credentials.ts";
import { type Credential, tokenCredential } from "./credential.ts";
import { byLogin } from "./login-request.ts";
import { rightsOf } from "./rights.ts";

export interface SignedInOptions {
  readonly composition: Pick<Composition, "api" | "settings" | "policies">;
  /** By name; `a` and `b` are two ordinary people. Where nobody is `a`, the first is. */
  readonly signIns: Readonly<Record<string, SignIn | "none">>;
  /** Of the API: where paths of login requests begin. */
  readonly origin: string;
  readonly ask: Ask;
}

/** Before a token ends it is exchanged: what a probe asks for takes less. One that does not last as long serves for half its time. */
const MARGIN_MS = 60_000;

interface Person {
  readonly caller: Caller;
  /** What its token names; undefined where it is no token, or none that can be read. */
  readonly issuer: string | undefined;
  readonly renewAtMs: number;
}

export class SignedInCallers implements Callers {
  readonly nobody: Caller = { name: "nobody", subject: undefined, fields: [], query: [], rights: NO_RIGHTS };
  readonly #options: SignedInOptions;
  readonly #entitlement: Entitlement;
  readonly #policies: ReadonlyMap<string, OperationPolicy>;
  readonly #people = new Map<string, Person>();

  /** Everybody signs in. Throws CannotTest with who cannot. */
  static async signIn(options: SignedInOptions): Promise<SignedInCallers> {
    const callers = new SignedInCallers(options);
    await callers.renew();
    const { a, b } = callers;
    if (a === callers.nobody && !callers.#isAllPublic)
      throw new CannotTest("callers.a is missing in the test file: how does user A sign in?");
    if (a.subject !== undefined && a.subject === b.subject) throw new CannotTest("callers a and b are the same person");
    return callers;
  }

  private constructor(options: SignedInOptions) {
    const { settings, policies } = options.composition;
    this.#options = options;
    this.#entitlement = new Entitlement(settings);
    this.#policies = new Map([...policies].map(([{ id }, policy]) => [id, policy]));
  }

  get a(): Caller {
    const [, first] = [...this.#people].find(([name]) => name !== "b") ?? [];
    return (this.#people.get("a") ?? first)?.caller ?? this.nobody;
  }

  get b(): Caller {
    return this.#people.get("b")?.caller ?? this.nobody;
  }

  get isAlone(): boolean {
    return !this.#people.has("b");
  }

  /** Signs in again whoever's token ends soon. */
  async renew(): Promise<void> {
    for (const [name, told] of Object.entries(this.#options.signIns)) {
      if (told === "none") continue;
      const nowMs = Date.now();
      if (nowMs < (this.#people.get(name)?.renewAtMs ?? 0)) continue;
      const credential = await this.#credential(name, told); // oxlint-disable-line no-await-in-loop -- one after another: sign-ins are counted
      const { fields, query, claims } = credential;
      const { sub, iss } = Object.fromEntries(
        Object.entries(claims).filter(([, value]) => typeof value === "string"),
      ) as {
        readonly sub?: string;
        readonly iss?: string;
      };
      const caller: Caller = {
        name: name.length === 1 ? `user ${name.toUpperCase()}` : name,
        subject: told.subject ?? sub ?? name,
        fields,
        query,
        rights: rightsOf(credential, told, this.#options.composition.settings),
      };
      const { endsAtMs = Number.POSITIVE_INFINITY } = credential;
      const renewAtMs = Math.max(endsAtMs - MARGIN_MS, nowMs + (endsAtMs - nowMs) / 2);
      this.#people.set(name, { caller, issuer: iss, renewAtMs });
    }
  }

  allowed(operationId: string, user: "a" | "b" = "a"): Promise<Caller | undefined> {
    const policy = this.#policies.get(operationId);
    if (policy === undefined) return Promise.resolve(undefined);
    // The other ordinary person never stands in: probes need two of them.
    const first = this.#people.get(user);
    if (first === undefined && user === "b") return Promise.resolve(undefined);
    const others = [...this.#people].filter(([name]) => name !== "a" && name !== "b").map(([, person]) => person);
    const able = [...(first === undefined ? [] : [first]), ...others].find((person) => this.#may(person, policy));
    // Without anybody else there is nobody whom what is public would keep out.
    return Promise.resolve(able?.caller ?? (this.#entitlement.isPublic(policy) ? this.nobody : undefined));
  }

  withRights(rights: Rights, user?: "a" | "b", operationId?: string): Promise<Caller | undefined> {
    const policy = operationId === undefined ? undefined : this.#policies.get(operationId);
    const people = [...this.#people].filter(([name]) => user === undefined || name === user);
    const able = people
      .map(([, person]) => person)
      .find(
        (person) =>
          isSame(person.caller.rights, rights) && (policy === undefined || this.#waysOf(person, policy).length > 0),
      );
    return Promise.resolve(able?.caller);
  }

  alike(): Promise<readonly Caller[]> {
    return Promise.resolve([]);
  }

  forged(): Promise<readonly Forged[]> {
    return Promise.resolve([]);
  }

  get #isAllPublic(): boolean {
    return [...this.#policies.values()].every((policy) => this.#entitlement.isPublic(policy));
  }

  #may(person: Person, policy: OperationPolicy): boolean {
    if (this.#entitlement.isPublic(policy)) return true;
    return this.#waysOf(person, policy).some((way) => this.#entitlement.permits(policy, way, person.caller.rights));
  }

  /** Those for which they have credentials, whatever these grant. */
  #waysOf(person: Person, { alternatives }: OperationPolicy): readonly SecurityAlternative[] {
    return alternatives.filter((way) => way.every(({ scheme }) => this.#carries(person, scheme)));
  }

  /** Whether something stands where the scheme looks. Schemes that only the API judges are taken to be what was described. */
  #carries({ caller: { fields, query }, issuer }: Person, scheme: string): boolean {
    const { api } = this.#options.composition;
    const entry = this.#entitlement.schemeOf(scheme);
    const declared = api.schemes.get(scheme);
    if (declared === undefined || (entry?.kind !== "jwt" && entry?.kind !== "api-keys")) return true;
    const valuesOf = (name: string) =>
      fields.filter(([field]) => field.toLowerCase() === name).map(([, value]) => value);
    if (declared.type === "apiKey") {
      const { in: place, parameterName: name = "" } = declared;
      if (place === "query") return query.some(([field]) => field === name);
      if (place === "header") return valuesOf(name.toLowerCase()).length > 0;
      return valuesOf("cookie").some((value) => value.split(/; */).some((pair) => pair.startsWith(`${name}=`)));
    }
    // A token names its issuer, which a key does not.
    const isAnothers = issuer !== undefined && (entry.kind === "api-keys" || issuer !== entry.issuer);
    return valuesOf("authorization").length > 0 && !isAnothers;
  }

  #credential(name: string, told: SignIn): Promise<Credential> {
    const { origin } = this.#options;
    const whose = `callers.${name}`;
    const ask: Ask = (url, asked) =>
      this.#options.ask(url, asked).catch((error: unknown) => {
        const at = URL.parse(url);
        const where = at === null ? "what is no address" : `${at.origin}${at.pathname}`;
        throw new CannotTest(`${whose} cannot sign in: ${where} cannot be asked: ${whyUnreached(codeOf(error))}`);
      });
    if ("clientCredentials" in told) return byClientCredentials(whose, told.clientCredentials, ask);
    if ("authorizationCode" in told) return byAuthorizationCode(whose, told.authorizationCode, ask);
    if ("loginEndpointAuth" in told) return byLogin(whose, told.loginEndpointAuth, origin, ask);
    const pairs = (written: readonly { readonly name: string; readonly value: string }[]) =>
      written.map(({ name: field, value }) => [field, value] as const);
    if ("fixedQuery" in told)
      return Promise.resolve({ fields: [], query: pairs(told.fixedQuery), claims: {}, endsAtMs: undefined });
    const fields = pairs(told.fixedHeaders);
    const bearer = fields.find(([field]) => field.toLowerCase() === "authorization")?.[1].split(" ", 2)[1] ?? "";
    // There is no other to be had before it ends.
    return Promise.resolve({ ...tokenCredential(bearer, { fields }), endsAtMs: undefined });
  }
}

function isSame(one: Rights, other: Rights): boolean {
  const key = ({ scopes, roles, permissions }: Rights) =>
    JSON.stringify([scopes, roles, permissions].map((names) => [...new Set(names)].toSorted()));
  return key(one) === key(other);
}
