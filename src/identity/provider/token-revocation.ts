// Takes signed access tokens at the revocation endpoint (RFC 7009): the core, which does not keep them, refuses them there.
import type Provider from "oidc-provider";
import { importPublicJwk } from "../../cryptography/jwk.ts";
import { readCompactJws } from "../../cryptography/jws.ts";
import { verifySignature } from "../../cryptography/signature.ts";
import type { SigningKey } from "../keys/signing-keys.ts";
import type { Revocations } from "../revocation/revocations.ts";

/** Behind the core, which has authenticated the client by then. A token of somebody else's stays what it is, and the answer does not tell. */
export function revokeSignedTokens(provider: Provider, keys: readonly SigningKey[], revocations: Revocations): void {
  const verifiers = keys.map(({ publicJwk }) => importPublicJwk(publicJwk));
  provider.use(async (ctx, next) => {
    await next();
    const { oidc, body } = ctx as unknown as { oidc?: Provided; body?: { error?: unknown } };
    if (oidc?.route !== "revocation" || body?.error !== "unsupported_token_type") return;
    const clientId = oidc.client?.clientId;
    const token = oidc.params?.["token"];
    if (clientId === undefined || typeof token !== "string") return;
    const claims = await verified(token, verifiers);
    if (claims?.["client_id"] === clientId && typeof claims["jti"] === "string") {
      await revocations.revokeToken(claims["jti"]);
    }
    ctx.status = 200;
    ctx.body = "";
  });
}

interface Provided {
  readonly route?: string;
  readonly client?: { readonly clientId: string };
  readonly params?: Readonly<Record<string, unknown>>;
}

async function verified(
  token: string,
  verifiers: readonly ReturnType<typeof importPublicJwk>[],
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const jws = readCompactJws(token);
  if (typeof jws === "string" || jws.header["alg"] !== "ES256") return undefined;
  for (const key of verifiers) {
    if (typeof key === "string" || key.kid !== jws.header["kid"]) continue;
    return (await verifySignature(key, "ES256", jws.signed, jws.signature)) ? jws.payload : undefined;
  }
  return undefined;
}
