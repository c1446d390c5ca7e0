// Makes the authenticator that proves one security scheme, as its entry of the configuration says.
import {
  type ApiKey,
  apiKeyAuthenticator,
  type Authenticator,
  type DenyList,
  type DpopOptions,
  jwtAuthenticator,
  passThroughAuthenticator,
} from "../../authentication/index.ts";
import type { SecurityScheme } from "../../openapi/operation.ts";
import type { SchemeSettings } from "../settings.ts";
import { followApiKeys } from "./api-keys.ts";
import type { FollowedLists } from "./followed-lists.ts";
import type { Judgement } from "./judgement.ts";
import type { KeyShelf } from "./keys.ts";
import type { ComposePorts } from "./ports.ts";
import { carrierOf, described, dpopModeOf, isTokenInField, isTokenScheme } from "./scheme-kinds.ts";

type JwtSettings = Extract<SchemeSettings, { kind: "jwt" }>;

export interface Means {
  readonly judgement: Judgement;
  readonly shelf: KeyShelf;
  readonly ports: ComposePorts;
  readonly apiKeys: ReadonlyMap<string, readonly ApiKey[]>;
  readonly denied: DenyList;
  readonly lists: FollowedLists;
}

/** Undefined, with the mistake noted, where the entry does not fit the scheme. */
export function makeAuthenticator(
  name: string,
  entry: SchemeSettings,
  scheme: SecurityScheme | undefined,
  means: Means,
): Authenticator | undefined {
  switch (entry.kind) {
    case "checked-by-upstream":
      return passingThrough(name, entry, scheme, means);
    case "api-keys":
      return ofApiKeys(name, entry, scheme, means);
    case "jwt":
      return ofTokens(name, entry, scheme, means);
  }
}

function passingThrough(
  name: string,
  entry: SchemeSettings,
  scheme: SecurityScheme | undefined,
  { judgement }: Means,
): Authenticator | undefined {
  const carrier = scheme === undefined ? undefined : carrierOf(scheme);
  if (carrier !== undefined) return passThroughAuthenticator({ scheme: name, carrier });
  const why = scheme === undefined ? "the document does not declare it" : "client certificates are not supported";
  judgement.error(
    "scheme-carrier",
    { settings: entry.at },
    `it cannot be seen whether "${name}" is sent: ${why}`,
    "Use a scheme of type http or apiKey.",
  );
  return undefined;
}

function ofApiKeys(
  name: string,
  entry: Extract<SchemeSettings, { kind: "api-keys" }>,
  scheme: SecurityScheme | undefined,
  { judgement, ports, apiKeys, lists }: Means,
): Authenticator | undefined {
  const place = { settings: entry.at };
  const carrier = scheme === undefined ? undefined : carrierOf(scheme);
  const isInHead = carrier?.in === "header" || (carrier?.in === "authorization" && carrier.scheme === "bearer");
  const isOfIssuer = scheme?.type === "oauth2" || scheme?.type === "openIdConnect";
  if (scheme === undefined || carrier === undefined || !isInHead || isOfIssuer) {
    const what = scheme === undefined ? "not declared in the document" : described(scheme);
    judgement.error(
      "scheme-type",
      place,
      `"${name}" is ${what}: API keys are taken from a field of the head, since addresses and cookies end up in logs`,
      "Declare it as `type: apiKey, in: header`, or as http bearer.",
    );
    return undefined;
  }
  const keys = apiKeys.get(name) ?? [];
  const made = judgement.attempt(place, () => apiKeyAuthenticator({ scheme: name, carrier, keys, clock: ports.clock }));
  if (made !== undefined && entry.keys.kind === "file") followApiKeys(entry.keys.file, made, lists);
  return made;
}

/** Proofs are made for the address that clients use: what the owner wrote of it counts beside what a request says. */
function dpopOptions(
  { dpop }: JwtSettings,
  scheme: SecurityScheme | undefined,
  { judgement, ports }: Pick<Means, "judgement" | "ports">,
): DpopOptions {
  const { publicUrl } = judgement.settings.transport;
  return {
    mode: dpopModeOf(dpop, scheme),
    maxAgeMs: dpop.maxAgeMs,
    memory: ports.proofs.memory,
    ...(dpop.nonce ? { nonces: ports.proofs.nonces } : {}),
    ...(judgement.loaded.isWritten(["transport", "publicUrl"]) ? { publicUrl } : {}),
  };
}

function ofTokens(
  name: string,
  entry: JwtSettings,
  scheme: SecurityScheme | undefined,
  { judgement, shelf, ports, denied }: Means,
): Authenticator | undefined {
  const place = { settings: entry.at };
  if (scheme !== undefined && !isTokenScheme(scheme) && !isTokenInField(scheme)) {
    judgement.error(
      "scheme-type",
      place,
      `"${name}" is ${described(scheme)}: an issuer's tokens come as Bearer in Authorization`,
      scheme.in === "header"
        ? "For keys of your own: `keys: keys.json`. Set `checkedByUpstream: true` where the API checks it, or declare the scheme as http bearer."
        : "Set `checkedByUpstream: true` where the API checks it, or declare the scheme as http bearer.",
    );
    return undefined;
  }
  return judgement.attempt(place, () => {
    const { scopes, roles, permissions } = entry;
    const claims = {
      ...(scopes === undefined ? {} : { scopes: [scopes] }),
      ...(roles === undefined ? {} : { roles: [roles] }),
      ...(permissions === undefined ? {} : { permissions: [permissions] }),
    };
    return (ports.tokenAuthenticator ?? jwtAuthenticator)({
      scheme: name,
      issuer: entry.issuer,
      audience: entry.audience,
      ...shelf.withVerified(name, entry),
      clock: ports.clock,
      denied,
      claims,
      dpop: dpopOptions(entry, scheme, { judgement, ports }),
      allowMissingTyp: entry.dangerouslyAllowMissingTyp,
      allowMissingKid: entry.allowMissingKid,
      ...(entry.algorithms === undefined ? {} : { algorithms: entry.algorithms }),
      ...(entry.preset === undefined ? {} : { preset: entry.preset }),
      ...(entry.typ === undefined ? {} : { typ: entry.typ }),
      ...(entry.lifetimeMaxSeconds === undefined ? {} : { lifetimeMaxSeconds: entry.lifetimeMaxSeconds }),
    });
  });
}
