// The protocol core's configuration: every default of it that is laxer than RFC 9700 is set here, and why.
import { type Configuration, errors, type KoaContextWithOIDC } from "oidc-provider";
import type { AccountStore } from "../accounts/account-store.ts";
import { type AdapterParts, ArtifactAdapter } from "../artifacts/adapter.ts";
import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import { FamilyEnd } from "../artifacts/family-end.ts";
import type { ClientStore } from "../clients/client-store.ts";
import { identityCookies } from "../cookie-names.ts";
import type { FactorStore } from "../factors/factor-store.ts";
import type { SigningKey } from "../keys/signing-keys.ts";
import type { Revocations } from "../revocation/revocations.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import { existingGrant } from "./account-client.ts";
import { ASSERTION_ALGORITHMS } from "./client-keys.ts";
import { ClientAdapter } from "./client-adapter.ts";
import type { CookieSigner } from "./cookie-signer.ts";
import { API_SCOPES, CLIENT_ROLES, PROTOCOL_SCOPES } from "./client-metadata.ts";
import { LEVELS, policyWithSecondFactor } from "./interaction-policy.ts";
import { isBoundOnly, judgeAssertion, requireNonce, TOLERANCE_SECONDS } from "./proofs-of-keys.ts";
import { ADMINISTRATION_SCOPES, administrationAudience } from "../roles/administration-scopes.ts";
import type { IdentitySettings } from "./settings.ts";
import { mayIntrospect } from "./token-introspection.ts";

export interface ProviderParts {
  readonly settings: IdentitySettings;
  readonly accounts: AccountStore;
  readonly artifacts: ArtifactStore;
  readonly clients: ClientStore;
  readonly factors: FactorStore;
  readonly revocations: Revocations;
  readonly sessions: SessionStore;
  readonly keys: readonly SigningKey[];
  /** For what cookies hold. */
  readonly cookieSigner: CookieSigner;
  /** Makes the nonces that proofs hold: the same for all servers of a database. */
  readonly nonceKey: Buffer;
  readonly pages: ProviderPages;
  readonly browserMark: AdapterParts["browserMark"];
}

/** What the core shows of its own: an error that cannot go to a client, and the two steps of signing out. */
export interface ProviderPages {
  error(title: string, detail: string): string;
  signOut(form: string): string;
  signedOut(): string;
}

/** Codes are redeemed at once, by a program. */
const CODE_SECONDS = 60;
const INTERACTION_SECONDS = 1_800;
const GRANT_SECONDS = 180 * 86_400;
const ID_TOKEN_SECONDS = 3_600;

