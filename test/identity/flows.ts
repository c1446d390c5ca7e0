// What tests of the authorization server do again and again: sign up, go through a browser's steps, redeem.
import * as client from "openid-client";
import { Person } from "./person.ts";
import { PASSWORD, REDIRECT, type Serving } from "./serving.ts";
import type { Site } from "./site.ts";

const APPLICATION = "https://app.example.com";

/** A server, whether in this process or in another. */
export type Reached = Pick<Serving, "issuer"> & Partial<Pick<Serving, "reachedAt">>;

export function discover({ issuer }: Reached, id: string, secret?: string): Promise<client.Configuration> {
  const how = secret === undefined ? client.None() : client.ClientSecretBasic(secret);
  return client.discovery(new URL(issuer), id, undefined, how, { execute: [client.allowInsecureRequests] });
}

/** One whose mail comes by a mail server. */
type Mailed = Pick<Site, "issuer" | "mailbox">;

/** Makes an account whose address is confirmed. */
export async function signUp(serving: Serving | Mailed, email: string, password = PASSWORD): Promise<void> {
  const person = new Person(APPLICATION);
  await person.submit(await person.open(`${serving.issuer}/register`), { email, password });
  await person.submit(await person.open(await confirmationLink(serving, email)), {});
}

async function confirmationLink(serving: Serving | Mailed, email: string): Promise<string> {
  if ("mailbox" in serving) return serving.mailbox.link(email, "verify");
  const mail = serving.mails.findLast(({ to }) => to === email);
  return /http\S+\/verify\?token=\S+/.exec(mail?.text ?? "")?.[0] as string;
}

export interface Authorized {
  readonly person: Person;
  /** Where the client is sent back to, with the code. */
  readonly back: URL;
  readonly verifier: string;
  readonly pages: { readonly signIn: string; readonly consent: string };
}

export async function authorize(
  config: client.Configuration,
  email: string,
  { scope = "openid offline_access orders:read", password = PASSWORD, more = {} } = {},
): Promise<Authorized> {
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state: "a+b %",
    prompt: "consent",
    ...more,
  });
  const person = new Person(APPLICATION);
  const signIn = await person.open(url.href);
  const consent = await person.submit(signIn, { email, password });
  const { url: back } = await person.submit(consent, { answer: "allow" });
  return { person, back: new URL(back), verifier, pages: { signIn: signIn.text, consent: consent.text } };
}

export function redeem(config: client.Configuration, { back, verifier }: Authorized) {
  return client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: "a+b %" });
}

/** One request to the token endpoint, as it stands. */
export async function askForTokens(
  { issuer, reachedAt = issuer }: Reached,
  form: Readonly<Record<string, string>>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${reachedAt}/token`, { method: "POST", body: new URLSearchParams(form) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
