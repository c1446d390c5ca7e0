// Sends one signed request to the owner's URL, and says what its status means. The URL may be a secret itself: no message names
// more of it than its origin.
import { EgressError } from "../../egress/egress-error.ts";
import { createServerClient, type ServerAnswer, type ServerClient } from "../../egress/server-client.ts";
import { retryAfterMs } from "../../http/retry-after.ts";
import type { Verdict } from "../isolating.ts";
import { Signer } from "./signature.ts";

export interface WebhookServer {
  readonly url: string;
  /** One, or two while one takes the other's place. */
  readonly secrets: readonly string[];
  /** Of the owner's own, such as an API key of the receiver. */
  readonly fields: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly ca?: string | undefined;
  readonly dangerouslyAllowHttp: boolean;
}

export interface WebhookRequest {
  readonly id: string;
  readonly contentType: string;
  readonly body: Buffer;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Nothing in the answer is of interest. */
const ANSWER_BYTES_MAX = 65_536;
/** The owner's to mend: who we are, where we ask, how. */
const CONFIGURATION: ReadonlySet<number> = new Set([401, 402, 403, 404, 405, 407, 410, 451]);
/** Those that say that the content is not acceptable (RFC 9110 15.5). */
const CONTENT: ReadonlySet<number> = new Set([400, 413, 415, 422]);
const LATER: ReadonlySet<number> = new Set([408, 421, 425, 429]);

export class WebhookClient {
  readonly #server: WebhookServer;
  readonly #client: ServerClient;
  readonly #path: string;
  readonly #signer: Signer;
  readonly #nowMs: () => number;

  constructor(server: WebhookServer, nowMs: () => number) {
    const url = new URL(server.url);
    this.#server = server;
    this.#path = url.pathname + url.search;
    this.#signer = new Signer(server.secrets);
    this.#nowMs = nowMs;
    const { ca, timeoutMs, dangerouslyAllowHttp } = server;
    const limits = { connectTimeoutMs: CONNECT_TIMEOUT_MS, firstByteTimeoutMs: timeoutMs };
    const trust = ca === undefined ? {} : { ca };
    this.#client = createServerClient({ url: url.origin, ...limits, ...trust, dangerouslyAllowHttp });
  }

  async send({ id, contentType, body }: WebhookRequest, signal: AbortSignal): Promise<Verdict> {
    const fields = {
      ...this.#server.fields,
      "content-type": contentType,
      ...this.#signer.sign(id, this.#nowMs(), body),
    };
    const { timeoutMs } = this.#server;
    try {
      const question = { method: "POST", path: this.#path, fields, body, timeoutMs, signal } as const;
      return this.#verdict(await this.#client.ask({ ...question, bytesMax: ANSWER_BYTES_MAX }));
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      return { kind: "unavailable", reason: `${this.#client.origin}: ${error.what}` };
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #verdict(answer: ServerAnswer): Verdict {
    const { status } = answer;
    if (status >= 200 && status < 300) return { kind: "taken" };
    const reason = `${this.#client.origin}: it answered ${status}`;
    if (status >= 400 && status < 500 && !CONFIGURATION.has(status) && !LATER.has(status)) {
      return { kind: "refused", reason, surely: CONTENT.has(status) };
    }
    const waitMs = retryAfterMs(answer.field("retry-after"), this.#nowMs());
    return { kind: "unavailable", reason, retryAfterMs: waitMs };
  }
}
