// Sends what probes write to the one target that there is, within the run's budget, and says who answered.
import { isReasonCode } from "../../../core/reasons/registry.ts";
import { PROBLEM_MEDIA_TYPE } from "../../../http/problem.ts";
import { retryAfterMs } from "../../../http/retry-after.ts";
import type { Target } from "../target.ts";
import {
  type Client,
  type Exchange,
  fieldOf,
  jsonOf,
  type Proof,
  type Reply,
  type SendOptions,
  type Wire,
} from "../wire.ts";
import type { Answer } from "./answer-reader.ts";
import { type Budget, HeldBack } from "./budget.ts";
import { Connections } from "./connections.ts";
import { Http2Connections } from "./http2-connections.ts";
import { whyHeld } from "./held-back.ts";
import { messageOf } from "./message.ts";

export interface ClientOptions {
  readonly target: Target;
  readonly budget: Budget;
  /**
   * `obeyed`: who is told to wait does so, and asks again. `shown`: probes see the answer; all clients of the budget wait
   * before the next request. `ours`: the target is the run's own, and nobody is kept waiting.
   */
  readonly retryAfter: "obeyed" | "shown" | "ours";
}

const TIMEOUT_MS = 10_000;
const SILENT_MS = 500;

export class TargetClient implements Client {
  readonly #options: ClientOptions;
  readonly #connections: Connections;
  readonly #http2: Http2Connections;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#connections = new Connections(options.target);
    this.#http2 = new Http2Connections(options.target);
  }

  async send(wire: Wire, options: SendOptions = {}): Promise<Exchange> {
    const { budget, retryAfter } = this.#options;
    await budget.take();
    const exchange = await this.#send(wire, options);
    if (retryAfter === "ours") return exchange;
    const pause = pauseOf(exchange.reply);
    if (pause === undefined) return exchange;
    budget.hold(pause.ms, pause.why);
    if (retryAfter === "shown") return exchange;
    // Waits, or throws where that is too long.
    await budget.take();
    const again = await this.#send(wire, options);
    const still = pauseOf(again.reply);
    if (still === undefined) return again;
    budget.hold(still.ms, still.why);
    throw new HeldBack(still.ms, still.why);
  }

  async together(wires: readonly Wire[], options: SendOptions = {}): Promise<readonly Exchange[]> {
    await this.#options.budget.take(wires.length);
    return Promise.all(wires.map((wire) => this.#send(wire, { ...options, isFresh: true })));
  }

  async raw(bytes: Uint8Array, silentMs = SILENT_MS): Promise<Buffer> {
    await this.#options.budget.take();
    const socket = await this.#connections.open();
    if (socket === undefined) return Buffer.alloc(0);
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      socket.setTimeout(silentMs, () => socket.destroy());
      socket.on("data", (chunk) => chunks.push(chunk));
      socket.on("end", () => socket.destroy());
      socket.on("close", () => resolve(Buffer.concat(chunks)));
      socket.write(bytes);
    });
  }

  close(): void {
    this.#connections.close();
    this.#http2.close();
  }

  async #send(wire: Wire, options: SendOptions): Promise<Exchange> {
    const { proof } = wire;
    if (proof === undefined) return this.#sendOnce(wire, options);
    const exchange = await this.#sendOnce(this.#proven(wire, proof), options);
    if (exchange.reply === undefined || !proof.told(exchange.reply)) return exchange;
    await this.#options.budget.take();
    return this.#sendOnce(this.#proven(wire, proof), options);
  }

  #proven(wire: Wire, proof: Proof): Wire {
    const { isTls, authority } = this.#options.target;
    const origin = `${isTls ? "https" : "http"}://${authority}`;
    return { ...wire, proof: undefined, fields: [...wire.fields, ...proof.fields({ ...wire, origin })] };
  }

  async #sendOnce(wire: Wire, { protocol, timeoutMs = TIMEOUT_MS, isFresh = false }: SendOptions): Promise<Exchange> {
    const { target } = this.#options;
    const how = { timeoutMs, isFresh: isFresh || wire.isExact === true };
    const beganMs = performance.now();
    const answer =
      protocol === "h2"
        ? await this.#http2.ask(wire, how)
        : await this.#connections.ask(messageOf(wire, target.authority), wire.method, how);
    const tookMs = performance.now() - beganMs;
    return { wire, reply: answer && replyOf(answer, tookMs, target), layer: target.layer };
  }
}

function replyOf({ status, fields, body }: Answer, tookMs: number, { layer }: Target): Reply {
  const reply: Reply = { status, fields, body, tookMs, from: "api", reason: undefined };
  const reason = layer === "gate" ? reasonOf(reply) : undefined;
  return reason === undefined ? reply : { ...reply, from: "gate", reason };
}

/** The gate refuses in words that nobody else has. */
function reasonOf(reply: Reply): string | undefined {
  if (fieldOf(reply, "content-type")?.startsWith(PROBLEM_MEDIA_TYPE) !== true) return undefined;
  const problem = jsonOf(reply) as { readonly reason?: unknown } | null | undefined;
  const reason = problem?.reason;
  return typeof reason === "string" && isReasonCode(reason) ? reason : undefined;
}

function pauseOf(reply: Reply | undefined): { readonly ms: number; readonly why: string | undefined } | undefined {
  if (reply === undefined || (reply.status !== 429 && reply.status !== 503)) return undefined;
  const ms = retryAfterMs(fieldOf(reply, "retry-after"), Date.now());
  return ms === undefined ? undefined : { ms, why: whyHeld(reply) };
}
