// What the plain HTTP port answers: the https address, or a refusal where credentials already went over the network in clear.
import { type Denial, deny } from "../core/outcome.ts";
import { REASONS } from "../core/reasons/registry.ts";
import type { FieldLines } from "../http/fields.ts";
import { PROBLEM_MEDIA_TYPE, problemBody } from "../http/problem.ts";
import { judgeTarget } from "../http/target.ts";
import { LIMITS } from "./limits.ts";

export interface PlainAnswer {
  readonly status: number;
  readonly lines: FieldLines;
  readonly body: Buffer;
  /** Why the client is not sent on; undefined where it is. */
  readonly denial: Denial | undefined;
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
export function redirectAnswer(publicUrl: string, target: string, rawFields: FieldLines, id: string): PlainAnswer {
  const denial = judge(target, rawFields);
  if (denial !== undefined) return refusal(denial, id);
  const lines = ["Location", new URL(publicUrl).origin + target, "Content-Length", "0", "X-Request-Id", id];
  return { status: 308, lines, body: Buffer.alloc(0), denial };
}

function judge(target: string, rawFields: FieldLines): Denial | undefined {
  if (target.length > LIMITS.targetLengthMax) return deny("transport.target-too-long");
  const fault = judgeTarget(target, true);
  if (typeof fault === "string") return deny("transport.target-invalid", { internal: fault });
  if (!QUERY_TOKEN.test(target) && !hasCredentials(rawFields)) return undefined;
  const detail = "The credentials were sent in clear: revoke and replace them.";
  return deny("transport.https-required", { detail, internal: "credentials over plain HTTP" });
}

function hasCredentials(lines: FieldLines): boolean {
  for (let i = 0; i < lines.length; i += 2) if (CREDENTIALS.has((lines[i] as string).toLowerCase())) return true;
  return false;
}

function refusal(denial: Denial, requestId: string): PlainAnswer {
  const { reason, detail } = denial;
  const { status, title } = REASONS[reason];
  const body = Buffer.from(problemBody({ status, title, reason, requestId, detail }));
  const lines = ["Content-Type", PROBLEM_MEDIA_TYPE, "Content-Length", String(body.length)];
  lines.push("Cache-Control", "no-store", "X-Content-Type-Options", "nosniff", "X-Request-Id", requestId);
  return { status, lines, body, denial };
}
