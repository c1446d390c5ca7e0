// One request's way through the gateway: settle, head guards, body, upstream, answer, record.
import type { ServerResponse } from "node:http";
import type { Http2Session } from "node:http2";
import { type Exchange, type Ended, NO_BODY, STREAMING_BODY } from "../core/exchange.ts";
import type { Gate } from "../core/gate.ts";
import { type Answered, deny, type Denial, type Ending } from "../core/outcome.ts";
import { UNRECORDABLE } from "../core/record.ts";
import { runRequestGuards } from "../core/run.ts";
import { hasNoBody, planAnswer } from "../core/answer.ts";
import { beginExchange } from "../node/begin-exchange.ts";
import { problemAnswer } from "../node/problem-answer.ts";
import { breakOff, endOpenUpload, endUpload, writeHead } from "./answer-writer.ts";
import { BodyReading } from "./body-reading.ts";
import type { Connection } from "./connection.ts";
import type { GatewayState } from "./gateway-state.ts";
import type { Generation } from "./generation.ts";
import { expectsContinue, incomingHead, isHttp2, type NodeRequest, type NodeResponse } from "../node/incoming.ts";
import { noteBrokenUpload, settleBody } from "../node/gate-body.ts";
import { endBehind } from "../node/lingering.ts";
import { countBody, type CountedBody } from "../node/request-body.ts";
import { type Streams, streamsOf } from "./session.ts";
import { UpstreamCall } from "./upstream-call.ts";

export class Passage {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly state: GatewayState;
  readonly generation: Generation;
  readonly exchange: Exchange;
  /** The client's, over HTTP/1.1: it has one answer less to give once this one has ended. */
  readonly connection: Connection | undefined;
  /** Where `state.passages` has it. */
  place = -1;
  gate: Gate;
  /** Of its body, where that is read before it is judged. */
  reading: BodyReading | undefined;
  readonly #refusal: Denial | undefined;
  /** Over HTTP/2: those of its session. */
  readonly #streams: Streams | undefined;
  #expectsContinue: boolean;
  #call: UpstreamCall | undefined;
  #streamed: CountedBody | undefined;
  /** The rest of the body is not waited for: it is too slow, or no longer HTTP. */
  #givenUp = false;
  /** Set once the answer was handed over whole. */
  answered = false;
  /** Of its answer, at the last look; and whether nothing of it was taken from the one before to that. */
  waitingBytes = 0;
  isStill = false;
  /** Over HTTP/2: its stream was found closed, and not yet gone. */
  wasClosed = false;

  constructor(
    state: GatewayState,
    request: NodeRequest,
    response: NodeResponse,
    isAsking: boolean,
    connection?: Connection,
  ) {
    this.state = state;
    this.connection = connection;
    this.request = request;
    this.response = response;
    this.#expectsContinue = isAsking || (isHttp2(request) && expectsContinue(request));
    this.generation = state.generation;
    const { policy, settle } = this.generation;
    const { exchange, refusal } = beginExchange(request, incomingHead(request), settle, state.clock);
    exchange.policyVersion = policy.version;
    this.exchange = exchange;
    this.#refusal = refusal;
    this.gate = policy.refused;
    state.began(this);
    response.on("close", () => this.#closed());
    if (!("stream" in response)) return;
    this.#streams = streamsOf(response.stream.session as Http2Session);
    if (!response.stream.endAfterHeaders) endOpenUpload(response, state.limits.lingerMs);
  }

  start(): void {
    // What was read together with a flood: its close records it.
    if (this.#streams?.isEnding === true) return;
    if (this.state.recorder.blocked === true) {
      this.deny(UNRECORDABLE, "monitoring.spool");
      return;
    }
    if (this.#refusal !== undefined) {
      this.deny(this.#refusal, "transport.head");
      return;
    }
    try {
      this.gate = this.generation.policy.enter(this.exchange);
    } catch (error) {
      // A bug in the look-up opens nothing and hangs nobody.
      this.exchange.failed("gateway", error);
      this.deny(deny("transport.guard-failed"), "gateway");
      return;
    }
    const verdict = runRequestGuards(this.gate.head, this.exchange);
    if (verdict instanceof Promise) void verdict.then((settled) => this.#afterHead(settled));
    else this.#afterHead(verdict);
  }

  #afterHead(verdict: Ending | undefined): void {
    if (this.#isOver()) return;
    if (verdict !== undefined) {
      this.#end(verdict);
      return;
    }
    // Also where no body comes: Node would end the connection behind the answer, and with it whatever came behind this request.
    if (this.#expectsContinue) {
      this.#expectsContinue = false;
      this.response.writeContinue();
    }
    if (!this.exchange.request.hasBody) {
      this.exchange.body = NO_BODY;
      // Over HTTP/2 the end of nothing may come by itself.
      if (isHttp2(this.request) && !this.request.stream.endAfterHeaders) this.request.resume();
      this.#runBodyGuards(undefined);
      return;
    }
    if (this.gate.body.length > 0) void this.#readBody();
    else this.#streamBody();
  }

  async #readBody(): Promise<void> {
    const { exchange, gate } = this;
    this.reading = new BodyReading(this);
    const read = await this.reading.read();
    if (this.#isOver()) return;
    const settled = settleBody(this.request, exchange, gate, read);
    if (settled === "judge") this.#runBodyGuards(read.kind === "read" ? read.bytes : undefined);
    else if (settled === "stream") this.#forwardStream(Number.MAX_SAFE_INTEGER);
    else if (settled !== "aborted") {
      this.#givenUp = read.kind !== "over-limit";
      this.deny(settled);
    }
  }

  #runBodyGuards(bytes: Buffer | undefined): void {
    const verdict = this.gate.body.length === 0 ? undefined : runRequestGuards(this.gate.body, this.exchange);
    if (verdict instanceof Promise) void verdict.then((settled) => this.#afterBody(settled, bytes));
    else this.#afterBody(verdict, bytes);
  }

  #afterBody(verdict: Ending | undefined, bytes: Buffer | undefined): void {
    const { exchange } = this;
    if (this.#isOver()) return;
    if (verdict !== undefined) this.#end(verdict);
    else this.#forward(exchange.body.kind === "read" ? (exchange.body.bytes as Buffer) : bytes);
  }

  #streamBody(): void {
    const { exchange, gate } = this;
    exchange.body = STREAMING_BODY;
    this.#forwardStream(gate.bodyLimitMode === "monitor" ? Number.MAX_SAFE_INTEGER : gate.bodyBytesMax);
  }

  #forwardStream(bytesMax: number): void {
    this.#streamed = countBody(this.request, bytesMax);
    this.#forward(this.#streamed);
  }

  #forward(body: Buffer | CountedBody | undefined): void {
    // Nobody asks for it any more, and it may take twenty times the memory of its bytes, which alone are counted.
    this.exchange.bodyValue = undefined;
    this.#call = new UpstreamCall(this, body);
    this.#call.dispatch();
  }

  /** An answer was given while a guard or the body was waited for. */
  #isOver(): boolean {
    return this.answered || this.exchange.ended !== "open";
  }

