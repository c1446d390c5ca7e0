// Holds the answer of an Express application until its response guards have seen it.
import type { ServerResponse } from "node:http";
import { type AnswerPlan, answerNotJudged, hasNoBody, judgeAnswerBody, planAnswer } from "../core/answer.ts";
import type { Clock } from "../core/clock.ts";
import type { AnswerHead, Exchange } from "../core/exchange.ts";
import type { Gate } from "../core/gate.ts";
import { type Answered, deny, type Denial } from "../core/outcome.ts";
import { changedBodyLines } from "../http/body-fields.ts";
import { linesHold } from "../http/fields.ts";
import { withOwnFields } from "../node/own-fields.ts";
import { problemAnswer } from "../node/problem-answer.ts";
import { bytesOf, isBytes, linesOf } from "./express-writing.ts";

type Method = (...args: unknown[]) => unknown;
type Done = (() => void) | undefined;

/** Node's own methods of one response, and what is known of its answer so far. */
export class GuardedAnswer {
  readonly #response: ServerResponse;
  readonly #exchange: Exchange;
  readonly #gate: Gate;
  readonly #clock: Clock;
  readonly #writeHead: Method;
  readonly #write: Method;
  readonly #end: Method;
  #head: AnswerHead | undefined;
  #plan: AnswerPlan | undefined;
  #kept: Buffer[] | undefined;
  #keptBytes = 0;
  /** Of a whole body whose head was not written before. */
  #unsaidBytes: number | undefined;
  /** A denial went out in the application's place: it may go on talking, unheard. */
  #replaced = false;
  #ended = false;
  /** True while one of Node's own methods runs. */
  #passing = false;

