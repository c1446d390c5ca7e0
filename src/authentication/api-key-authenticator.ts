// Proves API keys: one look-up by id, one hash, one comparison in constant time. Every failure has the same answer.
import type { Clock } from "../core/clock.ts";
import type { Credential, Exchange } from "../core/exchange.ts";
import { deny, type Denial } from "../core/outcome.ts";
import type { Principal } from "../core/principal.ts";
import { REASONS } from "../core/reasons/registry.ts";
import { equalInConstantTime } from "../cryptography/constant-time.ts";
import type { Fields } from "../http/fields.ts";
import { apiKeyId, hashOf } from "./api-key-text.ts";
import type { Authenticated, Authenticator } from "./authenticator.ts";
import { bearerToken, SEVERAL } from "./bearer.ts";
import { brokenOption } from "./broken-option.ts";
import { challenge } from "./challenge.ts";
import { carriedBy, type Carrier } from "./presence.ts";
import { SealedSet } from "./sealed-set.ts";

/** One key as it is kept: everything but the key itself. */
export interface ApiKey {
  readonly id: string;
  /** As `hashOf` makes it. */
  readonly hash: string;
  /** Who uses it. */
  readonly name: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly expiresAtMs: number | undefined;
  readonly isRevoked: boolean;
}

export interface ApiKeyOptions {
  /** Name of the security scheme in the document. */
  readonly scheme: string;
  /** A field of its own, or Bearer in Authorization. Queries and cookies end up in logs and histories: never. */
  readonly carrier: Carrier;
  readonly keys: readonly ApiKey[];
  readonly clock: Clock;
  readonly realm?: string;
}

interface KnownKey {
  readonly hash: Buffer;
  readonly credential: Credential;
  readonly expiresAtMs: number;
  readonly isRevoked: boolean;
  readonly expired: Denial;
  readonly revoked: Denial;
  readonly mismatched: Denial;
}

export interface ApiKeyAuthenticator extends Authenticator {
  /** These count from now on, and no others. Throws ProblemsError where two have one id; then nothing has changed. */
  replace(keys: readonly ApiKey[]): void;
}

/** Throws ProblemsError where two keys have one id, or where the key would not travel in a field. */
export function apiKeyAuthenticator(options: ApiKeyOptions): ApiKeyAuthenticator {
  const { scheme, carrier, clock } = options;
  const realm = options.realm ?? scheme;
  const read = readerFor(carrier);
  const challengeWith = (more: Readonly<Record<string, string>>): string =>
    carrier.in === "authorization"
      ? challenge("Bearer", { realm, ...more })
      : challenge("ApiKey", { realm, in: carrier.in, name: carrier.name, ...more });
  const asked = challengeWith({});
  const error = { error: "invalid_token", error_description: REASONS["authentication.api-key-rejected"].title };
  const lines = ["WWW-Authenticate", challengeWith(error)];
  const refused = (internal: string): Denial => deny("authentication.api-key-rejected", { lines, internal });
  let known = knownKeys(options, refused);
  const malformed = refused("it is no API key of ours: mistyped, cut, or something else");
  const several = refused("sent empty or more than once");
  const unknown = refused("no key has this id");
  return {
    scheme,
    challenges: [asked],
    carriedBy: carriedBy(carrier),
    authenticate(exchange: Exchange): Authenticated {
      const text = read(exchange.request.fields);
      if (text === undefined) return undefined;
      if (text === SEVERAL || text === "") return several;
      const id = apiKeyId(text);
      if (id === undefined) return malformed;
      // An unknown id costs what a wrong secret costs: ids cannot be found out by time.
      const key = known.get(id);
      const isRight = equalInConstantTime(Buffer.from(hashOf(text)), key?.hash ?? NO_HASH);
      if (key === undefined) return unknown;
      if (!isRight) return key.mismatched;
      if (key.isRevoked) return key.revoked;
      return clock.nowMs() >= key.expiresAtMs ? key.expired : key.credential;
    },
    replace: (keys) => {
      known = knownKeys({ ...options, keys }, refused);
    },
  };
}

const NO_HASH = Buffer.from(hashOf(""));

type Read = (fields: Fields) => string | typeof SEVERAL | undefined;

function readerFor(carrier: Carrier): Read {
  if (carrier.in === "authorization" && carrier.scheme === "bearer") return bearerToken;
  if (carrier.in !== "header") {
    const remedy = "Declare the scheme as `type: apiKey, in: header`, or as http bearer.";
    throw brokenOption("authentication.key-carrier", "API keys are taken from a field of the head only", remedy);
  }
  const name = carrier.name.toLowerCase();
  return (fields) => {
    const value = fields.get(name);
    return value === undefined || fields.count(name) === 1 ? value : SEVERAL;
  };
}

function knownKeys({ scheme, keys }: ApiKeyOptions, refused: (why: string) => Denial): ReadonlyMap<string, KnownKey> {
  const known = new Map<string, KnownKey>();
  for (const key of keys) {
    if (known.has(key.id)) {
      throw brokenOption("authentication.key-id-twice", `two API keys have the id ${key.id}`, "Keep one of them.");
    }
    known.set(key.id, {
      hash: Buffer.from(key.hash),
      credential: Object.freeze({ scheme, principal: principalOf(scheme, key) }),
      expiresAtMs: key.expiresAtMs ?? Number.POSITIVE_INFINITY,
      isRevoked: key.isRevoked,
      expired: refused(`key ${key.id} has expired`),
      revoked: refused(`key ${key.id} is revoked`),
      mismatched: refused(`the secret is not that of key ${key.id}`),
    });
  }
  return known;
}

/** A key is a client: it stands for no user, and the next key of the same client is another one. */
function principalOf(scheme: string, { id, name, scopes, roles, expiresAtMs }: ApiKey): Principal {
  return Object.freeze({
    kind: "client",
    scheme,
    method: "api-key",
    issuer: undefined,
    subject: undefined,
    client: id,
    scopes: new SealedSet(scopes),
    roles: Object.freeze([...roles]),
    permissions: NONE,
    claims: Object.freeze(Object.assign(Object.create(null) as Record<string, unknown>, { name })),
    tokenId: undefined,
    session: undefined,
    boundTo: undefined,
    expiresAtMs,
  });
}

const NONE: readonly string[] = Object.freeze([]) as readonly string[];
