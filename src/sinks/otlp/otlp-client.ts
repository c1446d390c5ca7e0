// One collector: posts a request of one signal as protobuf over HTTP, and says what its answer means (OTLP 1.x, "OTLP/HTTP Response").
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { EgressError } from "../../egress/egress-error.ts";
import { createServerClient, type ServerAnswer, type ServerClient } from "../../egress/server-client.ts";
import { retryAfterMs } from "../../http/retry-after.ts";
import type { Verdict } from "../isolating.ts";

export interface OtlpServer {
  /** Without `/v1/logs`. */
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  readonly timeoutMs: number;
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly dangerouslyAllowHttp: boolean;
}

/** What a collector refused of a request that it took. */
export interface PartialSuccess {
  readonly rejected: number;
}

const gzipped = promisify(gzip);
const CONNECT_TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 1_048_576;
const PROTOBUF = /^application\/x-protobuf\s*(?:;|$)/i;
/** The content is not acceptable; sent again it would not be either. */
const CONTENT: ReadonlySet<number> = new Set([400, 413, 415, 422]);
/** Not one of the statuses to try again for (429, 502, 503, 504), and not surely the content's fault. */
const PERHAPS_CONTENT: ReadonlySet<number> = new Set([500, 501]);

export class OtlpClient {
  readonly #server: OtlpServer;
  readonly #client: ServerClient;
  readonly #nowMs: () => number;

  constructor(server: OtlpServer, nowMs: () => number) {
    const { url, ca, certificate, key, timeoutMs, dangerouslyAllowHttp } = server;
    this.#server = server;
    this.#nowMs = nowMs;
    this.#client = createServerClient({
      url,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      firstByteTimeoutMs: timeoutMs,
      dangerouslyAllowHttp,
      ...(ca !== undefined && { ca }),
      ...(certificate !== undefined && { certificate }),
      ...(key !== undefined && { key }),
    });
  }

  /** `count` records in one request. `read` finds in the answer how many of them were refused; throws where it is none. */
  async send(
    path: string,
    body: Uint8Array,
    count: number,
    read: (answer: Uint8Array) => PartialSuccess,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const { fields, timeoutMs } = this.#server;
    const packed = this.#server.gzip ? await gzipped(body) : body;
    const encoding = this.#server.gzip ? { "content-encoding": "gzip" } : {};
    const own = { "content-type": "application/x-protobuf", accept: "application/x-protobuf", ...encoding };
    try {
      const question = { method: "POST", path, body: packed, timeoutMs, signal, bytesMax: ANSWER_BYTES_MAX } as const;
      return this.#verdict(path, await this.#client.ask({ ...question, fields: { ...fields, ...own } }), count, read);
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      return { kind: "unavailable", reason: `${this.#client.origin}: ${error.what}` };
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #verdict(path: string, answer: ServerAnswer, count: number, read: (answer: Uint8Array) => PartialSuccess): Verdict {
    const { status } = answer;
    const reason = `${this.#client.origin}${path}: it answered ${status}`;
    if (status >= 200 && status < 300) return this.#taken(path, answer, count, read);
    if (CONTENT.has(status)) return { kind: "refused", reason, surely: true };
    if (PERHAPS_CONTENT.has(status)) return { kind: "refused", reason, surely: false };
    return { kind: "unavailable", reason, retryAfterMs: retryAfterMs(answer.field("retry-after"), this.#nowMs()) };
  }

  /**
   * A collector that refuses some does not say which, and a request that it took in part must not be sent again: all of them are
   * set aside, so that those are kept which it does not have. Its own words stay where they are: they may quote anything.
   */
  #taken(path: string, answer: ServerAnswer, count: number, read: (answer: Uint8Array) => PartialSuccess): Verdict {
    const type = answer.field("content-type");
    const place = `${this.#client.origin}${path}`;
    try {
      // Nothing at all is a whole answer too, in protobuf.
      const isOtlp = type === undefined ? answer.body.length === 0 : PROTOBUF.test(type);
      if (!isOtlp) throw new TypeError("another type");
      const { rejected } = read(answer.body);
      if (rejected === 0) return { kind: "taken" };
      const dead = `${place}: it refused ${rejected} of ${count} in one request, and does not say which`;
      return { kind: "judged", outcomes: Array.from({ length: count }, () => ({ dead })) };
    } catch {
      return { kind: "unavailable", reason: `${place}: its answer is none of OTLP` };
    }
  }
}