  constructor(response: ServerResponse, exchange: Exchange, gate: Gate, clock: Clock) {
    this.#response = response;
    this.#exchange = exchange;
    this.#gate = gate;
    this.#clock = clock;
    this.#writeHead = response.writeHead.bind(response) as Method;
    this.#write = response.write.bind(response) as Method;
    this.#end = response.end.bind(response) as Method;
    this.#install();
    response.once("close", () => this.#closed());
  }

  /** Puts a denial in the place of whatever the application answers. Where its head is out, only a cut tells the client. */
  refuse(denial: Denial, by?: string): void {
    if (by !== undefined) this.#exchange.refuse(denial, by);
    if (this.#response.writableEnded) return;
    const isOut = this.#replaced || (this.#head !== undefined && this.#plan?.body !== "buffer");
    this.#replaced = true;
    if (isOut) {
      this.#response.destroy();
      return;
    }
    const { head, body } = problemAnswer(this.#exchange, denial);
    this.#send(head, body);
  }

  /** What a guard answers by itself. The application is not asked. */
  give({ status, lines, body }: Answered): void {
    this.#replaced = true;
    this.#send({ origin: "gate", status, lines }, body === undefined ? EMPTY : Buffer.from(body));
  }

  #send(head: AnswerHead, body: Buffer): void {
    planAnswer(this.#gate, this.#exchange, head);
    this.#sendHead(head);
    this.#finish(hasNoBody(this.#exchange.request.method, head.status) ? EMPTY : body, undefined);
  }

  /** What was kept when the client left, or the application broke off, is not the whole answer. */
  #closed(): void {
    delete (this.#response as { headersSent?: boolean }).headersSent;
    if (this.#ended || this.#kept === undefined || this.#plan === undefined) return;
    answerNotJudged(this.#plan, this.#exchange, "ended early");
  }

  /** Settles head and plan at the application's first word. */
  #begin(status: number, extra: unknown): void {
    if (this.#head !== undefined || this.#replaced) return;
    const bytes = this.#unsaidBytes;
    this.#exchange.upstreamAnsweredMs = this.#clock.monotonicMs();
    const lines = linesOf(this.#response, extra);
    // Node says the length of what is answered at once, unless its head is written before.
    const measures = bytes !== undefined && !hasNoBody(this.#exchange.request.method, status);
    const isFramed = linesHold(lines, "content-length") || linesHold(lines, "transfer-encoding");
    if (measures && !isFramed) lines.push("Content-Length", String(bytes));
    const answer: AnswerHead = { origin: "upstream", status, lines };
    const plan = planAnswer(this.#gate, this.#exchange, answer);
    if ("kind" in plan) {
      this.refuse(plan);
      return;
    }
    this.#head = answer;
    this.#plan = plan;
    if (plan.body === "tee" || plan.body === "buffer") this.#kept = [];
    if (plan.body !== "buffer") this.#sendHead(answer);
  }

  /**
   * The application's first word is no head: as Node does it, `writeHead` is called for it, which middlewares behind the gate wrap to set their
   * fields at the last moment (sessions, times). `bytes`: how long the body is, where that is all of it.
   */
  #beginUnsaid(bytes?: number): void {
    if (this.#head !== undefined || this.#replaced) return;
    this.#unsaidBytes = bytes;
    this.#response.writeHead(this.#response.statusCode);
    // Where one of them kept the head to itself.
    this.#begin(this.#response.statusCode, undefined);
  }

  #writeChunk(chunk: unknown, encoding: unknown, done: unknown): boolean {
    // Node says what it does with what is no chunk, and with one after the end.
    if (!isBytes(chunk) || (this.#ended && !this.#replaced)) {
      return this.#call(this.#write, [chunk, encoding, done]) as boolean;
    }
    this.#beginUnsaid();
    const called = doneOf(encoding, done);
    const bytes = bytesOf(chunk, encoding);
    if (!this.#replaced) this.#keep(bytes);
    if (this.#replaced || this.#plan?.body === "buffer") {
      if (called !== undefined) process.nextTick(called);
      return true;
    }
    this.#count(bytes);
    return this.#call(this.#write, called === undefined ? [bytes] : [bytes, called]) as boolean;
  }

  #endWith(chunk: unknown, encoding: unknown, done: unknown): void {
    const last = typeof chunk === "function" ? undefined : chunk;
    const called = typeof chunk === "function" ? (chunk as Done) : doneOf(encoding, done);
    const isOdd = last !== undefined && last !== null && !isBytes(last);
    if (isOdd || (this.#ended && !this.#replaced)) {
      this.#call(this.#end, [chunk, encoding, done]);
      return;
    }
    this.#ended = true;
    const bytes = isBytes(last) ? bytesOf(last, encoding) : EMPTY;
    this.#beginUnsaid(bytes.length);
    if (!this.#replaced && bytes.length > 0) this.#keep(bytes);
    if (this.#replaced || this.#plan === undefined || this.#head === undefined) {
      if (called !== undefined) process.nextTick(called);
      return;
    }
    if (this.#plan.body === "buffer") {
      this.#endJudged(this.#plan, this.#head, called);
      return;
    }
    this.#finish(bytes, called);
    // Nobody waits for what is only monitored.
    if (this.#kept !== undefined) judgeAnswerBody(this.#plan, this.#exchange, this.#head, this.#whole());
  }

  #endJudged(plan: AnswerPlan, head: AnswerHead, called: Done): void {
    const whole = this.#whole();
    const judged = judgeAnswerBody(plan, this.#exchange, head, whole);
    if ("kind" in judged) {
      this.refuse(judged);
      if (called !== undefined) process.nextTick(called);
      return;
    }
    if (judged !== whole) head.lines = changedBodyLines(head.lines, judged.length);
    this.#sendHead(head);
    this.#finish(judged as Buffer, called);
  }

  #keep(bytes: Buffer): void {
    if (this.#kept === undefined) return;
    this.#keptBytes += bytes.length;
    if (this.#keptBytes <= this.#gate.answerBytesMax) {
      this.#kept.push(bytes);
      return;
    }
    this.#kept = undefined;
    if (this.#plan?.body === "tee") answerNotJudged(this.#plan, this.#exchange, "larger than the limit");
    else this.refuse(deny("validation.response-too-large"), "validation.response");
  }

  #whole(): Buffer {
    const kept = this.#kept ?? [];
    return kept.length === 1 ? (kept[0] as Buffer) : Buffer.concat(kept);
  }

  #count(bytes: Buffer): void {
    if (!hasNoBody(this.#exchange.request.method, this.#response.statusCode)) {
      this.#exchange.answerBytes += bytes.length;
    }
  }

  /** Line by line: what wraps `writeHead` below, such as a compressing middleware, looks for fields that are set. */
  #sendHead(head: AnswerHead): void {
    const response = this.#response;
    this.#passing = true;
    try {
      for (const name of response.getHeaderNames()) if (!isNodes(response, name, head)) response.removeHeader(name);
      const lines = withOwnFields(this.#exchange, head.lines);
      for (let i = 0; i < lines.length; i += 2) response.appendHeader(lines[i] as string, lines[i + 1] as string);
      response.statusCode = this.#exchange.answerStatus = head.status;
      // What an application made of the reason is neither judged nor that of a denial in its place. Node says the usual one.
      response.statusMessage = "";
      this.#writeHead(head.status);
    } finally {
      this.#passing = false;
    }
  }

  #finish(bytes: Buffer, called: Done): void {
    this.#ended = true;
    this.#count(bytes);
    // Node knows that 204 and 304 have no body, and not that 205 has none (RFC 9110 15.3.6).
    const args: unknown[] = bytes.length === 0 || this.#head?.status === 205 ? [] : [bytes];
    if (called !== undefined) args.push(called);
    this.#call(this.#end, args);
  }

  /** Calls one of Node's own methods; the calls that it makes in turn are Node's, not the application's. */
  #call(method: Method, args: unknown[]): unknown {
    this.#passing = true;
    try {
      return method(...args);
    } finally {
      this.#passing = false;
    }
  }

  /** A method that the application calls goes through the guards, one that Node calls goes to Node. */
  #install(): void {
    const response = this.#response;
    const take = (node: Method, guarded: Method): never =>
      ((...args: unknown[]) => (this.#passing ? node(...args) : guarded(...args))) as never;
    response.writeHead = take(this.#writeHead, (status, reasonOrFields, fields) => {
      this.#begin(status as number, typeof reasonOrFields === "string" ? fields : reasonOrFields);
      return response;
    });
    response.write = take(this.#write, (chunk, encoding, done) => this.#writeChunk(chunk, encoding, done));
    response.end = take(this.#end, (chunk, encoding, done) => {
      this.#endWith(chunk, encoding, done);
      return response;
    });
    // The head of an event stream goes out before the first byte of its body.
    const flush = response.flushHeaders.bind(response);
    response.flushHeaders = () => {
      if (!this.#passing) this.#beginUnsaid();
      if (this.#passing || this.#plan?.body !== "buffer") this.#call(flush, []);
    };
    // An error handler asks whether it may still answer: not beside a held back answer.
    const node = Object.getPrototypeOf(response) as object;
    Object.defineProperty(response, "headersSent", {
      configurable: true,
      get: () => this.#head !== undefined || this.#replaced || Reflect.get(node, "headersSent", response) === true,
    });
  }
}

const EMPTY = Buffer.alloc(0);

function doneOf(encoding: unknown, done: unknown): Done {
  if (typeof encoding === "function") return encoding as () => void;
  return typeof done === "function" ? (done as () => void) : undefined;
}

/**
 * Fields of this hop stay with Node, which frames no body and closes no connection as it should once they were removed:
 * that the application wants the connection closed, and chunks where no length says otherwise.
 */
function isNodes(response: ServerResponse, name: string, { origin, lines }: AnswerHead): boolean {
  if (name === "connection") return /^close$/i.test(String(response.getHeader(name)));
  return name === "transfer-encoding" && origin === "upstream" && !linesHold(lines, "content-length");
}
