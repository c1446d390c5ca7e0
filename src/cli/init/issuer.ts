// Asks an issuer for its metadata, to write its name exactly and to know its conventions.
import { createEgress } from "../../egress/client.ts";

export interface KnownIssuer {
  /** `iss` as the issuer itself writes it. */
  readonly url: string;
  readonly preset: "keycloak" | "hydra" | undefined;
  /** For the user: what was found, or why nothing was. */
  readonly remark: string | undefined;
}

const LIMITS = { timeoutMs: 5_000, bytesMax: 262_144 };

/** Never fails: an issuer that does not answer is written as it was given. */
export async function recogniseIssuer(given: string): Promise<KnownIssuer> {
  const egress = createEgress();
  try {
    const address = `${given.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const metadata = (await egress.getJson(address, LIMITS)) as Record<string, unknown>;
    const issuer = metadata["issuer"];
    // Only the slash at the end may differ: another name is another issuer (OpenID Connect Discovery 4.3).
    const isSame = typeof issuer === "string" && issuer.replace(/\/$/, "") === given.replace(/\/$/, "");
    if (!isSame)
      return {
        url: given,
        preset: undefined,
        remark: `${given} names itself otherwise in its metadata: check \`issuer\``,
      };
    const preset = presetOf(metadata);
    return {
      url: issuer,
      preset,
      remark: preset === undefined ? undefined : `The issuer is ${NAMES[preset]}: its preset is set.`,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown error";
    return {
      url: given,
      preset: undefined,
      remark: `The issuer did not answer (${why}): check \`issuer\` and \`preset\`.`,
    };
  } finally {
    egress.close();
  }
}

const NAMES = { keycloak: "Keycloak", hydra: "Ory Hydra" } as const;

/** By where its endpoints stand: no issuer says in its metadata which software it is. */
function presetOf(metadata: Record<string, unknown>): KnownIssuer["preset"] {
  const { issuer, authorization_endpoint: authorization, token_endpoint: token, jwks_uri: keys } = metadata;
  if (typeof issuer !== "string") return undefined;
  const isRealm = /\/realms\/[^/]+$/.test(issuer);
  if (isRealm && token === `${issuer}/protocol/openid-connect/token`) return "keycloak";
  const base = issuer.replace(/\/$/, "");
  const isHydra =
    authorization === `${base}/oauth2/auth` &&
    token === `${base}/oauth2/token` &&
    keys === `${base}/.well-known/jwks.json`;
  return isHydra ? "hydra" : undefined;
}
