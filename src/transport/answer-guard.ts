// The response guard of transport: cleans the head of every answer and adds what browsers and caches must be told.
import type { AnswerHead, Exchange } from "../core/exchange.ts";
import type { ResponseGuard } from "../core/guard.ts";
import { CONTINUE, deny, type Outcome } from "../core/outcome.ts";
import { linesHold } from "../http/fields.ts";
import { equalsIgnoringCase, isFieldValue } from "../http/tokens.ts";
import {
  answerFieldFlags,
  CACHING,
  DROPPED,
  INVALID,
  MEDIA_TYPE,
  NAMES_OTHERS,
  PAGE_POLICY,
  SHARED_CACHES,
} from "./answer-field-rules.ts";
import { LIMITS } from "./limits.ts";
import { takeToldRefusal } from "./refused-behind.ts";
import { setsCookie, withoutCookiesCleared } from "./withheld-cookies.ts";

export interface AnswerGuardOptions {
  /** Value of Strict-Transport-Security; left out with a development certificate and inside a framework. */
  readonly hsts?: string | undefined;
  /** Lower-case names of cookies that the API may not set: they are the sign-in pages'. */
  readonly withheldCookies?: ReadonlySet<string> | undefined;
  /** Whether the answers are the authorization server's, which tells what it refused. */
  readonly tellsRefusals?: boolean;
  readonly mode?: "enforce" | "monitor";
}

/** An answer of data is never a page: nothing may be loaded by it, nothing may frame it. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Guard `transport.answer`, first among the response guards. A line that breaks the grammar denies with 502 (R07). */
export function answerGuard(options: AnswerGuardOptions): ResponseGuard {
  const { hsts, withheldCookies, tellsRefusals = false } = options;
  return {
    practice: "transport",
    name: "transport.answer",
    mode: options.mode ?? "enforce",
    on: "every",
    head: tellsRefusals
      ? (exchange, answer) => {
          takeToldRefusal(exchange, answer);
          return clean(exchange, answer, hsts, withheldCookies);
        }
      : (exchange, answer) => clean(exchange, answer, hsts, withheldCookies),
  };
}

function clean(
  exchange: Exchange,
  answer: AnswerHead,
  hsts: string | undefined,
  withheldCookies: ReadonlySet<string> | undefined,
): Outcome {
  const { lines } = answer;
  if (lines.length > 2 * LIMITS.answerFieldsMax) {
    return deny("transport.upstream-invalid", { internal: "an answer of too many fields" });
  }
  const out: string[] = [];
  let named: readonly string[] = NONE_NAMED;
  let seen = 0;
  let data = false;
  const isPrivate = isForOneCaller(exchange, answer);
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string;
    const value = lines[i + 1] as string;
    const flags = answerFieldFlags(name);
    if ((flags & INVALID) !== 0 || !isFieldValue(value)) {
      return deny("transport.upstream-invalid", { internal: "an answer field breaks the grammar" });
    }
    if (withheldCookies !== undefined && isSetCookie(name) && setsCookie(value, withheldCookies)) continue;
    if (flags === 0) {
      if (withheldCookies !== undefined && isClearing(name)) {
        const cleared = withoutCookiesCleared(value);
        if (cleared !== undefined) out.push(name, cleared);
        continue;
      }
      out.push(name, value);
      continue;
    }
    seen |= flags;
    if ((flags & NAMES_OTHERS) !== 0) named = namedFields(value, named);
    if ((flags & DROPPED) !== 0 || (isPrivate && (flags & SHARED_CACHES) !== 0)) continue;
    if ((flags & MEDIA_TYPE) !== 0) data = isData(value);
    out.push(name, isPrivate && (flags & CACHING) !== 0 ? madePrivate(value) : value);
  }
  if (named.length > 0) dropNamed(out, named);
  out.push("X-Content-Type-Options", "nosniff");
  if (isPrivate && (seen & CACHING) === 0) out.push("Cache-Control", "no-store");
  if (data && (seen & PAGE_POLICY) === 0) out.push("Content-Security-Policy", DATA_POLICY);
  // RFC 6797 7.2: never over a connection that is not secure.
  if (hsts !== undefined && exchange.request.secure) out.push("Strict-Transport-Security", hsts);
  answer.lines = out;
  return CONTINUE;
}

function isSetCookie(name: string): boolean {
  return name.length === 10 && equalsIgnoringCase(name, "set-cookie");
}

function isClearing(name: string): boolean {
  return name.length === 15 && equalsIgnoringCase(name, "clear-site-data");
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

const NONE_NAMED: readonly string[] = Object.freeze([]);

function namedFields(connection: string, before: readonly string[]): readonly string[] {
  if (connection === "keep-alive" || connection === "close") return before;
  const named = connection
    .toLowerCase()
    .split(",")
    .map((option) => option.trim())
    .filter((option) => option !== "" && option !== "close" && option !== "keep-alive");
  return [...before, ...named];
}

/** Fields that the upstream's Connection names end at this hop. What frames and types an answer stays: naming it is a bug there. */
function dropNamed(lines: string[], named: readonly string[]): void {
  for (let i = lines.length - 2; i >= 0; i -= 2) {
    const lower = (lines[i] as string).toLowerCase();
    if (named.includes(lower) && lower !== "content-length" && lower !== "content-type") lines.splice(i, 2);
  }
}
