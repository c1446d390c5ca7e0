// Reads a compact JWS (RFC 7515 7.1) strictly: what two readers could take for two things is refused before any cryptography.
import { decodeBase64url } from "./base64url.ts";
import { type JsonObject, readJsonObject } from "./json.ts";

/** Longest token that is looked at: real access tokens have 1 to 4 KB, and heads of requests end at 16 KB. */
export const TOKEN_BYTES_MAX = 8_192;
/** Deepest nesting in header or payload: Keycloak's `resource_access` takes four, `authorization_details` six. */
const TOKEN_DEPTH_MAX = 16;

export interface CompactJws {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  /** The first two parts and their dot, as they are signed. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

export type JwsFault = "too-large" | "not-compact" | "encoding" | "header" | "payload";

/** A JWS whose payload is a JSON object, or what is wrong with it. Nothing of it is verified. */
export function readCompactJws(token: string): CompactJws | JwsFault {
  if (token.length > TOKEN_BYTES_MAX) return "too-large";
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first < 1 || second < 0 || token.indexOf(".", second + 1) >= 0) return "not-compact";
  if (second === first + 1 || second === token.length - 1) return "not-compact";
  const headerBytes = decodeBase64url(token.slice(0, first));
  const payloadBytes = decodeBase64url(token.slice(first + 1, second));
  const signature = decodeBase64url(token.slice(second + 1));
  if (headerBytes === undefined || payloadBytes === undefined || signature === undefined) return "encoding";
  const header = readJsonObject(headerBytes, TOKEN_DEPTH_MAX);
  if (header === undefined) return "header";
  const payload = readJsonObject(payloadBytes, TOKEN_DEPTH_MAX);
  if (payload === undefined) return "payload";
  return { header, payload, signed: Buffer.from(token.slice(0, second), "latin1"), signature };
}
