// What the API learns of the caller: the key that signs it, and which credentials it does not get.
import { CALLER_TOKEN_TYPE, CallerTokens } from "../../authentication/index.ts";
import { importSigningKey, type SigningKey } from "../../cryptography/signing-key.ts";
import type { SchemeSettings } from "../settings.ts";
import type { Judgement } from "./judgement.ts";
import { readNamedFile } from "./named-file.ts";
import type { ComposePorts } from "./ports.ts";
import { fieldsOf } from "./scheme-kinds.ts";

export interface CallerForwarding {
  readonly fields: boolean;
  readonly tokens: CallerTokens | undefined;
  /** The public key, as the admin listener shows it. */
  readonly jwks: { readonly keys: readonly object[] } | undefined;
}

/** Undefined where nothing is told. A key that cannot sign is noted, and stops the start. */
export async function bindForwarding(judgement: Judgement, ports: ComposePorts): Promise<CallerForwarding | undefined> {
  const { authentication, transport } = judgement.settings;
  const { forward } = authentication;
  if (forward === undefined || (!forward.fields && forward.jwt === undefined)) return undefined;
  const { fields, jwt } = forward;
  if (jwt === undefined) return { fields, tokens: undefined, jwks: undefined };
  const key = jwt.keyFile === undefined ? ports.callerKey() : await readKey(jwt.keyFile, judgement, ports);
  if (key === undefined) return undefined;
  if (jwt.keyFile === undefined && transport.adminListen === undefined) {
    judgement.error(
      "key-unpublished",
      { settings: ["authentication", "forward", "jwt"] },
      "nobody could verify the tokens: their key is one of this process, and there is no admin listener that shows it",
      "Name a `key`, or leave `transport.adminListen` on.",
    );
  }
  const { audience, lifetimeMs, bind } = jwt;
  const issuer = jwt.issuer ?? transport.publicUrl ?? "portcullis";
  const tokens = new CallerTokens({ key, issuer, audience, lifetimeMs, bind, clock: ports.clock });
  return { fields, tokens, jwks: { keys: [key.jwk] } };
}

async function readKey(file: string, judgement: Judgement, ports: ComposePorts): Promise<SigningKey | undefined> {
  const settings = ["authentication", "forward", "jwt", "key"];
  const remedy = "Make one: openssl ecparam -name prime256v1 -genkey -noout -out caller-key.pem";
  const text = await readNamedFile(judgement, settings, { file, readText: ports.readText, remedy });
  if (text === undefined) return undefined;
  const key = importSigningKey(text, CALLER_TOKEN_TYPE);
  if (key === undefined) judgement.error("key-invalid", { settings }, `${file} holds no private key for ES256`, remedy);
  return key;
}

/**
 * Fields of the credentials that the gate judges itself, in lower case: with `credentials: drop` the API does not get them, also
 * where an operation asks for none. What the API judges, it gets.
 */
export function droppedFields(
  { api, settings }: Judgement,
  schemes: ReadonlyMap<string, SchemeSettings>,
): ReadonlySet<string> {
  const dropped = new Set<string>();
  if (settings.authentication.forward?.credentials !== "drop") return dropped;
  for (const [name, { kind }] of schemes) {
    if (kind === "checked-by-upstream") continue;
    for (const field of fieldsOf(api.schemes.get(name), kind)) dropped.add(field);
  }
  return dropped;
}

/** Fields in which credentials are sent that are judged somewhere: here, or by the API. A field of cookies has more than those. */
export function carryingFields(
  { api, settings }: Judgement,
  schemes: ReadonlyMap<string, SchemeSettings>,
): ReadonlySet<string> {
  const fields = new Set<string>();
  const unused = [...settings.authentication.schemes.keys()].filter((name) => api.schemes.has(name));
  for (const name of new Set([...schemes.keys(), ...unused])) {
    const { kind } = schemes.get(name) ?? settings.authentication.schemes.get(name) ?? {};
    for (const field of fieldsOf(api.schemes.get(name), kind)) if (field !== "cookie") fields.add(field);
  }
  return fields;
}
