// Clients that sign: their pairs of keys, what they declare of them, and what they ask for as `openid-client` does.
import { createHash, randomUUID } from "node:crypto";
import * as client from "openid-client";
import { bareKey, type ProofChanges, proofOf } from "../authentication/proofs.ts";
import { encode, forge, type TestKey } from "../authentication/issuer.ts";
import { PASSWORD, REDIRECT, type Serving } from "./serving.ts";
import type { Reached } from "./flows.ts";
import { Person } from "./person.ts";

export const publicKeyOf = (key: TestKey) => ({ ...bareKey(key), kid: key.kid });

/** For the platform's own cryptography, which `openid-client` signs with. */
function signingKeyOf({ privateKey }: TestKey): Promise<client.CryptoKey> {
  const jwk = privateKey.export({ format: "jwk" });
  return crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
}

export async function discoverWithKey({ issuer }: Reached, id: string, key: TestKey): Promise<client.Configuration> {
  const how = client.PrivateKeyJwt({ key: await signingKeyOf(key), kid: key.kid });
  return client.discovery(new URL(issuer), id, undefined, how, { execute: [client.allowInsecureRequests] });
}

export const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** By hand: with whatever an attacker changes. */
export function assertionOf(
  key: TestKey,
  { issuer, id }: { readonly issuer: string; readonly id: string },
  { header = {}, claims = {}, by = key }: ProofChanges = {},
): string {
  const seconds = Math.floor(Date.now() / 1_000);
  const payload = { iss: id, sub: id, aud: issuer, jti: randomUUID(), iat: seconds, exp: seconds + 60, ...claims };
  return forge(by, JSON.stringify({ alg: key.alg, kid: key.kid, ...header }), JSON.stringify(payload));
}

export interface Asked {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly nonce: string | undefined;
}

/** One request, as it stands. */
export async function post(
  { reachedAt }: Serving,
  path: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const answer = await fetch(`${reachedAt}${path}`, { method: "POST", body: new URLSearchParams(form), headers });
  return {
    status: answer.status,
    body: (await answer.json()) as Record<string, unknown>,
    nonce: answer.headers.get("dpop-nonce") ?? undefined,
  };
}

/** A proof for a request to the server itself: there is no token yet that it could name. */
export function serverProof(key: TestKey, url: string, changes: ProofChanges = {}): string {
  const seconds = Math.floor(Date.now() / 1_000);
  const { claims = {}, ...rest } = changes;
  return proofOf(key, { token: "", seconds, method: "POST", url }, { ...rest, claims: { ath: undefined, ...claims } });
}

const VERIFIER = encode(createHash("sha256").update("a verifier").digest());

/** A code for the public client, bound to a key where `more` says so. */
export async function codeFor(
  { issuer }: Serving,
  email: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  const query = new URLSearchParams({
    client_id: "spa",
    response_type: "code",
    redirect_uri: REDIRECT,
    scope: "openid offline_access orders:read",
    code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
    code_challenge_method: "S256",
    prompt: "consent",
    ...more,
  });
  const person = new Person("https://app.example.com");
  const signIn = await person.open(`${issuer}/auth?${query.toString()}`);
  const consent = await person.submit(signIn, { email, password: PASSWORD });
  const { url } = await person.submit(consent, { answer: "allow" });
  return {
    grant_type: "authorization_code",
    client_id: "spa",
    redirect_uri: REDIRECT,
    code: new URL(url).searchParams.get("code") as string,
    code_verifier: VERIFIER,
  };
}