  /** The body could not be read to its end as HTTP: no complete request goes on, and the upstream's connection is cut. */
  broke(denial: Denial): void {
    if (this.exchange.ended !== "open") return;
    if (this.answered) {
      this.#endConnection();
      return;
    }
    if (this.response.headersSent) {
      this.exchange.refuse(denial, "transport.body");
      breakOff(this.response);
      return;
    }
    this.#givenUp = true;
    this.deny(denial, "transport.body");
    this.#call?.abandon();
  }

  look(waitingBytes: number): void {
    this.isStill = waitingBytes === this.waitingBytes;
    this.waitingBytes = waitingBytes;
  }

  /** Others need the memory that its answer waits in. */
  endUntaken(): void {
    this.exchange.refuse(deny("transport.answer-not-taken"), "transport.answer");
    this.finish("cut");
    breakOff(this.response);
    // Its reset may wait behind what is not taken: the answer is let go of now.
    if ("stream" in this.response) this.response.stream.destroy();
  }

  #end(ending: Ending): void {
    if (ending.kind === "deny") this.deny(ending);
    else this.#answer(ending);
  }

  /** Answers a denial in place of whatever was to come. Only before a head was sent. */
  deny(denial: Denial, by?: string): void {
    if (by !== undefined) this.exchange.refuse(denial, by);
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
    // Behind a head that was refused nobody knows where the next request begins (RFC 9112 9.6).
    const close = unread || this.#refusal !== undefined || this.state.draining;
    try {
      writeHead(response, exchange, head, close);
    } catch (error) {
      exchange.failed("gateway", error);
      breakOff(response);
      return;
    }
    const sent = body === undefined || hasNoBody(exchange.request.method, status) ? undefined : body;
    exchange.answerBytes = sent?.length ?? 0;
    this.answered = true;
    if (unread && !isHttp2(this.request)) {
      this.#endLingering(sent);
      return;
    }
    (response as ServerResponse).end(sent);
    if (unread && "stream" in response) endUpload(response);
    else if (!this.request.complete) this.request.resume();
  }

  /** Whether the client still owes a body that is not worth waiting for. */
  #hasUnreadBody(): boolean {
    const { hasBody, contentLength } = this.exchange.request;
    const owed = this.#refusal === undefined ? hasBody : !isHttp2(this.request);
    if (!owed || this.request.complete) return false;
    return (
      this.#givenUp ||
      this.#expectsContinue ||
      contentLength === undefined ||
      contentLength > this.state.limits.drainedBytesMax
    );
  }

  #endLingering(body: Buffer | undefined): void {
    const { request, response } = this;
    if (body !== undefined) (response as { write(chunk: Buffer): boolean }).write(body);
    endBehind(request, response, this.state.limits.lingerMs);
  }

  /** What was answered stands and goes out; a body that nobody waits for any more has nothing to add. */
  #endConnection(): void {
    if (!this.response.writableEnded) return;
    const { socket } = this.request;
    socket.end();
    setTimeout(() => socket.destroy(), this.state.limits.lingerMs).unref();
  }

  #closed(): void {
    if (this.connection !== undefined) this.connection.open -= 1;
    // Browsers reset a redirect once they have read its head, which may be before its end is said: it was given whole all the same.
    const isGiven = !isHttp2(this.request) || this.request.stream.rstCode === 0 || this.response.writableLength === 0;
    const complete = this.answered && this.response.writableEnded && isGiven;
    if (!complete && this.exchange.ended === "open") this.#streams?.reset();
    this.finish(complete ? "complete" : "client-left");
  }

  /** Ends the exchange, once, and records it. */
  finish(ended: Ended): void {
    const { exchange } = this;
    if (exchange.ended !== "open") return;
    if (ended === "client-left") noteBrokenUpload(this.request, exchange);
    exchange.ended = ended;
    exchange.endedMs = this.state.clock.monotonicMs();
    exchange.release();
    if (this.#streamed !== undefined) exchange.requestBytes = this.#streamed.bytes;
    if (ended !== "complete") this.#call?.abandon();
    this.state.ended(this);
  }
}
