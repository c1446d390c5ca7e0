// API keys of the run's own: a gate keeps a list of them, so that each that a test will send is made before it starts.
import { apiKeyHash, makeApiKey } from "../../../authentication/index.ts";
import type { WrittenApiKey } from "../../../configuration/schema/api-keys.ts";
import type { SecurityScheme } from "../../../openapi/operation.ts";
import type { Rights } from "../callers.ts";
import type { Forgery } from "./forging.ts";
import type { Carried, Person } from "./scheme-tokens.ts";
import { rightsKey } from "./variations.ts";

const PAST = "2020-01-01T00:00:00Z";

export class TestApiKeys {
  readonly written: WrittenApiKey[] = [];
  readonly #scheme: SecurityScheme;
  readonly #keys = new Map<string, string>();
  readonly #revoked: string;
  readonly #expired: string;

  constructor(scheme: SecurityScheme, rights: readonly [Rights, ...Rights[]], people: readonly Person[]) {
    this.#scheme = scheme;
    for (const person of people) for (const one of rights) this.#make(person, one);
    this.#revoked = this.#add("revoked", rights[0], { revoked: PAST });
    this.#expired = this.#add("expired", rights[0], { expires: PAST });
  }

  /** Undefined for rights that nobody thought of before the gate began. */
  carried(person: Person, rights: Rights): Carried | undefined {
    const text = this.#keys.get(`${person.subject} ${keyRights(rights)}`);
    return text === undefined ? undefined : this.#carry(text);
  }

  /** Somebody's good key. */
  any(): Carried | undefined {
    const [text] = this.#keys.values();
    return text === undefined ? undefined : this.#carry(text);
  }

  /** Keys that hold no more, and keys where none may be. */
  forged(person: Person, rights: Rights): readonly (Omit<Forgery, "make"> & { readonly carried: Carried })[] {
    const good = this.#keys.get(`${person.subject} ${keyRights(rights)}`) ?? "";
    const invalid = (name: string, text: string) =>
      ({ name, rule: "dynamic.api-key-invalid-accepted", isCore: true, carried: this.#carry(text) }) as const;
    const name = this.#scheme.parameterName ?? "api_key";
    const misplaced = { rule: "dynamic.token-misplaced-accepted" } as const;
    return [
      invalid("an API key that was never made", makeApiKey().text),
      invalid("an API key that was revoked", this.#revoked),
      invalid("an API key that has expired", this.#expired),
      invalid("the id of an API key with another secret", mixed(good)),
      { name: "an API key in the query", ...misplaced, carried: { fields: [], query: [[name, good]] } },
      { name: "an API key in a cookie", ...misplaced, carried: { fields: [["Cookie", `${name}=${good}`]] } },
    ];
  }

  #make(person: Person, rights: Rights): void {
    const key = `${person.subject} ${keyRights(rights)}`;
    if (!this.#keys.has(key)) this.#keys.set(key, this.#add(person.name, rights));
  }

  #add(name: string, { scopes, roles }: Rights, more: Partial<WrittenApiKey> = {}): string {
    const { id, text } = makeApiKey();
    this.written.push({ id, hash: apiKeyHash(text), name, scopes: [...scopes], roles: [...roles], ...more });
    return text;
  }

  #carry(text: string): Carried {
    const { type, parameterName } = this.#scheme;
    return {
      fields: [
        type === "apiKey" && parameterName !== undefined ? [parameterName, text] : ["Authorization", `Bearer ${text}`],
      ],
    };
  }
}

/** Keys name no permissions. */
function keyRights({ scopes, roles }: Rights): string {
  return rightsKey({ scopes, roles, permissions: [] });
}

/** Well formed, with the checksum of its own. */
function mixed(good: string): string {
  return makeApiKey(good.split("_")[1]).text;
}
