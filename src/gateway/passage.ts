// One request's way through the gateway: settle, head guards, body, upstream, answer, record.
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { Exchange, type Ended, NO_BODY, OVER_LIMIT_BODY, STREAMING_BODY } from "../core/exchange.ts";
import type { Gate } from "../core/gate.ts";
import { type Answered, deny, type Denial, type Ending } from "../core/outcome.ts";
import type { Policy } from "../core/policy.ts";
import { runRequestGuards } from "../core/run.ts";
import { hasNoBody, planAnswer } from "../core/answer.ts";
import { continueTrace } from "../http/trace-context.ts";
import { LIMITS } from "../transport/limits.ts";
import { problemAnswer } from "../node/problem-answer.ts";
import { writeHead } from "./answer-writer.ts";
import type { GatewayState } from "./gateway-state.ts";
import { incomingHead, isHttp2, type NodeRequest, type NodeResponse, rejectedHead } from "../node/incoming.ts";
import { CountedBody, readBody } from "../node/request-body.ts";
import { noteTls } from "../node/tls-info.ts";
import { UpstreamCall } from "./upstream-call.ts";

/** A denied client that is still sending may go on for so long, unread, so that it gets to see the answer. */
const LINGER_MS = 1_000;
/** A denied body of at most this declared size is drained, and its connection kept. */
const DRAINED_BYTES_MAX = 64 * 1024;

export class Passage {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly state: GatewayState;
  readonly policy: Policy;
  readonly exchange: Exchange;
  gate: Gate;
  readonly #refusal: Denial | undefined;
  #expectsContinue: boolean;
  #call: UpstreamCall | undefined;
  /** Set once the answer was handed over whole. */
  answered = false;

  constructor(state: GatewayState, request: NodeRequest, response: NodeResponse, expectsContinue: boolean) {
    this.state = state;
    this.request = request;
    this.response = response;
    this.#expectsContinue = expectsContinue;
    this.policy = state.policy;
    const incoming = incomingHead(request);
    const settled = state.settle(incoming);
    const refused = "kind" in settled;
    const { clock } = state;
    this.exchange = new Exchange(
      randomUUID(),
      refused ? rejectedHead(incoming) : settled,
      clock.nowMs(),
      clock.monotonicMs(),
    );
    this.exchange.policyVersion = this.policy.version;
    this.exchange.trace = continueTrace(this.exchange.request.fields.get("traceparent"));
    this.#refusal = refused ? settled : undefined;
    this.gate = this.policy.refused;
    noteTls(this.exchange, request);
    state.passages.add(this);
    response.once("close", () => this.#closed());
  }

  start(): void {
    if (this.#refusal !== undefined) {
      this.exchange.denial = this.#refusal;
      this.exchange.deniedBy = "transport.head";
      this.deny(this.#refusal);
      return;
    }
    this.gate = this.policy.enter(this.exchange);
    const verdict = runRequestGuards(this.gate.head, this.exchange);
    if (verdict instanceof Promise) void verdict.then((settled) => this.#afterHead(settled));
    else this.#afterHead(verdict);
  }

  #afterHead(verdict: Ending | undefined): void {
    if (this.exchange.ended !== "open") return;
    if (verdict !== undefined) {
      this.#end(verdict);
      return;
    }
    if (!this.exchange.request.hasBody) {
      this.exchange.body = NO_BODY;
      this.#runBodyGuards(undefined);
      return;
    }
    if (this.#expectsContinue) {
      this.#expectsContinue = false;
      this.response.writeContinue();
    }
    if (this.gate.body.length > 0) void this.#readBody();
    else this.#streamBody();
  }

  async #readBody(): Promise<void> {
    const { exchange, gate } = this;
    const read = await readBody(this.request, gate.bodyBytesMax, LIMITS.requestBodyTimeoutMs);
    if (exchange.ended !== "open") return;
    switch (read.kind) {
      case "aborted":
        return;
      case "late":
        this.deny(this.#refuse(deny("transport.body-too-slow"), "transport.body"));
        return;
      case "over-limit": {
        const denial = deny("validation.body-too-large");
        if (gate.bodyLimitMode === "enforce") {
          this.deny(this.#refuse(denial, "validation.body-length"));
          return;
        }
        exchange.note({ guard: "validation.body-length", kind: "would-deny", denial });
        exchange.body = OVER_LIMIT_BODY;
        this.request.unshift(read.soFar);
        this.#forward(this.request);
        return;
      }
      case "read":
        exchange.requestBytes = read.bytes.length;
        exchange.body = read.bytes.length === 0 ? NO_BODY : { kind: "read", bytes: read.bytes };
        this.#runBodyGuards(read.bytes);
    }
  }

  #runBodyGuards(bytes: Buffer | undefined): void {
    const verdict = this.gate.body.length === 0 ? undefined : runRequestGuards(this.gate.body, this.exchange);
    if (verdict instanceof Promise) void verdict.then((settled) => this.#afterBody(settled, bytes));
    else this.#afterBody(verdict, bytes);
  }

  #afterBody(verdict: Ending | undefined, bytes: Buffer | undefined): void {
    const { exchange } = this;
    if (exchange.ended !== "open") return;
    if (verdict !== undefined) this.#end(verdict);
    else this.#forward(exchange.body.kind === "read" ? (exchange.body.bytes as Buffer) : bytes);
  }

  /** A declared length is kept to by Node's parser; without one the body is counted on its way. */
  #streamBody(): void {
    const { exchange, gate } = this;
    exchange.body = STREAMING_BODY;
    const declared = exchange.request.contentLength;
    if (declared !== undefined && (declared <= gate.bodyBytesMax || gate.bodyLimitMode === "monitor")) {
      exchange.requestBytes = declared;
      this.#forward(this.request);
      return;
    }
    const counted = new CountedBody(gate.bodyLimitMode === "monitor" ? Number.MAX_SAFE_INTEGER : gate.bodyBytesMax);
    pipeline(this.request, counted, () => {
      exchange.requestBytes = counted.bytes;
    });
    this.#forward(counted);
  }

  #forward(body: Buffer | NodeRequest | CountedBody | undefined): void {
    this.#call = new UpstreamCall(this, body);
    this.#call.dispatch();
  }

