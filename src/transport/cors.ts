// CORS (Fetch 3.2): which pages of other origins may read answers. The gate says so itself, to preflights and on every answer.
import type { AnswerHead, Exchange } from "../core/exchange.ts";
import type { RequestGuard, ResponseGuard } from "../core/guard.ts";
import { type Answered, CONTINUE, type Denial, deny, type Outcome } from "../core/outcome.ts";
import { trimWhitespace } from "../http/tokens.ts";

export interface CorsRules {
  /** As browsers write them, compared as they are: `https://app.example.com`. `*`: every page, without credentials. */
  readonly origins: readonly string[] | "*";
  /** Cookies and client certificates of the browser. Tokens that a page sends itself are none. */
  readonly credentials: boolean;
  /** Fields that pages may send, beside the harmless ones. */
  readonly allowedHeaders: readonly string[];
  /** Fields that pages may read, beside the harmless ones and the gate's own. */
  readonly exposedHeaders: readonly string[];
  /** How long a browser may remember a preflight. */
  readonly maxAgeSeconds: number;
}

type GuardMode = RequestGuard["mode"];

/** What a page must be able to read of the gate's own answers: when to come again, what to ask for, whom to report. */
const GATES_OWN = ["X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy", "WWW-Authenticate"];

/** Sent without a preflight as long as their values are plain (Fetch 2.2.2); a preflight names them where they are not. */
const HARMLESS = ["accept", "accept-language", "content-language", "content-type", "range"];

/**
 * Guard `transport.cors`: whoever may read the answer, also a denial, is told by the gate alone. What the API says of
 * it is dropped: it would widen what the configuration allows.
 */
export function corsGuard(rules: CorsRules, mode: GuardMode): ResponseGuard {
  const origins = new Set(rules.origins);
  const exposed = [...new Set([...GATES_OWN, ...rules.exposedHeaders])].join(", ");
  const head = (exchange: Exchange, answer: AnswerHead): Outcome => {
    const { lines } = answer;
    const out: string[] = [];
    let varies = false;
    for (let i = 0; i < lines.length; i += 2) {
      const name = lines[i] as string;
      if (speaksOfPages(name)) continue;
      varies ||= name.toLowerCase() === "vary" && variesByOrigin(lines[i + 1] as string);
      out.push(name, lines[i + 1] as string);
    }
    const allowed = allowedOrigin(rules, origins, exchange.request.fields.get("origin"));
    if (allowed !== undefined) {
      out.push("Access-Control-Allow-Origin", allowed);
      if (rules.credentials) out.push("Access-Control-Allow-Credentials", "true");
      out.push("Access-Control-Expose-Headers", exposed);
    }
    // Also where nobody is allowed: a cache must not give this answer to a page that is.
    if (rules.origins !== "*" && !varies) out.push("Vary", "Origin");
    answer.lines = out;
    return CONTINUE;
  };
  return { practice: "transport", name: "transport.cors", mode, on: "every", head };
}

/**
 * The same guard where no page of another origin may use the operation: the gate says nothing of it, and what the API says
 * is dropped, and that it was is noted for whoever expected it to be kept.
 */
export function closedCorsGuard(mode: GuardMode): ResponseGuard {
  const name = "transport.cors";
  const head = (exchange: Exchange, answer: AnswerHead): Outcome => {
    const { lines } = answer;
    for (let i = 0; i < lines.length; i += 2) {
      if (!speaksOfPages(lines[i] as string)) continue;
      answer.lines = lines.filter((_text, at) => !speaksOfPages(lines[at - (at % 2)] as string));
      const what = "what the API says of pages of other origins";
      exchange.note({
        guard: name,
        kind: "noticed",
        text: mode === "enforce" ? `dropped ${what}` : `would drop ${what}`,
      });
      return CONTINUE;
    }
    return CONTINUE;
  };
  return { practice: "transport", name, mode, on: "upstream", head };
}

const SPOKEN = "access-control-";

/** `Access-Control-…`, and who may read how long it took. Asked for each field of each answer: most end at length or first letter. */
function speaksOfPages(name: string): boolean {
  if (name.length < SPOKEN.length) return false;
  const first = name.charCodeAt(0) | 0x20;
  if (first === 0x74) return name.toLowerCase() === "timing-allow-origin";
  return first === 0x61 && name.slice(0, SPOKEN.length).toLowerCase() === SPOKEN;
}

/** What a preflight asks for is allowed, with `methods`, or refused so that the record says what was missing. */
export function preflightGuard(rules: CorsRules, methods: readonly string[], mode: GuardMode): RequestGuard {
  const origins = new Set(rules.origins);
  const allowedHeaders = new Set([...HARMLESS, ...rules.allowedHeaders.map((name) => name.toLowerCase())]);
  const lines = [
    ["Access-Control-Allow-Methods", methods.join(", ")],
    ["Access-Control-Allow-Headers", [...allowedHeaders].join(", ")],
    ["Access-Control-Max-Age", String(rules.maxAgeSeconds)],
    ["Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"],
    rules.credentials ? ["Access-Control-Allow-Credentials", "true"] : [],
  ].flat();
  const check = ({ request: { fields } }: Exchange): Answered | Denial => {
    const allowed = allowedOrigin(rules, origins, fields.get("origin"));
    if (allowed === undefined) return refused("the origin is not listed");
    for (const line of fields.all("access-control-request-headers")) {
      for (const part of line.split(",")) {
        const name = trimWhitespace(part).toLowerCase();
        if (name !== "" && !allowedHeaders.has(name)) return refused("a field is not listed");
      }
    }
    return { kind: "answer", status: 204, lines: [...lines, "Access-Control-Allow-Origin", allowed] };
  };
  return { practice: "transport", name: "transport.cors-preflight", mode, check };
}

/** The method that a preflight asks for; undefined where a request is none (Fetch 4.8). */
export function preflightMethod({ method, fields }: Exchange["request"]): string | undefined {
  if (method !== "OPTIONS" || !fields.has("origin")) return undefined;
  return fields.get("access-control-request-method");
}

/** Compared letter by letter: a browser writes an origin in one way only, and whoever writes it otherwise is none. */
function allowedOrigin(rules: CorsRules, origins: ReadonlySet<string>, origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  if (rules.origins === "*") return "*";
  return origins.has(origin) ? origin : undefined;
}

function refused(internal: string): Denial {
  return deny("transport.cors-refused", { internal, lines: ["Vary", "Origin"] });
}

function variesByOrigin(value: string): boolean {
  return value.split(",").some((part) => /^(origin|\*)$/i.test(trimWhitespace(part)));
}
