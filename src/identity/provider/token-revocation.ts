// Takes signed access tokens at the revocation endpoint (RFC 7009): the core, which does not keep them, refuses them there.
import type Provider from "oidc-provider";
import type { Revocations } from "../revocation/revocations.ts";
import type { Answered, SignedTokenReader } from "./signed-token.ts";

/** Behind the core, which has authenticated the client by then. A token of somebody else's stays what it is, and the answer does not tell. */
export function revokeSignedTokens(provider: Provider, read: SignedTokenReader, revocations: Revocations): void {
  const isTaken = async ({ client, params }: Answered): Promise<boolean> => {
    const token = params?.["token"];
    if (client === undefined || typeof token !== "string") return false;
    const claims = await read(token);
    if (claims?.["client_id"] === client.clientId && typeof claims["jti"] === "string") {
      await revocations.revokeToken(claims["jti"]);
    }
    return true;
  };
  provider.use(async (ctx, next) => {
    await next();
    const { oidc, body } = ctx as unknown as { oidc?: Answered; body?: { error?: unknown } };
    if (oidc?.route !== "revocation") return;
    if (body?.error === "unsupported_token_type" && (await isTaken(oidc))) {
      ctx.status = 200;
      ctx.body = "";
    }
    // It says nothing (RFC 7009 2.2), and the core calls that text, which libraries in browsers take for no answer of a token server.
    if (ctx.status === 200) ctx.remove("Content-Type");
  });
}
