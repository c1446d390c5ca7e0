// One request to the upstream and the way of its answer to the client, with back-pressure in both directions.
import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { type AnswerPlan, answerNotJudged, judgeAnswerBody, planAnswer } from "../core/answer.ts";
import type { AnswerHead } from "../core/exchange.ts";
import { type Denial, deny } from "../core/outcome.ts";
import { changedBodyLines } from "../http/body-fields.ts";
import { endAnswer, isEarly } from "./early-answer.ts";
import { answerLines, isEventStream, type ParsedFields, wholeBytes } from "./answer-lines.ts";
import type { Limits } from "../transport/limits.ts";
import { breakOff, endWhole, writeHead } from "./answer-writer.ts";
import type { Passage } from "./passage.ts";
import { requestLines } from "../node/request-lines.ts";
import { BodyRefusedError, CountedBody } from "../node/request-body.ts";
import { identityDenial, upstreamDenial, wasConnectionClosed } from "./upstream.ts";
import type { ConnectionUser, UpstreamConnection } from "./upstream-connection.ts";

type Body = Buffer | CountedBody | undefined;
type Controller = Dispatcher.DispatchController;

/** Methods that may be sent again when a kept connection turned out to be closed (RFC 9110 9.2.2). */
const RETRIED = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "QUERY"]);

const NOTHING = Buffer.alloc(0);

export class UpstreamCall implements ConnectionUser {
  /** Where `state.calls` has it. */
  place = -1;
  connection: UpstreamConnection | undefined;
  readonly #passage: Passage;
  readonly #body: Body;
  #controller: Controller | undefined;
  #head: AnswerHead | undefined;
  #plan: AnswerPlan | undefined;
  #kept: Buffer[] | undefined;
  #keptBytes = 0;
  #retried = false;
  /** It went over a kept connection, and nothing came back. */
  #mayRetry = false;
  #over = false;
  #eventStream = false;
  /** Bytes of a body that may arrive in one piece: its head waits for it, and both go out in one write. 0 once the head is out. */
  #awaitedBytes = 0;
  #lastDataMs = 0;
  #interimSinceMs = Number.POSITIVE_INFINITY;
  /** Since when the client has not taken what it was sent. */
  #unreadSinceMs = Number.POSITIVE_INFINITY;

  constructor(passage: Passage, body: Body) {
    this.#passage = passage;
    this.#body = body;
  }

