// One HTTP Event Collector: sends requests of events to it, and asks it which of them are indexed.
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { isJsonObject, readJsonObject } from "../../cryptography/json.ts";
import { EgressError } from "../../egress/egress-error.ts";
import type { ServerAnswer, ServerClient } from "../../egress/server-client.ts";
import { retryAfterMs } from "../../http/retry-after.ts";
import { hecCode } from "./hec-codes.ts";

const gzipped = promisify(gzip);
const ANSWER_BYTES_MAX = 1_048_576;
const ANSWER_DEPTH_MAX = 4;
/** Asked for where its queues fill and it says nothing itself. */
const SLOWLY_MS = 1_000;

export type HecAnswer =
  | { readonly kind: "taken"; readonly acknowledgeId: number | undefined; readonly retryAfterMs?: number | undefined }
  /** `at`: which event of the request, counted from zero. */
  | { readonly kind: "event"; readonly at: number | undefined; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string; readonly retryAfterMs?: number | undefined };

export type Acknowledged =
  | { readonly kind: "told"; readonly ids: ReadonlySet<number> }
  | { readonly kind: "later"; readonly retryAfterMs: number | undefined }
  /** It cannot be reached or answers something else: what it knew of acknowledgements is gone with a restart. */
  | { readonly kind: "unknown"; readonly reason: string };

export interface HecServerOptions {
  readonly client: ServerClient;
  readonly token: string;
  /** Sent where acknowledgement is wanted. */
  readonly channel: string | undefined;
  readonly gzip: boolean;
  readonly timeoutMs: number;
  readonly nowMs: () => number;
}

export class HecServer {
  readonly #options: HecServerOptions;
  readonly #fields: Readonly<Record<string, string>>;

  constructor(options: HecServerOptions) {
    this.#options = options;
    // Under any other content type some servers answer success and drop the events.
    this.#fields = {
      authorization: `Splunk ${options.token}`,
      "content-type": "application/json",
      ...(options.channel !== undefined && { "x-splunk-request-channel": options.channel }),
    };
  }

  async send(body: Buffer, signal: AbortSignal): Promise<HecAnswer> {
    const packed = this.#options.gzip ? await gzipped(body) : body;
    const fields = this.#options.gzip ? { ...this.#fields, "content-encoding": "gzip" } : this.#fields;
    try {
      return this.#read(await this.#post("/services/collector/event", fields, packed, signal));
    } catch (error) {
      return { kind: "unavailable", reason: this.#faultOf(error) };
    }
  }

  /** Which of the requests are indexed. An id that was told once is forgotten there. */
  async acknowledged(ids: readonly number[], signal: AbortSignal): Promise<Acknowledged> {
    const path = `/services/collector/ack?channel=${this.#options.channel ?? ""}`;
    try {
      const answer = await this.#post(path, this.#fields, Buffer.from(JSON.stringify({ acks: ids })), signal);
      if (answer.status === 429 || answer.status === 503) return { kind: "later", retryAfterMs: this.#wait(answer) };
      const told = readJsonObject(answer.body, ANSWER_DEPTH_MAX)?.["acks"];
      if (answer.status === 200 && isJsonObject(told)) {
        return { kind: "told", ids: new Set(ids.filter((id) => told[String(id)] === true)) };
      }
      return { kind: "unknown", reason: this.#refusal(answer) };
    } catch (error) {
      // That one poll hangs says nothing of the next.
      if (error instanceof EgressError && error.code === "timeout") return { kind: "later", retryAfterMs: undefined };
      return { kind: "unknown", reason: this.#faultOf(error) };
    }
  }

  close(): Promise<void> {
    return this.#options.client.close();
  }

  #post(path: string, fields: Readonly<Record<string, string>>, body: Buffer, signal: AbortSignal) {
    const { client, timeoutMs } = this.#options;
    return client.ask({ method: "POST", path, fields, body, timeoutMs, bytesMax: ANSWER_BYTES_MAX, signal });
  }

  #read(answer: ServerAnswer): HecAnswer {
    const said = readJsonObject(answer.body, ANSWER_DEPTH_MAX);
    const code = hecCode(said?.["code"]);
    const ok = answer.status === 200;
    if (ok && (code?.meaning === "taken" || code?.meaning === "taken-slowly")) {
      const id = said?.["ackId"];
      const slowly = code.meaning === "taken-slowly" ? (this.#wait(answer) ?? SLOWLY_MS) : undefined;
      return { kind: "taken", acknowledgeId: typeof id === "number" ? id : undefined, retryAfterMs: slowly };
    }
    const reason = this.#refusal(answer);
    // A proxy before it, or Splunk itself in HTML, where a request is too large.
    if (answer.status === 413) return { kind: "event", at: undefined, reason };
    if (!ok && code?.meaning === "event") {
      const at = said?.["invalid-event-number"];
      return { kind: "event", at: typeof at === "number" ? at : undefined, reason };
    }
    return { kind: "unavailable", reason, retryAfterMs: this.#wait(answer) };
  }

  #wait(answer: ServerAnswer): number | undefined {
    return retryAfterMs(answer.field("retry-after"), this.#options.nowMs());
  }

  #refusal(answer: ServerAnswer): string {
    const code = hecCode(readJsonObject(answer.body, ANSWER_DEPTH_MAX)?.["code"]);
    const why = code === undefined ? "" : `, code ${code.number}: ${code.words}`;
    return `${this.#options.client.origin} answered ${answer.status}${why}`;
  }

  #faultOf(error: unknown): string {
    if (error instanceof EgressError) return error.message;
    throw error;
  }
}
