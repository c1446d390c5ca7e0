// The nodes of a cluster, asked in turn: one that fails rests for a while, the next is asked in its place.
import type { Clock } from "../../core/clock.ts";
import { createServerClient, type Question, type ServerAnswer, type ServerClient } from "../../egress/server-client.ts";
import { retryAfterMs } from "../../http/retry-after.ts";
import type { ElasticsearchOptions } from "./options.ts";

const REST_MS = 1_000;
const REST_MS_MAX = 60_000;
/** What a proxy, or a node that starts or leaves, says: another node may well take it. */
const AWAY = new Set([502, 503, 504]);

interface Node {
  readonly client: ServerClient;
  failures: number;
  /** Monotonic time. */
  restsUntilMs: number;
}

export class Nodes {
  readonly #nodes: readonly Node[];
  readonly #clock: Clock;
  readonly #options: ElasticsearchOptions;
  #next = 0;

  constructor(options: ElasticsearchOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#nodes = options.urls.map((url) => ({
      client: createServerClient({
        url,
        connectTimeoutMs: options.connectTimeoutMs,
        firstByteTimeoutMs: options.answerTimeoutMs,
        dangerouslyAllowHttp: options.dangerouslyAllowHttp,
        ...(options.ca !== undefined && { ca: options.ca }),
      }),
      failures: 0,
      restsUntilMs: Number.NEGATIVE_INFINITY,
    }));
  }

  /** The first answer that a node gives. Rejects with the last EgressError where none does. */
  async ask(question: Omit<Question, "timeoutMs">): Promise<ServerAnswer> {
    const { authorization, timeoutMs } = this.#options;
    const fields = authorization === undefined ? question.fields : { ...question.fields, authorization };
    let answer: ServerAnswer | undefined;
    let fault: unknown;
    for (const node of this.#inTurn()) {
      try {
        answer = await node.client.ask({ ...question, fields, timeoutMs });
        if (!AWAY.has(answer.status)) {
          node.failures = 0;
          return answer;
        }
        this.#rest(node, retryAfterMs(answer.field("retry-after"), this.#clock.nowMs()));
      } catch (error) {
        // What the caller ended says nothing of the node.
        if (question.signal?.aborted === true) throw error;
        fault = error;
        this.#rest(node, undefined);
      }
    }
    if (answer !== undefined) return answer;
    throw fault;
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map(({ client }) => client.close()));
  }

  /** Those that do not rest, from the next one on; where all rest, the one that is due first: somebody must find out. */
  #inTurn(): readonly Node[] {
    const nowMs = this.#clock.monotonicMs();
    const from = this.#next;
    this.#next = (from + 1) % this.#nodes.length;
    const turned = [...this.#nodes.slice(from), ...this.#nodes.slice(0, from)];
    const awake = turned.filter((node) => node.restsUntilMs <= nowMs);
    if (awake.length > 0) return awake;
    return [turned.reduce((first, node) => (node.restsUntilMs < first.restsUntilMs ? node : first))];
  }

  #rest(node: Node, askedMs: number | undefined): void {
    const ownMs = Math.min(REST_MS * 2 ** node.failures, REST_MS_MAX);
    node.failures = Math.min(node.failures + 1, 10);
    node.restsUntilMs = this.#clock.monotonicMs() + Math.max(ownMs, askedMs ?? 0);
  }
}
