// Alerts into a chat, by an incoming webhook as Slack has them. The URL is a secret: no message names more of it than its origin.
import { EgressError } from "../../egress/egress-error.ts";
import { createServerClient, type ServerClient } from "../../egress/server-client.ts";
import { retryAfterMs } from "../../http/retry-after.ts";
import type { Delivery, Destination, Level, SpooledRecord } from "../../monitoring/index.ts";
import type { DestinationPorts } from "../destination-ports.ts";
import {
  type Digest,
  DIGEST_BYTES_MAX,
  DIGEST_LINGER_MS,
  DIGEST_RECORDS_MAX,
  type MessageVerdict,
  Paced,
} from "./digest.ts";

/** All of it JSON: a reload compares it. */
export interface SlackOptions {
  readonly url: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly ca?: string | undefined;
  readonly dangerouslyAllowHttp: boolean;
}

const CONNECT_TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 65_536;

/** The content is not acceptable: it is sent again without what clients chose. */
const CONTENT: ReadonlySet<number> = new Set([400, 413, 415, 422]);

export function slackDestination(options: SlackOptions, ports: DestinationPorts): Destination {
  return new SlackDestination(options, ports);
}

class SlackDestination implements Destination {
  readonly name: string;
  readonly level: Level;
  readonly recordsMax = DIGEST_RECORDS_MAX;
  readonly bytesMax = DIGEST_BYTES_MAX;
  readonly lingerMs = DIGEST_LINGER_MS;
  readonly assurance = "at-least-once";
  readonly #options: SlackOptions;
  readonly #ports: DestinationPorts;
  readonly #client: ServerClient;
  readonly #path: string;
  readonly #pace: Paced;

  constructor(options: SlackOptions, ports: DestinationPorts) {
    const url = new URL(options.url);
    const { ca, timeoutMs, dangerouslyAllowHttp } = options;
    this.name = ports.name;
    this.level = ports.level;
    this.#options = options;
    this.#ports = ports;
    this.#path = url.pathname + url.search;
    this.#pace = new Paced(options.everyMs, ports.clock);
    const limits = { connectTimeoutMs: CONNECT_TIMEOUT_MS, firstByteTimeoutMs: timeoutMs };
    this.#client = createServerClient({
      url: url.origin,
      ...limits,
      ...(ca === undefined ? {} : { ca }),
      dangerouslyAllowHttp,
    });
  }

  restMs(): number {
    return this.#pace.restMs();
  }

  deliver(records: readonly SpooledRecord[], signal: AbortSignal): Promise<Delivery> {
    return this.#pace.deliver(records, (digest) => this.#send(digest, signal));
  }

  async #send({ subject, lines }: Digest, signal: AbortSignal): Promise<MessageVerdict> {
    const body = JSON.stringify({ text: escaped([`*${subject}*`, ...lines].join("\n")) });
    const fields = { "content-type": "application/json" };
    const { timeoutMs } = this.#options;
    try {
      const question = { method: "POST", path: this.#path, fields, body, timeoutMs, signal } as const;
      const answer = await this.#client.ask({ ...question, bytesMax: ANSWER_BYTES_MAX });
      if (answer.status >= 200 && answer.status < 300) return { kind: "taken" };
      const reason = `${this.#client.origin}: it answered ${answer.status}`;
      if (CONTENT.has(answer.status)) return { kind: "refused", reason, surely: true };
      const waitMs = retryAfterMs(answer.field("retry-after"), this.#ports.clock.nowMs());
      return { kind: "unavailable", reason, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      return { kind: "unavailable", reason: `${this.#client.origin}: ${error.what}` };
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** Slack's three characters: without them nothing is a link, a mention or a channel. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
