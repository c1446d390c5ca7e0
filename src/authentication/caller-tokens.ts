// Tells the API behind the gate who is calling, in a short-lived JWT of ours that it can verify (RFC 7519, RFC 8725).
import type { Clock } from "../core/clock.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Principal } from "../core/principal.ts";
import { randomId } from "../cryptography/random.ts";
import type { SigningKey } from "../cryptography/signing-key.ts";

/** Explicitly typed (RFC 8725 3.11): no other token of anybody's is one, and it is no access token. */
export const CALLER_TOKEN_TYPE = "portcullis-caller+jwt";

export interface CallerTokenOptions {
  readonly key: SigningKey;
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeMs: number;
  /** `caller`: one for all requests of a credential while it is fresh. `request`: one for each, good for that one alone. */
  readonly bind: "caller" | "request";
  readonly clock: Clock;
}

interface Signed {
  readonly token: string;
  readonly renewAtMs: number;
}

export class CallerTokens {
  readonly #options: CallerTokenOptions;
  readonly #known = new WeakMap<Principal, Signed>();

  constructor(options: CallerTokenOptions) {
    this.#options = options;
  }

  for(exchange: Exchange): string {
    const { principal } = exchange;
    const { clock, bind, lifetimeMs } = this.#options;
    const nowMs = clock.nowMs();
    // Never beyond the credential that it is made from.
    const endMs = Math.min(nowMs + lifetimeMs, principal.expiresAtMs ?? Number.POSITIVE_INFINITY);
    if (bind === "request") return this.#sign(principal, nowMs, endMs, ofRequest(exchange));
    const known = this.#known.get(principal);
    if (known !== undefined && nowMs < known.renewAtMs) return known.token;
    const token = this.#sign(principal, nowMs, endMs, {});
    // Half of its life is left to whoever gets it last.
    this.#known.set(principal, { token, renewAtMs: nowMs + (endMs - nowMs) / 2 });
    return token;
  }

  #sign(principal: Principal, nowMs: number, endMs: number, more: object): string {
    const { key, issuer, audience } = this.#options;
    const { subject, client, scopes, roles, permissions } = principal;
    return key.sign({
      iss: issuer,
      aud: audience,
      iat: Math.floor(nowMs / 1_000),
      exp: Math.ceil(endMs / 1_000),
      sub: subject,
      sub_issuer: principal.issuer,
      caller: principal.kind,
      client_id: client,
      client_name: principal.method === "api-key" ? principal.claims["name"] : undefined,
      scope: scopes.size === 0 ? undefined : [...scopes].join(" "),
      roles: roles.length === 0 ? undefined : roles,
      permissions: permissions.length === 0 ? undefined : permissions,
      ...more,
    });
  }
}

/** Method and address as DPoP names them (RFC 9449 4.2), and the id by which the record is found. */
function ofRequest({ id, request }: Exchange): object {
  const scheme = request.secure ? "https" : "http";
  const htu = `${scheme}://${request.authority}${request.path}`;
  return { jti: randomId(), htm: request.method, htu, request_id: id };
}
