// Writes the field lines of the request to the upstream: what is between hops or not the client's to say is gone or said afresh.
import type { Exchange } from "../core/exchange.ts";
import { describesBytes } from "../http/body-fields.ts";
import { type FieldLines, linesHold } from "../http/fields.ts";
import { formatTraceparent } from "../http/trace-context.ts";
import { isAlias, isWithheldFamily, spelledWithHyphens, usualRule, WITHHELD } from "./request-field-rules.ts";
import { withoutCookies } from "./withheld-cookies.ts";

export interface ForwardingOptions {
  /** An answer that a guard must see whole is asked for without compression, and never for a part of it. */
  readonly unencodedAnswer?: boolean;
  /** Sends the client's Host on. Default: the upstream's own, as nginx does; the client's is in X-Forwarded-Host. */
  readonly preserveHost?: boolean;
  /**
   * Lower-case names with other characters than letters, digits and hyphens that the document declares (`api_key`).
   * Other such names do not go on: CGI, WSGI and PHP take `x_tenant` for `X-Tenant` (G09).
   */
  readonly declaredNames?: ReadonlySet<string>;
  /** Lower-case names that never go on as the client sent them: set by guards (G11), or taken for a declared one (G09). */
  readonly withheldNames?: ReadonlySet<string>;
  /** Lower-case names of cookies that are not the API's. */
  readonly withheldCookies?: ReadonlySet<string> | undefined;
}

/** Would have the API encode the answer, or give a part of it: neither can be judged. */
const OF_THE_WHOLE: ReadonlySet<string> = new Set(["accept-encoding", "range", "if-range"]);

const DEFAULTS: ForwardingOptions = Object.freeze({});

/** A flat list as undici takes it. Never holds a field that undici refuses, nor a Host unless asked to. */
export function forwardedLines(exchange: Exchange, options: ForwardingOptions = DEFAULTS): FieldLines {
  const { request, trace, upstreamFields, withheldFields } = exchange;
  const { fields } = request;
  const out: string[] = [];
  const isReplaced = exchange.body.kind === "read" && exchange.body.replaced === true;
  for (let i = 0; i < fields.size; i += 1) {
    const name = fields.name(i);
    if (isReplaced && describesBytes(name)) continue;
    const rule = usualRule(name);
    if (rule === undefined ? !mayPass(name, options) : (rule.flags & WITHHELD) !== 0) continue;
    if (options.unencodedAnswer === true && OF_THE_WHOLE.has(name)) continue;
    // A state belongs to the parent that wrote it (Trace Context 3.5).
    if (name === "tracestate" && trace?.parentId === undefined) continue;
    if (options.withheldNames?.has(name) === true) continue;
    if (withheldFields.length > 0 && withheldFields.includes(name)) continue;
    if (upstreamFields.length > 0 && linesHold(upstreamFields, name)) continue;
    if (options.withheldCookies !== undefined && name === "cookie") {
      const left = withoutCookies(fields.value(i), options.withheldCookies);
      if (left !== undefined) out.push(fields.lines[i * 2] as string, left);
      continue;
    }
    out.push(fields.lines[i * 2] as string, fields.value(i));
  }
  if (options.preserveHost === true) out.push("Host", request.authority);
  // A read body is sent as bytes that undici measures; a streamed one keeps the length that the client declared.
  const { kind } = exchange.body;
  if ((kind === "streaming" || kind === "over-limit") && request.contentLength !== undefined) {
    out.push("Content-Length", String(request.contentLength));
  }
  if (options.unencodedAnswer === true) out.push("Accept-Encoding", "identity");
  out.push("X-Forwarded-For", request.clientAddress);
  out.push("X-Forwarded-Proto", request.secure ? "https" : "http");
  out.push("X-Forwarded-Host", request.authority);
  out.push("X-Request-Id", exchange.id);
  if (trace !== undefined) out.push("Traceparent", formatTraceparent(trace));
  for (let i = 0; i < upstreamFields.length; i += 1) out.push(upstreamFields[i] as string);
  return out;
}

/** A name that transport has no rule for. */
function mayPass(name: string, options: ForwardingOptions): boolean {
  if (isWithheldFamily(name)) return false;
  if (!isAlias(name)) return true;
  return options.declaredNames?.has(name) === true && !isWithheldFamily(spelledWithHyphens(name));
}
