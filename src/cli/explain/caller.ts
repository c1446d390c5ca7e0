// The caller that `explain --as` is asked about: a credential from a file, the keys that may check it, and what the gate says of it.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { examiningAuthenticator } from "../../authentication/examination.ts";
import { readJwks } from "../../authentication/jwks.ts";
import type { Composition } from "../../configuration/compose.ts";
import type { ComposePorts } from "../../configuration/compose.ts";
import { carrierOf } from "../../configuration/compose/scheme-kinds.ts";
import { whyUnreadable } from "../../configuration/error-code.ts";
import type { Exchange } from "../../core/exchange.ts";
import { readCompactJws } from "../../cryptography/jws.ts";
import type { Gate } from "../../core/gate.ts";
import type { RequestGuard } from "../../core/guard.ts";
import type { Denial } from "../../core/outcome.ts";
import type { Principal } from "../../core/principal.ts";
import { type Given, UsageError } from "../command.ts";
import { readCredential } from "../credential-input.ts";
import type { Io } from "../io.ts";

export interface Caller {
  /** One of them, or both where the document asks for both together. */
  readonly token: string | undefined;
  readonly key: string | undefined;
  /** What composition needs so that the credential can be judged without the network. */
  readonly ports: Partial<ComposePorts>;
  /** Whether a signature could not be checked. */
  readonly isUnchecked: () => boolean;
  /** Whether a token is bound to a key, whose proof nobody has here. */
  readonly isProofAssumed: () => boolean;
}

/** Undefined where nobody is asked about. */
export async function callerOf(given: Given, io: Io): Promise<Caller | undefined> {
  const token = given.text("as");
  const key = given.text("as-key");
  const jwks = given.text("keys");
  if (token === undefined && jwks !== undefined) throw new UsageError("--keys checks the token of --as");
  if (token === undefined && key === undefined) return undefined;
  if (token === "-" && key === "-")
    throw new UsageError("standard input holds one credential", "Name a file for one of them.");
  let isUnchecked = false;
  let isProofAssumed = false;
  const ports: Partial<ComposePorts> = {
    tokenAuthenticator: (options) =>
      examiningAuthenticator(options, {
        onUnchecked: () => {
          isUnchecked = true;
        },
        onProofAssumed: () => {
          isProofAssumed = true;
        },
      }),
    ...(jwks === undefined ? {} : { fetchJson: answering(await readKeys(jwks, io)) }),
  };
  return {
    token: token === undefined ? undefined : await readCredential(token, io, "token"),
    key: key === undefined ? undefined : await readCredential(key, io, "key"),
    ports,
    isUnchecked: () => isUnchecked,
    isProofAssumed: () => isProofAssumed,
  };
}

async function readKeys(file: string, io: Io): Promise<unknown> {
  let set: unknown;
  try {
    set = JSON.parse(await readFile(path.resolve(io.cwd, file), "utf8"));
  } catch (error) {
    throw new UsageError(
      `${file} cannot be read: ${whyUnreadable(error)}`,
      "Save what the issuer's `jwks_uri` answers.",
    );
  }
  const keys = readJwks(set);
  if (typeof keys === "string") throw new UsageError(`${file}: ${keys}`, "Save what the issuer's `jwks_uri` answers.");
  return set;
}

/** Whatever issuer is asked, these are its keys. */
function answering(set: unknown): ComposePorts["fetchJson"] {
  return (url, { configuredUrl }) => {
    const isMetadata = configuredUrl !== undefined && url.includes("/.well-known/o") && url !== configuredUrl;
    return Promise.resolve(
      isMetadata ? { issuer: configuredUrl, jwks_uri: new URL("/jwks", configuredUrl).href } : set,
    );
  };
}

/** `the token`, `the key`, `the token and the key` */
export function credentialsOf({ token, key }: Caller): string {
  return [...(token === undefined ? [] : ["the token"]), ...(key === undefined ? [] : ["the key"])].join(" and ");
}

/** The fields that carry the credentials. */
export function fieldsOf({ token, key }: Caller, composition: Composition): string[] {
  const fields = key === undefined ? [] : keyFields(key, composition);
  if (token === undefined) return fields;
  if (fields.includes("Authorization")) {
    throw new UsageError("the key and the token both go in Authorization", "Give one of --as and --as-key.");
  }
  return ["Authorization", `${isBound(token) ? "DPoP" : "Bearer"} ${token}`, ...fields];
}

/** Whether its client must send a proof beside it. */
function isBound(token: string): boolean {
  const jws = readCompactJws(token);
  return typeof jws !== "string" && jws.payload["cnf"] !== undefined;
}

function keyFields(key: string, { settings, api }: Composition): string[] {
  const fields: string[] = [];
  for (const [name, entry] of settings.authentication.schemes) {
    const scheme = api.schemes.get(name);
    const carrier = entry.kind === "api-keys" && scheme !== undefined ? carrierOf(scheme) : undefined;
    if (carrier?.in === "header") fields.push(carrier.name, key);
    else if (carrier !== undefined) fields.push("Authorization", `Bearer ${key}`);
  }
  if (fields.length === 0) throw new UsageError("no scheme of the configuration takes API keys");
  return fields;
}

export interface Refusal {
  readonly guard: RequestGuard;
  readonly denial: Denial;
}

/** What the guards of the head would do, in their order, up to the first that refuses. Counters are left alone. */
export async function refusals(
  gate: Gate,
  exchange: Exchange,
  isAsked: (guard: RequestGuard) => boolean,
): Promise<Refusal[]> {
  const found: Refusal[] = [];
  for (const guard of gate.head) {
    if (!isAsked(guard)) continue;
    if (guard.mode === "monitor" && found.some((one) => one.guard.practice === guard.dependsOn)) continue;
    const outcome = await guard.check(exchange);
    if (outcome.kind !== "deny") continue;
    found.push({ guard, denial: outcome });
    if (guard.mode === "enforce") break;
  }
  return found;
}

/** `user sue; client web; scopes orders:read; roles clerk` */
export function describedCaller({
  kind,
  subject,
  client,
  method,
  claims,
  scopes,
  roles,
  permissions,
}: Principal): string {
  if (kind === "anonymous") return "nobody who is known";
  const name = method === "api-key" ? `key ${client} of ${String(claims["name"])}` : `${kind} ${subject ?? client}`;
  const parts = [name];
  if (method !== "api-key" && client !== undefined && client !== subject) parts.push(`client ${client}`);
  const lists = { scopes: [...scopes], roles, permissions };
  for (const [what, names] of Object.entries(lists)) if (names.length > 0) parts.push(`${what} ${names.join(" ")}`);
  return parts.join("; ");
}
