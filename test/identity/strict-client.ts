// What applications do by oauth4webapi and by openid-client, said once: both judge each answer as strictly as the specifications do.
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { REDIRECT } from "./serving.ts";
import { SIGNED_OUT } from "./site.ts";

export const INSECURE = { [oauth.allowInsecureRequests]: true };

/** What a flow gives, whichever client went through it. */
interface Given {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly idToken: string | undefined;
  readonly subject: string | undefined;
  readonly scope: string | undefined;
}

interface Told {
  readonly active: boolean;
  readonly client_id?: string | undefined;
}

/** A client as an application has it: the library decides what is right. */
export interface StrictClient {
  authorize(scope: string, more?: Readonly<Record<string, string>>): Promise<{ url: string; verifier: string }>;
  push(scope: string): Promise<{ url: string; verifier: string }>;
  redeem(back: URL, verifier: string): Promise<Given>;
  refresh(token: string, scope?: string): Promise<Given>;
  clientCredentials(): Promise<Given>;
  revoke(token: string): Promise<void>;
  introspect(token: string): Promise<Told>;
  userinfo(token: string, subject: string): Promise<Readonly<Record<string, unknown>>>;
  signOut(idToken: string): string;
}

export const STATE = "a state of 256 bit, say";
const NONCE = "a nonce of 256 bit, say";

const asked = (scope: string, more: Readonly<Record<string, string>>) => ({
  redirect_uri: REDIRECT,
  scope,
  state: STATE,
  nonce: NONCE,
  code_challenge_method: "S256",
  ...(scope.includes("offline_access") ? { prompt: "consent" } : {}),
  ...more,
});

async function byOauth4webapi(issuer: string, id: string, auth: oauth.ClientAuth): Promise<StrictClient> {
  const issuerUrl = new URL(issuer);
  const discovered = await oauth.discoveryRequest(issuerUrl, { algorithm: "oauth2", ...INSECURE });
  const server = await oauth.processDiscoveryResponse(issuerUrl, discovered);
  const client: oauth.Client = { client_id: id, id_token_signed_response_alg: "ES256" };
  const parameters = async (scope: string, verifier: string, more: Readonly<Record<string, string>>) => ({
    client_id: id,
    response_type: "code",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    ...asked(scope, more),
  });
  const at = (query: Readonly<Record<string, string>>) =>
    `${server.authorization_endpoint ?? ""}?${new URLSearchParams(query).toString()}`;
  const given = (tokens: oauth.TokenEndpointResponse): Given => ({
    access: tokens.access_token,
    refresh: tokens.refresh_token,
    idToken: tokens.id_token,
    subject: oauth.getValidatedIdTokenClaims(tokens)?.sub,
    scope: tokens.scope,
  });
  return {
    authorize: async (scope, more = {}) => {
      const verifier = oauth.generateRandomCodeVerifier();
      return { url: at(await parameters(scope, verifier, more)), verifier };
    },
    push: async (scope) => {
      const verifier = oauth.generateRandomCodeVerifier();
      const form = await parameters(scope, verifier, {});
      const answer = await oauth.pushedAuthorizationRequest(server, client, auth, form, INSECURE);
      const { request_uri } = await oauth.processPushedAuthorizationResponse(server, client, answer);
      return { url: at({ client_id: id, request_uri }), verifier };
    },
    redeem: async (back, verifier) => {
      const answered = oauth.validateAuthResponse(server, client, back, STATE);
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        auth,
        answered,
        REDIRECT,
        verifier,
        INSECURE,
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
        expectedNonce: NONCE,
        requireIdToken: true,
      });
      await oauth.validateApplicationLevelSignature(server, answer, INSECURE);
      return given(tokens);
    },
    refresh: async (token, scope) => {
      const more = scope === undefined ? {} : { additionalParameters: { scope } };
      const answer = await oauth.refreshTokenGrantRequest(server, client, auth, token, { ...INSECURE, ...more });
      return given(await oauth.processRefreshTokenResponse(server, client, answer));
    },
    clientCredentials: async () => {
      const form = { scope: "orders:read" };
      const answer = await oauth.clientCredentialsGrantRequest(server, client, auth, form, INSECURE);
      return given(await oauth.processClientCredentialsResponse(server, client, answer));
    },
    revoke: async (token) =>
      oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, token, INSECURE)),
    introspect: async (token) => {
      const answer = await oauth.introspectionRequest(server, client, auth, token, INSECURE);
      return oauth.processIntrospectionResponse(server, client, answer);
    },
    userinfo: async (token, subject) => {
      const answer = await oauth.userInfoRequest(server, client, token, INSECURE);
      return oauth.processUserInfoResponse(server, client, subject, answer);
    },
    signOut: (idToken) => {
      const query = { id_token_hint: idToken, post_logout_redirect_uri: SIGNED_OUT, state: STATE };
      return `${server.end_session_endpoint ?? ""}?${new URLSearchParams(query).toString()}`;
    },
  };
}

async function byOpenidClient(issuer: string, id: string, auth: openid.ClientAuth): Promise<StrictClient> {
  const metadata = { id_token_signed_response_alg: "ES256" };
  const config = await openid.discovery(new URL(issuer), id, metadata, auth, {
    execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
  });
  const parameters = async (scope: string, verifier: string, more: Readonly<Record<string, string>>) => ({
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    ...asked(scope, more),
  });
  const given = (tokens: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers): Given => ({
    access: tokens.access_token,
    refresh: tokens.refresh_token,
    idToken: tokens.id_token,
    subject: tokens.claims()?.sub,
    scope: tokens.scope,
  });
  return {
    authorize: async (scope, more = {}) => {
      const verifier = openid.randomPKCECodeVerifier();
      return { url: openid.buildAuthorizationUrl(config, await parameters(scope, verifier, more)).href, verifier };
    },
    push: async (scope) => {
      const verifier = openid.randomPKCECodeVerifier();
      const url = await openid.buildAuthorizationUrlWithPAR(config, await parameters(scope, verifier, {}));
      return { url: url.href, verifier };
    },
    redeem: async (back, pkceCodeVerifier) =>
      given(
        await openid.authorizationCodeGrant(config, back, {
          pkceCodeVerifier,
          expectedState: STATE,
          expectedNonce: NONCE,
          idTokenExpected: true,
        }),
      ),
    refresh: async (token, scope) =>
      given(await openid.refreshTokenGrant(config, token, scope === undefined ? {} : { scope })),
    clientCredentials: async () => given(await openid.clientCredentialsGrant(config, { scope: "orders:read" })),
    revoke: (token) => openid.tokenRevocation(config, token),
    introspect: (token) => openid.tokenIntrospection(config, token),
    userinfo: (token, subject) => openid.fetchUserInfo(config, token, subject),
    signOut: (idToken) =>
      openid.buildEndSessionUrl(config, {
        id_token_hint: idToken,
        post_logout_redirect_uri: SIGNED_OUT,
        state: STATE,
      }).href,
  };
}

export const LIBRARIES = [
  {
    library: "oauth4webapi",
    open: byOauth4webapi,
    none: () => oauth.None(),
    basic: (secret: string) => oauth.ClientSecretBasic(secret),
    post: (secret: string) => oauth.ClientSecretPost(secret),
  },
  {
    library: "openid-client",
    open: byOpenidClient,
    none: () => openid.None(),
    basic: (secret: string) => openid.ClientSecretBasic(secret),
    post: (secret: string) => openid.ClientSecretPost(secret),
  },
] as const;
