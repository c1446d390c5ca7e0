// Guards against a server that makes an index of its own where the data stream is missing: events would be mapped by guesswork.
import type { Clock } from "../../core/clock.ts";
import { readJsonObject } from "../../cryptography/json.ts";
import { EgressError } from "../../egress/egress-error.ts";
import { retryAfterMs } from "../../http/retry-after.ts";
import type { Delivery } from "../../monitoring/index.ts";
import { whyRefused } from "./bulk.ts";
import { errorType } from "./bulk-answer.ts";
import type { Nodes } from "./nodes.ts";

const ANSWER_BYTES_MAX = 1_048_576;
const SETUP = "run `portcullis monitoring setup elasticsearch`";
/** Credentials that may write only are good practice, and some servers do not answer that: whether it is there shows in writing. */
const CANNOT_TELL = new Set([400, 403, 405]);

export class DataStreamCheck {
  readonly #nodes: Nodes;
  readonly #name: string;
  #ready = false;

  constructor(nodes: Nodes, name: string) {
    this.#nodes = nodes;
    this.#name = name;
  }

  /** It may be gone: asked again before the next delivery. */
  doubt(): void {
    this.#ready = false;
  }

  /** Undefined when it is there, or when we may not know. */
  async whyNot(clock: Clock, signal: AbortSignal): Promise<Delivery | undefined> {
    if (this.#ready) return undefined;
    let reason: string | undefined;
    let waitMs: number | undefined;
    try {
      const { status, body, field } = await this.#nodes.ask({
        method: "GET",
        path: `/_data_stream/${encodeURIComponent(this.#name)}`,
        fields: { accept: "application/json" },
        bytesMax: ANSWER_BYTES_MAX,
        signal,
      });
      waitMs = retryAfterMs(field("retry-after"), clock.nowMs());
      reason = this.#judge(status, body);
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      reason = error.message;
    }
    this.#ready = reason === undefined;
    if (reason === undefined) return undefined;
    return { kind: "unavailable", reason, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
  }

  #judge(status: number, body: Buffer): string | undefined {
    if (status === 404) return `there is no data stream ${this.#name}: ${SETUP}`;
    if (CANNOT_TELL.has(status)) return undefined;
    if (status !== 200) return whyRefused(status, errorType(body, status));
    const streams = readJsonObject(body, 24)?.["data_streams"];
    if (!Array.isArray(streams)) return "its answer about the data stream is not to be understood";
    return streams.length === 0 ? `${this.#name} is an index, not a data stream: ${SETUP}` : undefined;
  }
}
