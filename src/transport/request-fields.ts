// Judges a request's field lines in one pass: names, values, duplicates, framing, aliases, and what asks for another way.
import type { FieldLines } from "../http/fields.ts";
import { equalsIgnoringCase, isFieldValue, trimWhitespace } from "../http/tokens.ts";
import { type Denial, deny } from "../core/outcome.ts";
import { aliasedRule, isAlias, JUDGED, lowerCaseName, RELIED_ON, SINGLE, usualRule } from "./request-field-rules.ts";

export interface FieldLimits {
  readonly fieldsMax: number;
  readonly headBytesMax: number;
}

type Protocol = "HTTP/1.0" | "HTTP/1.1" | "HTTP/2.0";

/** What `Connection` may name. Another name would have the gate drop a field that it just judged (F15). */
const CONNECTION_OPTIONS = new Set(["close", "keep-alive", "te", "trailer", "trailers", "proxy-connection", "upgrade"]);

/** Malformed in HTTP/2 (RFC 9113 8.2.2). */
const NOT_IN_HTTP2 = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

/** One reader serves one settler: it is reset for each request, so that nothing is allocated but the names. */
export class RequestFieldsReader {
  readonly #limits: FieldLimits;
  /** Lower-case names, one for each line. Belongs to the request once read. */
  names: string[] = [];
  host: string | undefined = undefined;
  contentLength: number | undefined = undefined;
  chunked = false;

  constructor(limits: FieldLimits) {
    this.#limits = limits;
  }

  /** Undefined where all is well; else why the request is refused. */
  read(lines: FieldLines, protocol: Protocol): Denial | undefined {
    const names: string[] = [];
    this.names = names;
    this.host = this.contentLength = undefined;
    this.chunked = false;
    const { fieldsMax, headBytesMax } = this.#limits;
    if (lines.length > fieldsMax * 2) return deny("transport.fields-too-large", { internal: "too many fields" });
    let bytes = 0;
    let seen = 0;
    for (let i = 0; i < lines.length; i += 2) {
      const raw = lines[i] as string;
      const value = lines[i + 1] as string;
      bytes += raw.length + value.length + 4;
      let rule = usualRule(raw);
      let name = rule?.name;
      if (name === undefined) {
        name = lowerCaseName(raw);
        if (name === undefined) return invalid("a name is no token");
        rule = usualRule(name);
        if (rule === undefined && isAlias(name)) {
          const aliased = aliasedRule(name);
          if (aliased !== undefined && (aliased.flags & RELIED_ON) !== 0) return invalid(`an alias of ${aliased.name}`);
        }
      }
      if (protocol === "HTTP/2.0" && name !== raw) return invalid("a name with capitals in HTTP/2");
      if (!isFieldValue(value)) return invalid("a control character in a value");
      names.push(name);
      if (rule === undefined || rule.flags === 0) continue;
      if ((rule.flags & SINGLE) !== 0) {
        if ((seen & rule.bit) !== 0) return twice(name);
        seen |= rule.bit;
      }
      if ((rule.flags & JUDGED) !== 0) {
        const denial = this.#judge(name, value, protocol);
        if (denial !== undefined) return denial;
      }
    }
    if (bytes > headBytesMax) return deny("transport.fields-too-large", { internal: "head too large" });
    if (this.chunked && this.contentLength !== undefined) return misframed("Content-Length and Transfer-Encoding");
    return undefined;
  }

  #judge(name: string, value: string, protocol: Protocol): Denial | undefined {
    if (protocol === "HTTP/2.0" && NOT_IN_HTTP2.has(name)) return misframed(`${name} in HTTP/2`);
    switch (name) {
      case "host":
        this.host = value;
        return undefined;
      case "content-length": {
        const length = parseContentLength(value);
        if (length < 0) return misframed("Content-Length is no plain number");
        this.contentLength = length;
        return undefined;
      }
      case "transfer-encoding":
        if (protocol === "HTTP/1.0") return misframed("Transfer-Encoding in HTTP/1.0");
        if (!equalsIgnoringCase(value, "chunked")) return misframed("Transfer-Encoding is not chunked");
        this.chunked = true;
        return undefined;
      case "connection":
        return judgeConnection(value);
      case "upgrade":
        return deny("transport.upgrade-not-supported");
      case "expect":
        return equalsIgnoringCase(value, "100-continue") ? undefined : deny("transport.expectation-failed");
      case "x-http-method-override":
      case "x-http-method":
      case "x-method-override":
        return deny("transport.method-override", { internal: name });
      case "te":
        return protocol === "HTTP/2.0" && !equalsIgnoringCase(value, "trailers")
          ? misframed("te in HTTP/2")
          : undefined;
      default:
        return undefined;
    }
  }
}

/** Digits only, none too many, no leading zero (F02). -1 for anything else. */
export function parseContentLength(value: string): number {
  const { length } = value;
  if (length === 0 || length > 16 || (length > 1 && value.charCodeAt(0) === 0x30)) return -1;
  let bytes = 0;
  for (let i = 0; i < length; i += 1) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    bytes = bytes * 10 + digit;
  }
  return bytes <= Number.MAX_SAFE_INTEGER ? bytes : -1;
}

function judgeConnection(value: string): Denial | undefined {
  if (value === "keep-alive" || value === "close") return undefined;
  for (const option of value.split(",")) {
    const name = trimWhitespace(option).toLowerCase();
    if (name === "" || CONNECTION_OPTIONS.has(name)) continue;
    return name === "http2-settings" ? deny("transport.upgrade-not-supported") : invalid("Connection names a field");
  }
  return undefined;
}

function invalid(internal: string): Denial {
  return deny("transport.fields-invalid", { internal });
}

function misframed(internal: string): Denial {
  return deny("transport.framing-invalid", { internal });
}

function twice(name: string): Denial {
  const internal = `${name} twice`;
  return name === "content-length" || name === "transfer-encoding" ? misframed(internal) : invalid(internal);
}
