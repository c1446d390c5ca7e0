// A machine's own token: OAuth 2.0 client credentials (RFC 6749 4.4).
import type { SignIn } from "../test-file/sign-in-schema.ts";
import { type Ask, form } from "./asking.ts";
import { bearerCredential, type Credential } from "./credential.ts";

type ClientCredentials = Extract<SignIn, { clientCredentials: unknown }>["clientCredentials"];

export async function byClientCredentials(whose: string, how: ClientCredentials, ask: Ask): Promise<Credential> {
  const { tokenUrl, clientId, clientSecret, scope, resource, audience } = how;
  const { headers, ...sent } = form({ grant_type: "client_credentials", scope, resource, audience });
  // RFC 6749 2.3.1: both are encoded as a form would, before they are joined.
  const joined = [clientId, clientSecret].map((part) => encodeURIComponent(part).replaceAll("%20", "+")).join(":");
  const authorization = `Basic ${Buffer.from(joined).toString("base64")}`;
  return bearerCredential(await ask(tokenUrl, { ...sent, headers: { ...headers, authorization } }), whose);
}
