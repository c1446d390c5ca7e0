// What an application sends a browser with, as it stands: for tests that look at the way and not at the code.
import type { Reached } from "./flows.ts";
import { REDIRECT } from "./serving.ts";

/** Of the client `spa`; nobody redeems what comes of it. */
export const REQUEST = {
  client_id: "spa",
  response_type: "code",
  redirect_uri: REDIRECT,
  scope: "openid",
  code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  code_challenge_method: "S256",
} as const;

/** `more`: in addition, or in the place of what is usual. */
export function requestUrl({ issuer }: Pick<Reached, "issuer">, more: Readonly<Record<string, string>> = {}): string {
  return `${issuer}/auth?${new URLSearchParams({ ...REQUEST, ...more }).toString()}`;
}
