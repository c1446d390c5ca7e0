// Says of signed access tokens whether they are still good (RFC 7662), also where they were revoked: the core, which does not keep them, refuses them.
import type Provider from "oidc-provider";
import type { Revocations } from "../revocation/revocations.ts";
import type { Answered, Claims, SignedTokenReader } from "./signed-token.ts";

/** Who has no secret could be anybody; what belongs to another client is told to nobody (T18). */
export function mayIntrospect(client: NonNullable<Answered["client"]>, clientId: unknown): boolean {
  return client.clientAuthMethod !== "none" && client.clientId === clientId;
}

export function introspectSignedTokens(
  provider: Provider,
  read: SignedTokenReader,
  revocations: Revocations,
  nowSeconds: () => number,
): void {
  provider.use(async (ctx, next) => {
    await next();
    const { oidc, body } = ctx as unknown as { oidc?: Answered; body?: { error?: unknown } };
    if (oidc?.route !== "introspection" || body?.error !== "unsupported_token_type") return;
    const token = oidc.params?.["token"];
    const { client } = oidc;
    if (client === undefined || typeof token !== "string") return;
    const claims = await read(token);
    const isActive =
      claims !== undefined &&
      mayIntrospect(client, claims["client_id"]) &&
      Number(claims["exp"]) > nowSeconds() &&
      !(await revocations.concern(claims));
    ctx.status = 200;
    ctx.body = isActive ? { active: true, ...claims, token_type: typeOf(claims) } : { active: false };
  });
}

function typeOf({ cnf }: Claims): string {
  return (cnf as { jkt?: unknown } | undefined)?.jkt === undefined ? "Bearer" : "DPoP";
}