  dispatch(): void {
    const { exchange, state, gate, generation } = this.#passage;
    this.#lastDataMs = exchange.upstreamStartedMs = state.clock.monotonicMs();
    state.calls.add(this);
    try {
      generation.poolOf(gate.destination).dispatch(
        {
          path: exchange.request.target,
          method: exchange.request.method,
          headers: requestLines(exchange, gate) as string[],
          body: this.#body ?? null,
        },
        this,
      );
    } catch (error) {
      this.onResponseError(undefined, error as Error);
    }
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    this.#mayRetry = !this.#retried && this.connection?.isKept === true;
    if (this.#over) controller.abort(new Error("the client left"));
  }

  onResponseStart(controller: Controller, status: number, parsed: ParsedFields): void {
    this.#mayRetry = false;
    const { exchange, state, gate, response } = this.#passage;
    // Interim answers (RFC 9110 15.2) end here: 100 was given by the gate, 103 could carry what no guard saw.
    if (status < 200) this.#interimSinceMs = Math.min(this.#interimSinceMs, state.clock.monotonicMs());
    if (status < 200 || this.#over) return;
    exchange.upstreamAnsweredMs = this.#lastDataMs = state.clock.monotonicMs();
    const lines = answerLines(controller.rawHeaders as (Buffer | string)[], parsed);
    const answer: AnswerHead = { origin: "upstream", status, lines };
    const plan = planAnswer(gate, exchange, answer);
    if ("kind" in plan) return this.#refuse(plan);
    this.#head = answer;
    this.#plan = plan;
    if (plan.body === "buffer") {
      this.#kept = [];
      return;
    }
    if (plan.body !== "none") {
      if (plan.body === "tee") this.#kept = [];
      this.#eventStream = isEventStream(parsed["content-type"]);
      const bytes = wholeBytes(parsed["content-length"]);
      if (bytes > 0 && bytes <= gate.answerBytesMax) {
        this.#awaitedBytes = bytes;
        return;
      }
    }
    writeHead(response, exchange, answer, this.#isLast());
    if (this.#eventStream) this.#followEvents();
  }

  /** The head of an event stream does not wait for its first event, and its silence is no fault. */
  #followEvents(): void {
    const { response } = this.#passage;
    if (!("flushHeaders" in response)) return;
    response.flushHeaders();
    response.socket?.setTimeout(0);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#over || this.#plan === undefined) return;
    if (this.#awaitedBytes > 0) {
      // The whole of it: `onResponseEnd` follows at once.
      if (chunk.length === this.#awaitedBytes) {
        this.#kept = [chunk];
        this.#keptBytes = chunk.length;
        return;
      }
      this.#sendAwaitedHead();
    }
    const { exchange, state, response } = this.#passage;
    this.#lastDataMs = state.clock.monotonicMs();
    if (this.#kept !== undefined) this.#keep(chunk);
    if (this.#over || this.#plan.body === "buffer" || this.#plan.body === "none") return;
    exchange.answerBytes += chunk.length;
    const write = (response as { write(chunk: Buffer): boolean }).write(chunk);
    if (write) return;
    controller.pause();
    this.#unreadSinceMs = this.#lastDataMs;
    response.once("drain", () => {
      this.#unreadSinceMs = Number.POSITIVE_INFINITY;
      controller.resume();
    });
  }

  #sendAwaitedHead(): void {
    const { exchange, response } = this.#passage;
    this.#awaitedBytes = 0;
    writeHead(response, exchange, this.#head as AnswerHead, this.#isLast());
    if (this.#eventStream) this.#followEvents();
  }

  /** Keeps a copy for the guards; one that grows too large is given up, or refused where a guard must see it. */
  #keep(chunk: Buffer): void {
    const { exchange, gate } = this.#passage;
    this.#keptBytes += chunk.length;
    if (this.#keptBytes <= gate.answerBytesMax) {
      this.#kept?.push(chunk);
      return;
    }
    this.#kept = undefined;
    if (this.#plan?.body === "tee") {
      answerNotJudged(this.#plan, exchange, "larger than the limit");
      return;
    }
    this.#refuse(deny("validation.response-too-large"), "validation.response");
  }

  #refuse(denial: Denial, by?: string): void {
    this.#over = true;
    this.#passage.state.calls.remove(this);
    this.#controller?.abort(new Error("the answer was refused"));
    this.#passage.deny(denial, by);
  }

  onResponseEnd(): void {
    if (this.connection !== undefined) this.connection.isKept = true;
    if (this.#over || this.#plan === undefined || this.#head === undefined) return;
    this.#over = true;
    const { exchange, state } = this.#passage;
    state.calls.remove(this);
    const plan = this.#plan;
    if (plan.body !== "buffer") {
      const whole = this.#kept === undefined ? undefined : this.#keptWhole();
      if (this.#awaitedBytes > 0) {
        this.#sendWhole(this.#head, whole ?? NOTHING, false);
      } else {
        this.#passage.answered = true;
        this.#end();
      }
      if (plan.body === "tee" && whole !== undefined) judgeAnswerBody(plan, exchange, this.#head, whole);
      return;
    }
    const whole = this.#keptWhole();
    const judged = judgeAnswerBody(plan, exchange, this.#head, whole);
    if ("kind" in judged) this.#passage.deny(judged);
    else this.#sendWhole(this.#head, judged as Buffer, judged !== whole);
  }

  /** Head and body at once. The head may be one that cannot be sent: a status of 999 over HTTP/2. */
  #sendWhole(head: AnswerHead, body: Buffer, changed: boolean): void {
    const { exchange, request, response } = this.#passage;
    if (changed) head.lines = changedBodyLines(head.lines, body.length);
    exchange.answerBytes = body.length;
    try {
      writeHead(response, exchange, head, this.#isLast());
    } catch (error) {
      this.#passage.deny(deny("transport.upstream-invalid", { internal: (error as Error).name }), "transport.upstream");
      return;
    }
    this.#passage.answered = true;
    if (!isEarly(request, this.#body)) {
      endWhole(response, body);
      return;
    }
    (response as ServerResponse).write(body);
    this.#end();
  }

  /** Whether nothing comes behind this answer. */
  #isLast(): boolean {
    return this.#passage.state.draining || isEarly(this.#passage.request, this.#body);
  }

  #end(): void {
    const { request, response, state } = this.#passage;
    endAnswer(request, response, this.#body, state.limits.lingerMs);
  }

  #keptWhole(): Buffer {
    const kept = this.#kept ?? [];
    return kept.length === 1 ? (kept[0] as Buffer) : Buffer.concat(kept, this.#keptBytes);
  }

  onResponseError(_controller: Controller | undefined, error: Error): void {
    if (this.#over) return;
    const { exchange, response, gate } = this.#passage;
    if (this.#retries(error)) {
      this.#retried = true;
      this.#mayRetry = false;
      this.#controller = undefined;
      this.dispatch();
      return;
    }
    this.#over = true;
    this.#passage.state.calls.remove(this);
    if (exchange.ended !== "open") return;
    const refused = error instanceof BodyRefusedError;
    const failed = gate.destination === "identity" ? identityDenial : upstreamDenial;
    const denial = refused ? error.denial : failed(error);
    if (!response.headersSent) {
      this.#passage.deny(denial, refused ? error.by : "transport.upstream");
      return;
    }
    // The head is out: only a cut connection tells the client that this answer is not whole (RFC 9112 8).
    exchange.refuse(denial, "transport.upstream");
    this.#passage.finish("upstream-failed");
    breakOff(response);
  }

  /** One more try where the API may just have closed the connection, and sending twice changes nothing. */
  #retries(error: Error): boolean {
    if (!this.#mayRetry || this.#passage.exchange.ended !== "open") return false;
    if (!RETRIED.has(this.#passage.exchange.request.method) || !wasConnectionClosed(error)) return false;
    return this.#body === undefined || Buffer.isBuffer(this.#body);
  }

  /** The client left, or the gateway is closing for good: the upstream need not go on. */
  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    this.#passage.state.calls.remove(this);
    this.#controller?.abort(new Error("the client left"));
  }

  /** Whether it waits for its client just now: for a body that comes at less than that pace, or for what it was sent to be taken. */
  isSlow(nowMs: number, { pressedGraceMs, pressedPauseMs, pressedBytesPerSecondMin }: Limits): boolean {
    const { exchange, request } = this.#passage;
    if (nowMs - this.#unreadSinceMs > pressedPauseMs) return true;
    // What waits to be sent on is not the client's fault.
    if (!(this.#body instanceof CountedBody) || request.complete || this.#body.readableLength > 0) return false;
    const lastedMs = nowMs - exchange.upstreamStartedMs;
    return lastedMs > pressedGraceMs && this.#body.bytes * 1_000 < pressedBytesPerSecondMin * lastedMs;
  }

  /** Ends what is slow: with 408, or cut where an answer is under way. */
  giveUp(): void {
    this.#passage.broke(deny(this.#head === undefined ? "transport.body-too-slow" : "transport.answer-not-taken"));
    this.abandon();
  }

  /** Called now and then: cuts an answer that does not come behind interim ones, or whose body has stalled. An event stream may be silent. */
  cutWhenIdle(nowMs: number): void {
    const { answerTimeoutMs, idleTimeoutMs } = this.#passage.generation.times;
    // Each interim answer has undici wait anew.
    const isLate = this.#head === undefined && nowMs - this.#interimSinceMs >= answerTimeoutMs;
    const isStalled = this.#head !== undefined && !this.#eventStream && nowMs - this.#lastDataMs >= idleTimeoutMs;
    if (!isLate && !isStalled) return;
    this.#controller?.abort(Object.assign(new Error("the answer stalled"), { code: "UND_ERR_BODY_TIMEOUT" }));
  }
}