export function providerConfiguration(parts: ProviderParts): Configuration {
  const { settings, accounts, clients, factors, revocations, pages } = parts;
  const isSecure = settings.issuer.startsWith("https:");
  const { session, interaction, resume } = identityCookies(settings.issuer);
  const mountPath = new URL(settings.issuer).pathname.replace(/\/$/, "");
  const cookie = { httpOnly: true, sameSite: "lax", secure: isSecure, signed: true } as const;
  const own = { audience: administrationAudience(settings.issuer), scopes: ADMINISTRATION_SCOPES };
  const served = settings.administration ? [...settings.resources, own] : settings.resources;
  const artifactParts = { ...parts, familyEnd: new FamilyEnd(parts.artifacts, revocations) };
  const resources = new Map(served.map((resource) => [resource.audience, resource]));
  return {
    adapter: (model) =>
      model === "Client" ? new ClientAdapter(clients, settings.issuer) : new ArtifactAdapter(model, artifactParts),
    jwks: { keys: parts.keys.map(({ privateJwk }) => privateJwk) },
    cookies: {
      keys: parts.cookieSigner,
      names: { session, interaction, resume },
      long: { ...cookie, path: "/" },
      short: cookie,
    },
    responseTypes: ["code"],
    scopes: [...PROTOCOL_SCOPES],
    extraClientMetadata: { properties: [API_SCOPES, CLIENT_ROLES] },
    // How the user signed in is in every ID token, as it is in every access token.
    claims: { openid: ["sub", "acr", "amr", "auth_time"], email: ["email", "email_verified"], sid: null },
    subjectTypes: ["public"],
    clientAuthMethods: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
    enabledJWA: {
      idTokenSigningAlgValues: ["ES256"],
      userinfoSigningAlgValues: ["ES256"],
      dPoPSigningAlgValues: ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"],
      clientAuthSigningAlgValues: [...ASSERTION_ALGORITHMS],
    },
    clockTolerance: TOLERANCE_SECONDS,
    assertJwtClientAuthClaimsAndHeader: (ctx, claims) => judgeAssertion(settings.issuer, ctx, claims),
    // Every client, also one that has a secret (RFC 9700 2.1.1).
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    acceptQueryParamAccessTokens: false,
    conformIdTokenClaims: true,
    // Pages of a client's own origin may redeem codes; others may not (a public client is a page). `null` is no origin: every sandboxed frame has it.
    clientBasedCORS: (_ctx, origin, client) =>
      origin !== "null" && (client.redirectUris?.some((uri) => URL.parse(uri)?.origin === origin) ?? false),
    acrValues: Object.values(LEVELS),
    loadExistingGrant: existingGrant,
    interactions: {
      url: (_ctx, { uid }) => `${mountPath}/interaction/${uid}`,
      policy: policyWithSecondFactor((accountId) => factors.has(accountId)),
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true, nonceSecret: parts.nonceKey, requireNonce },
      userinfo: { enabled: true },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      introspection: { enabled: true, allowedPolicy: (_ctx, client, token) => mayIntrospect(client, token.clientId) },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => show(ctx, pages.signOut(form)),
        postLogoutSuccessSource: (ctx) => show(ctx, pages.signedOut()),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => settings.resources[0].audience,
        // Who asks for scopes of the API gets a token for it; who asks about the account only, one for the userinfo endpoint.
        useGrantedResource: (ctx, { scope }) => isAboutApi(ctx.oidc.params?.["scope"] ?? scope),
        getResourceServerInfo: (ctx, audience, client) => {
          const resource = resources.get(audience);
          if (resource === undefined) throw new errors.InvalidTarget();
          const allowed = (client[API_SCOPES] as string).split(" ");
          const scopes = resource.scopes.filter((scope) => allowed.includes(scope));
          // Whom nobody gave a scope of it is not told that there is one.
          if (resource === own && scopes.length === 0) throw new errors.InvalidTarget();
          requireSomeOf(scopes, ctx);
          return {
            scope: scopes.join(" "),
            audience,
            accessTokenTTL: settings.accessTokenSeconds,
            accessTokenFormat: "jwt",
            jwt: { sign: { alg: "ES256" } },
          };
        },
      },
    },
    ttl: {
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? settings.accessTokenSeconds,
      ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? settings.accessTokenSeconds,
      AuthorizationCode: CODE_SECONDS,
      Grant: GRANT_SECONDS,
      IdToken: ID_TOKEN_SECONDS,
      Interaction: INTERACTION_SECONDS,
      RefreshToken: settings.refreshTokenSeconds,
      Session: (_ctx, session) => sessionSeconds(session.loginTs, settings),
    },
    // Bound to a key of the client, it is of no use to a thief: rotation would only punish lost answers.
    rotateRefreshToken: (ctx) => {
      requireGrantedResource(ctx);
      return !isBoundOnly(ctx) && ctx.oidc.entities.RefreshToken?.isSenderConstrained() !== true;
    },
    // Whoever signs out means all of it, also where the client asked for `offline_access` (T09).
    expiresWithSession: () => true,
    issueRefreshToken: (_ctx, client, code) =>
      client.grantTypeAllowed("refresh_token") && code.scopes.has("offline_access"),
    extraTokenClaims: async (ctx, token) => {
      if (token.kind === "ClientCredentials") return rolesOfMachine(ctx);
      if (token.kind !== "AccessToken" || token.accountId === undefined) return undefined;
      return {
        ...howSignedIn(ctx),
        roles: [...(await accounts.grantedRoles(token.accountId))],
        ...(token.grantId === undefined ? {} : { sid: revocations.sessionOf(token.grantId) }),
      };
    },
    findAccount: async (_ctx, id) => {
      const account = await accounts.byId(id);
      if (account?.status !== "active") return undefined;
      return {
        accountId: id,
        claims: () => ({
          sub: id,
          email: account.email,
          email_verified: account.email_verified_at !== null,
        }),
      };
    },
    renderError: (ctx, { error, error_description: detail }) => {
      show(ctx, pages.error(error, detail ?? ""));
    },
  };
}

/** Its own, never a user's (T14). */
function rolesOfMachine({ oidc }: KoaContextWithOIDC): { roles: string[] } | undefined {
  const roles = JSON.parse((oidc.client?.[CLIENT_ROLES] as string | undefined) ?? "[]") as string[];
  return roles.length === 0 ? undefined : { roles };
}

function isAboutApi(scope: unknown): boolean {
  const asked = typeof scope === "string" ? scope.split(" ") : [];
  return asked.some((one) => !PROTOCOL_SCOPES.includes(one));
}

/** What is left of the scopes that a program asks for is told (RFC 6749 5.1); where nothing is left, there would be nothing to tell. */
function requireSomeOf(scopes: readonly string[], { oidc: { params } }: KoaContextWithOIDC): void {
  const asked = params?.["scope"];
  if (params?.["grant_type"] !== "client_credentials" || typeof asked !== "string" || asked.trim() === "") return;
  if (!asked.split(" ").some((scope) => scopes.includes(scope))) {
    throw new errors.InvalidScope("the client may have none of these scopes", asked);
  }
}

/** From the sign-in on, by the clock that the core told its time by: whoever has the cookie and comes again and again does not stay for good. */
function sessionSeconds(loginTs: number | undefined, settings: IdentitySettings): number {
  if (loginTs === undefined) return settings.sessionSeconds;
  return Math.max(loginTs + settings.sessionSeconds - Math.floor(Date.now() / 1_000), 1);
}

/** The core asks for it behind the exchange: then the answer is a refusal, and the new refresh token is lost with it. */
function requireGrantedResource({ oidc: { params, entities } }: KoaContextWithOIDC): void {
  const resource = params?.["resource"];
  if (resource === undefined) return;
  if (typeof resource !== "string" || entities.RefreshToken?.resourceIndicators.has(resource) !== true) {
    throw new errors.InvalidTarget();
  }
}

/** How and when the user was authenticated (RFC 9068 2.2.1): the gate may ask for it (RFC 9470). */
function howSignedIn({ oidc: { entities } }: KoaContextWithOIDC): Readonly<Record<string, unknown>> {
  const { acr, amr, authTime } = entities.AuthorizationCode ?? entities.RefreshToken ?? {};
  return {
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(authTime === undefined ? {} : { auth_time: authTime }),
  };
}

function show(ctx: KoaContextWithOIDC, page: string): void {
  ctx.type = "html";
  ctx.body = page;
}
