// What kinds of security schemes there are: tokens of an issuer, credentials that only the API can check, and what to say of them.
import type { Carrier, DpopMode } from "../../authentication/index.ts";
import type { SecurityScheme } from "../../openapi/operation.ts";
import type { DpopSettings } from "../resolve/dpop.ts";
import type { SchemeSettings } from "../settings.ts";

/** Schemes whose credential is an access token of an issuer. */
export function isTokenScheme(scheme: SecurityScheme): boolean {
  return (
    scheme.type === "oauth2" ||
    scheme.type === "openIdConnect" ||
    (scheme.type === "http" && (scheme.scheme === "bearer" || scheme.scheme === "dpop"))
  );
}

/** A scheme that the document calls `dpop` takes no plain bearer tokens, unless the configuration says otherwise. */
export function dpopModeOf({ mode }: DpopSettings, scheme: SecurityScheme | undefined): DpopMode {
  return mode ?? (scheme?.type === "http" && scheme.scheme === "dpop" ? "require" : "accept");
}

/** Documents from before OpenAPI 3 write bearer tokens as an API key in Authorization. */
export function isTokenInField(scheme: SecurityScheme): boolean {
  return scheme.type === "apiKey" && scheme.in === "header" && scheme.parameterName?.toLowerCase() === "authorization";
}

export function carrierOf(scheme: SecurityScheme): Carrier | undefined {
  if (scheme.type === "mutualTLS") return undefined;
  if (scheme.type === "http") return { in: "authorization", scheme: scheme.scheme ?? "bearer" };
  if (scheme.type !== "apiKey") return { in: "authorization", scheme: "bearer" };
  if (scheme.in === undefined || scheme.parameterName === undefined) return undefined;
  return { in: scheme.in, name: scheme.parameterName };
}

/** Goes with `Authorization`: the proof of a token that is bound to a key (RFC 9449 4.1). */
const PROOF_FIELD = "dpop";

/** Fields of the head that a credential is sent in, in lower case: its own, and that of its proof. */
export function fieldsOf(scheme: SecurityScheme | undefined, kind: SchemeSettings["kind"] | undefined): string[] {
  const field = fieldOf(scheme);
  if (field === undefined) return [];
  const isProven = kind === "jwt" || (kind === "checked-by-upstream" && field === "authorization");
  return isProven ? [field, PROOF_FIELD] : [field];
}

/** The field of the head that carries its credential, in lower case. Schemes that only the configuration knows are tokens. */
function fieldOf(scheme: SecurityScheme | undefined): string | undefined {
  if (scheme === undefined) return "authorization";
  const carrier = carrierOf(scheme);
  if (carrier?.in === "header") return carrier.name.toLowerCase();
  return carrier?.in === "authorization" ? carrier.in : undefined;
}

export function described(scheme: SecurityScheme): string {
  if (scheme.type === "http") return `http ${scheme.scheme ?? ""}`.trim();
  return scheme.type === "apiKey" ? `apiKey in ${scheme.in ?? "?"}` : scheme.type;
}

export function remedyFor(scheme: SecurityScheme): string {
  if (isTokenScheme(scheme)) {
    return `Configure \`authentication.${scheme.name}\` with issuer and audience, or start with --issuer and --audience.`;
  }
  if (scheme.type === "mutualTLS") return "Client certificates are not supported: take the scheme out of `security`.";
  if (scheme.type === "apiKey" && scheme.in === "header") {
    return `Set \`authentication.${scheme.name}: { keys: keys.json }\` for keys of \`portcullis keys create\`, or \`{ checkedByUpstream: true }\` if the API checks it itself.`;
  }
  return `If the API checks it itself, set \`authentication.${scheme.name}: { checkedByUpstream: true }\`.`;
}
