// One authenticator over given keys, and what it says of a token.
import { fileKeys } from "../../src/authentication/file-keys.ts";
import { jwtAuthenticator } from "../../src/authentication/jwt-authenticator.ts";
import type { JwtAuthenticatorOptions } from "../../src/authentication/jwt-options.ts";
import type { Authenticator } from "../../src/authentication/authenticator.ts";
import type { KeySource } from "../../src/authentication/key-source.ts";
import type { Credential, Exchange } from "../../src/core/exchange.ts";
import type { Denial } from "../../src/core/outcome.ts";
import type { FakeTime } from "./fake-time.ts";
import { AUDIENCE, ISSUER, type TestKey } from "./issuer.ts";
import { bearer } from "./requests.ts";

export async function keysOf(...keys: readonly TestKey[]): Promise<KeySource> {
  const text = JSON.stringify({ keys: keys.map((key) => key.jwk) });
  const source = fileKeys({ path: "jwks.json", readText: () => Promise.resolve(text) });
  await source.ready();
  return source;
}

export function authenticatorOf(
  keys: KeySource,
  time: FakeTime,
  options: Partial<JwtAuthenticatorOptions> = {},
): Authenticator {
  return jwtAuthenticator({ scheme: "oauth", issuer: ISSUER, audience: AUDIENCE, keys, clock: time, ...options });
}

/** `accepted`, `absent`, or the reason. */
export async function verdict(authenticator: Authenticator, subject: string | Exchange): Promise<string> {
  const result = await authenticator.authenticate(typeof subject === "string" ? bearer(subject) : subject);
  if (result === undefined) return "absent";
  return "principal" in result ? "accepted" : result.reason;
}

export async function accepted(authenticator: Authenticator, token: string): Promise<Credential> {
  const result = await authenticator.authenticate(bearer(token));
  if (result === undefined || !("principal" in result)) throw new Error(`not accepted: ${JSON.stringify(result)}`);
  return result;
}

export async function denied(authenticator: Authenticator, subject: string | Exchange): Promise<Denial> {
  const result = await authenticator.authenticate(typeof subject === "string" ? bearer(subject) : subject);
  if (result === undefined || !("reason" in result)) throw new Error("not denied");
  return result;
}
