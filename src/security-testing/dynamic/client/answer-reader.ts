// Reads one answer of HTTP/1.1 from what comes over a connection: lenient, since what is tested may answer badly.
import type { Field } from "../wire.ts";

export interface Answer {
  readonly status: number;
  readonly fields: readonly Field[];
  readonly body: Buffer;
  /** Nothing came behind it, and both sides keep the connection. */
  readonly isReusable: boolean;
}

/** More is cut off: no probe looks so far. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;
const HEAD_END = Buffer.from("\r\n\r\n");

interface Head {
  readonly status: number;
  readonly fields: readonly Field[];
  /** The other side keeps the connection. */
  readonly keeps: boolean;
}

type Body =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "rest" };

export class AnswerReader {
  readonly #method: string;
  #bytes: Buffer = Buffer.alloc(0);
  #head: Head | undefined;
  #body: Body = { kind: "none" };
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(method: string) {
    this.#method = method;
  }

  get hasBegun(): boolean {
    return this.#head !== undefined || this.#bytes.length > 0;
  }

  /** It goes on as long as somebody listens: its head and its beginning are the answer. */
  get isEndless(): boolean {
    return this.#head?.fields.some(([name, value]) => name === "content-type" && isStream(value)) === true;
  }

  /** The answer, once it is whole. */
  read(more: Buffer): Answer | undefined {
    this.#bytes = this.#bytes.length === 0 ? more : Buffer.concat([this.#bytes, more]);
    while (this.#head === undefined) {
      const end = this.#bytes.indexOf(HEAD_END);
      if (end < 0) return undefined;
      const head = headOf(this.#bytes.subarray(0, end).toString("latin1"));
      this.#bytes = this.#bytes.subarray(end + HEAD_END.length);
      // RFC 9110 15.2: what is under way is no answer yet.
      if (head.status >= 100 && head.status < 200 && head.status !== 101) continue;
      this.#head = head;
      this.#body = bodyOf(head, this.#method);
    }
    return this.#readBody() ? this.#whole(this.#bytes.length === 0 && this.#body.kind !== "rest") : undefined;
  }

  /** Nothing more is waited for: what is there is the answer, if a head is. */
  end(): Answer | undefined {
    return this.#head === undefined ? undefined : this.#whole(false);
  }

  #whole(isClean: boolean): Answer {
    const { status, fields, keeps } = this.#head as Head;
    return { status, fields, body: Buffer.concat(this.#chunks), isReusable: isClean && keeps };
  }

  #readBody(): boolean {
    switch (this.#body.kind) {
      case "none":
        return true;
      case "rest":
        this.#take(this.#bytes.length);
        return this.#size >= BODY_BYTES_MAX;
      case "length": {
        this.#take(Math.min(this.#bytes.length, this.#body.length - this.#size));
        return this.#size >= Math.min(this.#body.length, BODY_BYTES_MAX);
      }
      case "chunked":
        return this.#readChunks();
    }
  }

  #readChunks(): boolean {
    for (;;) {
      const end = this.#bytes.indexOf("\r\n");
      if (end < 0) return false;
      const length = Number.parseInt(this.#bytes.subarray(0, end).toString("latin1"), 16);
      if (Number.isNaN(length)) return true;
      if (length === 0) return this.#skipTrailers(end + 2);
      if (this.#bytes.length < end + 2 + length + 2) return false;
      this.#bytes = this.#bytes.subarray(end + 2);
      this.#take(length);
      this.#bytes = this.#bytes.subarray(2);
      if (this.#size >= BODY_BYTES_MAX) return true;
    }
  }

  #skipTrailers(at: number): boolean {
    const rest = this.#bytes.subarray(at);
    const end = rest.indexOf("\r\n") === 0 ? 2 : rest.indexOf(HEAD_END) + HEAD_END.length;
    if (end < HEAD_END.length && end !== 2) return false;
    this.#bytes = rest.subarray(end);
    return true;
  }

  #take(length: number): void {
    const kept = Math.min(length, BODY_BYTES_MAX - this.#size);
    if (kept > 0) this.#chunks.push(Buffer.from(this.#bytes.subarray(0, kept)));
    this.#size += length;
    this.#bytes = this.#bytes.subarray(length);
  }
}

function headOf(text: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const fields = lines.map((line): Field => {
    const colon = line.indexOf(":");
    return colon < 0
      ? [line.trim().toLowerCase(), ""]
      : [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  const connection = fields.find(([name]) => name === "connection")?.[1].toLowerCase() ?? "";
  const keeps = first.startsWith("HTTP/1.1") ? !connection.includes("close") : connection.includes("keep-alive");
  return { status: Number(/^HTTP\/\d\.\d +(\d{3})/.exec(first)?.[1] ?? 0), fields, keeps };
}

export function isStream(contentType: string | undefined): boolean {
  return contentType?.toLowerCase().startsWith("text/event-stream") === true;
}

/** RFC 9112 6.3. */
function bodyOf({ status, fields }: Head, method: string): Body {
  if (method === "HEAD" || status === 204 || status === 304 || status === 101) return { kind: "none" };
  const value = (wanted: string) => fields.find(([name]) => name === wanted)?.[1];
  if (value("transfer-encoding")?.toLowerCase().endsWith("chunked") === true) return { kind: "chunked" };
  const length = value("content-length");
  return length !== undefined && /^\d+$/.test(length) ? { kind: "length", length: Number(length) } : { kind: "rest" };
}
