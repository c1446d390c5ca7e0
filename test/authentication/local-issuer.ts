// A small issuer of the tests: it publishes its keys and signs access tokens for whoever asks in code.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

export interface TokenRequest {
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly roles?: readonly string[];
  /** From now; one hour when left out. Negative makes an expired one. */
  readonly lifetimeSeconds?: number;
  /** Claims that replace the issuer's own, for tests. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export interface LocalIssuer {
  readonly issuer: string;
  readonly audience: string;
  /** An access token as RFC 9068 has it, signed with ES256. */
  sign(request: TokenRequest): Promise<string>;
  close(): Promise<void>;
}

const KEY_ID = "local-1";

/** Starts on loopback; port 0 takes a free one. Keys live as long as the process. */
export async function startLocalIssuer(audience: string, port = 0): Promise<LocalIssuer> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: "ES256", use: "sig" };
  let issuer = "";
  const server: Server = createServer((request, response) => {
    const documents: Record<string, unknown> = {
      "/.well-known/openid-configuration": { issuer, jwks_uri: `${issuer}/jwks` },
      "/.well-known/oauth-authorization-server": { issuer, jwks_uri: `${issuer}/jwks` },
      "/jwks": { keys: [jwk] },
    };
    const found = documents[request.url ?? ""];
    response.writeHead(found === undefined ? 404 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(found ?? { message: "not found" }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    audience,
    sign: (request) => signToken(privateKey, issuer, audience, request),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function signToken(key: CryptoKey, issuer: string, audience: string, request: TokenRequest): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const lifetime = request.lifetimeSeconds ?? 3600;
  return new SignJWT({
    iss: issuer,
    aud: audience,
    sub: request.subject,
    client_id: "sample-app",
    scope: request.scopes.join(" "),
    roles: [...(request.roles ?? [])],
    jti: crypto.randomUUID(),
    iat: Math.min(now, now + lifetime),
    exp: now + lifetime,
    ...request.claims,
  })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: KEY_ID })
    .sign(key);
}
