// What the plain HTTP port answers: the https address, or a refusal where credentials already went over the network in clear.
import { randomUUID } from "node:crypto";
import { type ReasonCode, REASONS } from "../core/reasons/registry.ts";
import type { FieldLines } from "../http/fields.ts";
import { PROBLEM_MEDIA_TYPE, problemBody } from "../http/problem.ts";
import { judgeTarget } from "../http/target.ts";
import { LIMITS } from "./limits.ts";

export interface PlainAnswer {
  readonly status: number;
  readonly lines: FieldLines;
  readonly body: Buffer;
}

const CREDENTIALS = new Set([
  "authorization",
  "cookie",
  "x-api-key",
  "api-key",
  "x-auth-token",
  "x-access-token",
  "dpop",
  "proxy-authorization",
]);

/** A token in the query (RFC 6750 2.3). */
const QUERY_TOKEN = /[?&]access_token=/;

/**
 * 308 to the same target at `publicUrl`, whose host is never the request's; method and body stay (RFC 9110 15.4.9).
 * Credentials in clear must be seen to fail: a redirect would make it work, and hide it, again and again.
 */
export function redirectAnswer(publicUrl: string, target: string, rawFields: FieldLines): PlainAnswer {
  if (target.length > LIMITS.targetLengthMax) return refusal("transport.target-too-long");
  if (typeof judgeTarget(target, true) === "string") return refusal("transport.target-invalid");
  if (QUERY_TOKEN.test(target) || hasCredentials(rawFields)) {
    return refusal("transport.https-required", "The credentials were sent in clear: revoke and replace them.");
  }
  const location = new URL(publicUrl).origin + target;
  return { status: 308, lines: ["Location", location, "Content-Length", "0"], body: Buffer.alloc(0) };
}

function hasCredentials(lines: FieldLines): boolean {
  for (let i = 0; i < lines.length; i += 2) if (CREDENTIALS.has((lines[i] as string).toLowerCase())) return true;
  return false;
}

function refusal(code: ReasonCode, detail?: string): PlainAnswer {
  const { status, title } = REASONS[code];
  const requestId = randomUUID();
  const body = Buffer.from(problemBody({ status, title, reason: code, requestId, detail }));
  const lines = ["Content-Type", PROBLEM_MEDIA_TYPE, "Content-Length", String(body.length)];
  lines.push("Cache-Control", "no-store", "X-Content-Type-Options", "nosniff", "X-Request-Id", requestId);
  return { status, lines, body };
}
