// What is asked of the authorization server while its database is away, before, and after: everything that needs it, and what does not.
import { feedKey } from "../../src/identity/revocation/feed-key.ts";
import { type Authorized, authorize, discover, redeem } from "./flows.ts";
import { Person } from "./person.ts";
import { PASSWORD, REDIRECT, type Serving } from "./serving.ts";

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Ask {
  readonly name: string;
  /** Its status while all is well. */
  readonly well: number;
  /** How it is answered meanwhile; 503 where nothing is said. */
  readonly meanwhile?: number;
  readonly ask: () => Promise<Answered>;
}

export const EMAIL = "ann@example.com";
/** S256 of what nobody knows. */
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const AUTHORIZE = new URLSearchParams({
  client_id: "spa",
  response_type: "code",
  redirect_uri: REDIRECT,
  scope: "openid orders:read",
  code_challenge: CHALLENGE,
  code_challenge_method: "S256",
}).toString();

/** `EMAIL` has an account. What can be used once (a code, a refresh token) is made now, for the last of the asks. */
export async function asksOf(serving: Serving): Promise<readonly Ask[]> {
  const { issuer, identity, secret } = serving;
  const clientSecret = (await identity.clients.addSecret("job")) as string;
  const authorization = `Basic ${Buffer.from(`job:${clientSecret}`).toString("base64")}`;
  const config = await discover(serving, "spa");
  const waiting: Authorized = await authorize(config, EMAIL);
  const given = await redeem(config, await authorize(config, EMAIL));
  const signingIn = new Person(REDIRECT);
  const form = await signingIn.open(`${issuer}/auth?${AUTHORIZE}`);
  const post = (path: string, body: Record<string, string>, headers: Record<string, string> = {}) =>
    answered(fetch(`${issuer}${path}`, { method: "POST", body: new URLSearchParams(body), headers }));
  const get = (url: string, headers: Record<string, string> = {}) =>
    answered(fetch(url, { headers, redirect: "manual" }));
  return [
    { name: "keys", well: 200, meanwhile: 200, ask: () => get(`${issuer}/jwks`) },
    {
      name: "discovery",
      well: 200,
      meanwhile: 200,
      ask: () => get(`${issuer}/.well-known/openid-configuration`),
    },
    {
      name: "client credentials",
      well: 200,
      ask: () => post("/token", { grant_type: "client_credentials", scope: "orders:read" }, { authorization }),
    },
    {
      name: "client credentials with a wrong secret",
      well: 401,
      ask: () => post("/token", { grant_type: "client_credentials" }, { authorization: `Basic ${btoa("job:wrong")}` }),
    },
    {
      name: "introspection",
      well: 200,
      ask: () => post("/token/introspection", { token: given.access_token }, { authorization }),
    },
    {
      name: "a request pushed beforehand",
      well: 201,
      ask: () => post("/request", Object.fromEntries(new URLSearchParams(AUTHORIZE))),
    },
    { name: "the authorization endpoint", well: 303, ask: () => get(`${issuer}/auth?${AUTHORIZE}`) },
    {
      name: "signing up by JSON",
      well: 202,
      ask: () => {
        const body = JSON.stringify({ email: `${crypto.randomUUID()}@example.com`, password: PASSWORD });
        const headers = { "content-type": "application/json" };
        return answered(fetch(`${issuer}/api/register`, { method: "POST", headers, body }));
      },
    },
    { name: "the account page", well: 200, ask: () => waiting.person.open(`${issuer}/account`) },
    {
      name: "what was revoked, for the gates",
      well: 200,
      ask: () => get(`${new URL(issuer).origin}/revocations?since=0`, { authorization: `Bearer ${feedKey([secret])}` }),
    },
    {
      name: "the sign-in form",
      well: 200,
      ask: () => signingIn.submit(form, { email: EMAIL, password: PASSWORD }),
    },
    {
      name: "a code",
      well: 200,
      ask: () =>
        post("/token", {
          grant_type: "authorization_code",
          client_id: "spa",
          code: waiting.back.searchParams.get("code") ?? "",
          redirect_uri: REDIRECT,
          code_verifier: waiting.verifier,
        }),
    },
    {
      name: "a refresh token",
      well: 200,
      ask: () =>
        post("/token", { grant_type: "refresh_token", client_id: "spa", refresh_token: given.refresh_token ?? "" }),
    },
    {
      name: "a revocation",
      well: 200,
      ask: () => post("/token/revocation", { client_id: "spa", token: given.access_token }),
    },
  ];
}

async function answered(asked: Promise<Response>): Promise<Answered> {
  const answer = await asked;
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
