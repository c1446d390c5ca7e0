// The response guard of transport: cleans the head of every answer and adds what browsers and caches must be told.
import type { AnswerHead, Exchange } from "../core/exchange.ts";
import type { ResponseGuard } from "../core/guard.ts";
import { CONTINUE, deny, type Outcome } from "../core/outcome.ts";
import { linesHold } from "../http/fields.ts";
import { isFieldValue, isToken } from "../http/tokens.ts";
import { DROPPED } from "./answer-field-rules.ts";

export interface AnswerGuardOptions {
  /** Value of Strict-Transport-Security; left out with a development certificate and inside a framework. */
  readonly hsts?: string | undefined;
  readonly mode?: "enforce" | "monitor";
}

/** An answer of data is never a page: nothing may be loaded by it, nothing may frame it. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Guard `transport.answer`, first among the response guards. A line that breaks the grammar denies with 502 (R07). */
export function answerGuard(options: AnswerGuardOptions): ResponseGuard {
  const { hsts } = options;
  return {
    practice: "transport",
    name: "transport.answer",
    mode: options.mode ?? "enforce",
    on: "every",
    head: (exchange, answer) => clean(exchange, answer, hsts),
  };
}

function clean(exchange: Exchange, answer: AnswerHead, hsts: string | undefined): Outcome {
  const { lines } = answer;
  const out: string[] = [];
  let named: string[] | undefined;
  let cached = false;
  let policy = false;
  let data = false;
  const isPrivate = isForOneCaller(exchange, answer);
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string;
    const value = lines[i + 1] as string;
    if (!isToken(name) || !isFieldValue(value)) {
      return deny("transport.upstream-invalid", { internal: "an answer field breaks the grammar" });
    }
    const lower = name.toLowerCase();
    if (DROPPED.has(lower)) {
      if (lower === "connection") (named ??= []).push(...namedFields(value));
      continue;
    }
    switch (lower) {
      case "x-content-type-options":
        continue;
      case "cache-control":
        cached = true;
        if (!isPrivate) break;
        out.push(name, madePrivate(value));
        continue;
      case "cdn-cache-control":
      case "surrogate-control":
      case "x-accel-expires":
        if (isPrivate) continue;
        break;
      case "content-security-policy":
        policy = true;
        break;
      case "content-type":
        data = isData(value);
        break;
      default:
        break;
    }
    out.push(name, value);
  }
  if (named !== undefined && named.length > 0) dropNamed(out, named);
  out.push("X-Content-Type-Options", "nosniff");
  if (!cached && isPrivate) out.push("Cache-Control", "no-store");
  if (data && !policy) out.push("Content-Security-Policy", DATA_POLICY);
  // RFC 6797 7.2: never over a connection that is not secure.
  if (hsts !== undefined && exchange.request.secure) out.push("Strict-Transport-Security", hsts);
  answer.lines = out;
  return CONTINUE;
}

/** What is answered to a known caller, sets a cookie, or comes from the gate itself (R06). */
function isForOneCaller(exchange: Exchange, { origin, lines }: AnswerHead): boolean {
  if (origin === "gate" || exchange.credentials.length > 0) return true;
  return exchange.request.fields.has("authorization") || linesHold(lines, "set-cookie");
}

/** Overrule what a Cache-Control says to the caches of a client, for those in between (RFC 9111 3.5, 5.2.2). */
const FOR_SHARED_CACHES = /^(?:public|s-maxage(?:=.*)?)$/i;

/**
 * Leaves to the client's own cache what the API left to all: a shared cache would hand one caller's answer to others, without
 * asking the gate. Frameworks say `public` of every file by themselves.
 */
function madePrivate(cacheControl: string): string {
  const said = cacheControl.split(",").map((directive) => directive.trim());
  const kept = said.filter((directive) => directive !== "" && !FOR_SHARED_CACHES.test(directive));
  if (!kept.some((directive) => /^(?:no-store|private)$/i.test(directive))) kept.push("private");
  return kept.join(", ");
}

/** JSON in any dress. Pages, images and scripts keep what their server says of them. */
function isData(contentType: string): boolean {
  const end = contentType.indexOf(";");
  const essence = (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  return essence === "application/json" || essence.endsWith("+json");
}

function namedFields(connection: string): string[] {
  return connection
    .toLowerCase()
    .split(",")
    .map((option) => option.trim())
    .filter((option) => option !== "" && option !== "close" && option !== "keep-alive");
}

/** Fields that the upstream's Connection names end at this hop. What frames and types an answer stays: naming it is a bug there. */
function dropNamed(lines: string[], named: readonly string[]): void {
  for (let i = lines.length - 2; i >= 0; i -= 2) {
    const lower = (lines[i] as string).toLowerCase();
    if (named.includes(lower) && lower !== "content-length" && lower !== "content-type") lines.splice(i, 2);
  }
}
