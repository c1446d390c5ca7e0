// Asks an issuer for its metadata, to write its name exactly and to know its conventions.
import { createEgress } from "../../egress/client.ts";
import { ISSUER_NAMES, presetByMetadata, presetByName, type Recognised } from "./presets.ts";

export interface KnownIssuer {
  /** `iss` as the issuer itself writes it. */
  readonly url: string;
  readonly preset: Recognised | undefined;
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
    const preset = presetByMetadata(metadata);
    return {
      url: issuer,
      preset,
      remark: preset === undefined ? undefined : `The issuer is ${ISSUER_NAMES[preset]}: its preset is set.`,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown error";
    return {
      url: given,
      preset: presetByName(given),
      remark: `The issuer did not answer (${why}): check \`issuer\` and \`preset\`.`,
    };
  } finally {
    egress.close();
  }
}
