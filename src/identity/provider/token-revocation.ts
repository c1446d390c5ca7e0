// Takes signed access tokens at the revocation endpoint (RFC 7009): the core, which does not keep them, refuses them there.
import type Provider from "oidc-provider";
import type { Revocations } from "../revocation/revocations.ts";
import type { Answered, SignedTokenReader } from "./signed-token.ts";

/** Behind the core, which has authenticated the client by then. A token of somebody else's stays what it is, and the answer does not tell. */
export function revokeSignedTokens(provider: Provider, read: SignedTokenReader, revocations: Revocations): void {
  provider.use(async (ctx, next) => {
    await next();
    const { oidc, body } = ctx as unknown as { oidc?: Answered; body?: { error?: unknown } };
    if (oidc?.route !== "revocation" || body?.error !== "unsupported_token_type") return;
    const clientId = oidc.client?.clientId;
    const token = oidc.params?.["token"];
    if (clientId === undefined || typeof token !== "string") return;
    const claims = await read(token);
    if (claims?.["client_id"] === clientId && typeof claims["jti"] === "string") {
      await revocations.revokeToken(claims["jti"]);
    }
    ctx.status = 200;
    ctx.body = "";
  });
}
