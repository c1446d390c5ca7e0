// What the plain HTTP port answers: the https address for what can safely be sent again, else a refusal.
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

/** Methods without a body that has gone over the wire in clear already (RFC 9110 9.2.1). */
const REDIRECTED = new Set(["GET", "HEAD", "OPTIONS"]);

/** Credentials that were sent in clear must be seen to fail: a redirect would hide it, again and again. */
const CREDENTIALS = new Set(["authorization", "cookie", "x-api-key", "dpop", "proxy-authorization"]);

/**
 * 308 to the same target at `publicUrl` (RFC 9110 15.4.9), whose host is never the request's. Methods with bodies and
 * requests with credentials are refused: what they carried went over the network in clear.
 */
export function redirectAnswer(publicUrl: string, method: string, target: string, rawFields: FieldLines): PlainAnswer {
  if (target.length > LIMITS.targetLengthMax) return refusal("transport.target-too-long");
  if (typeof judgeTarget(target, true) === "string") return refusal("transport.target-invalid");
  if (hasCredentials(rawFields)) {
    return refusal("transport.https-required", "The credentials were sent in clear: replace them.");
  }
  if (!REDIRECTED.has(method)) return refusal("transport.https-required");
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