  #refuse(denial: Denial, by: string): Denial {
    this.exchange.denial = denial;
    this.exchange.deniedBy = by;
    return denial;
  }

  #end(ending: Ending): void {
    if (ending.kind === "deny") this.deny(ending);
    else this.#answer(ending);
  }

  /** Answers a denial in place of whatever was to come. Only before a head was sent. */
  deny(denial: Denial, by?: string): void {
    if (by !== undefined) this.#refuse(denial, by);
    const { head, body } = problemAnswer(this.exchange, denial);
    this.#send(head.status, head.lines, body);
  }

  #answer(answered: Answered): void {
    this.#send(answered.status, answered.lines, answered.body === undefined ? undefined : Buffer.from(answered.body));
  }

  #send(status: number, lines: readonly string[], body: Buffer | undefined): void {
    const { exchange, response } = this;
    const head = { origin: "gate" as const, status, lines };
    planAnswer(this.gate, exchange, head);
    const unread = this.#hasUnreadBody();
    try {
      writeHead(response, exchange, head, this.state.draining || unread);
    } catch (error) {
      exchange.failed("gateway", error);
      response.destroy();
      return;
    }
    const sent = body === undefined || hasNoBody(exchange.request.method, status) ? undefined : body;
    exchange.answerBytes = sent?.length ?? 0;
    this.answered = true;
    if (unread && !isHttp2(this.request)) this.#endLingering(sent);
    else (response as ServerResponse).end(sent);
  }

  /** Whether the client still owes a body that is not worth waiting for. */
  #hasUnreadBody(): boolean {
    const { hasBody, contentLength } = this.exchange.request;
    const owed = this.#refusal === undefined ? hasBody : !isHttp2(this.request);
    if (!owed || this.request.complete) return false;
    return this.#expectsContinue || contentLength === undefined || contentLength > DRAINED_BYTES_MAX;
  }

  /** Closing at once would reset the connection and could cost the client the answer (RFC 9112 9.6). */
  #endLingering(body: Buffer | undefined): void {
    const { request, response } = this;
    if (body !== undefined) (response as { write(chunk: Buffer): boolean }).write(body);
    const end = () => {
      clearTimeout(timer);
      response.end();
    };
    const timer = setTimeout(end, LINGER_MS);
    request.once("end", end);
    request.once("close", end);
    request.resume();
  }

  #closed(): void {
    const rst = isHttp2(this.request) ? this.request.stream.rstCode : 0;
    const complete = this.answered && rst === 0 && this.response.writableEnded;
    this.finish(complete ? "complete" : "client-left");
  }

  /** Ends the exchange, once, and records it. */
  finish(ended: Ended): void {
    const { exchange } = this;
    if (exchange.ended !== "open") return;
    exchange.ended = ended;
    exchange.endedMs = this.state.clock.monotonicMs();
    if (ended !== "complete") this.#call?.abandon();
    this.state.ended(this);
  }
}
