// Which software an issuer is, by its name and by where its endpoints stand: none says so in its metadata.
import type { TokenPreset } from "../../authentication/index.ts";

export type Recognised = Exclude<TokenPreset, "rfc9068">;

export const ISSUER_NAMES: Readonly<Record<Recognised, string>> = {
  keycloak: "Keycloak",
  hydra: "Ory Hydra",
  auth0: "Auth0",
  entra: "Microsoft Entra ID",
  okta: "Okta",
  cognito: "Amazon Cognito",
};

/** Whose name says it all, also where the issuer does not answer. */
const BY_NAME: readonly (readonly [Recognised, RegExp])[] = [
  ["auth0", /^https:\/\/[\w-]+(\.[a-z]{2})?\.auth0\.com\/?$/],
  ["entra", /^https:\/\/login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)\/[\w.-]+\/v2\.0\/?$/],
  ["entra", /^https:\/\/sts\.windows\.net\/[\w.-]+\/?$/],
  ["okta", /^https:\/\/[\w-]+\.(okta|oktapreview|okta-emea)\.com\/oauth2\/\w+\/?$/],
  ["cognito", /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[\w-]+\/?$/],
];

export function presetByName(issuer: string): Recognised | undefined {
  return BY_NAME.find(([, shape]) => shape.test(issuer))?.[0];
}

/** From the metadata that the issuer publishes under its own name. */
export function presetByMetadata(metadata: Readonly<Record<string, unknown>>): Recognised | undefined {
  const { issuer, authorization_endpoint: authorization, token_endpoint: token, jwks_uri: keys } = metadata;
  if (typeof issuer !== "string") return undefined;
  const named = presetByName(issuer);
  if (named !== undefined) return named;
  const base = issuer.replace(/\/$/, "");
  if (/\/realms\/[^/]+$/.test(issuer) && token === `${issuer}/protocol/openid-connect/token`) return "keycloak";
  const stand = (a: string, t: string, k: string) =>
    authorization === base + a && token === base + t && keys === base + k;
  if (stand("/oauth2/auth", "/oauth2/token", "/.well-known/jwks.json")) return "hydra";
  if (stand("/authorize", "/oauth/token", "/.well-known/jwks.json")) return "auth0";
  return stand("/v1/authorize", "/v1/token", "/v1/keys") ? "okta" : undefined;
}
