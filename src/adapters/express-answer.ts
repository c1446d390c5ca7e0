// Holds the answer of an Express application until its response guards have seen it.
import type { ServerResponse } from "node:http";
import type { AnswerHead, Exchange } from "../core/exchange.ts";
import { type AnswerPlan, answerNotJudged, judgeAnswerBody, planAnswer } from "../core/answer.ts";
import type { Gate } from "../core/gate.ts";
import { deny, type Denial } from "../core/outcome.ts";
import { changedBodyLines } from "../http/body-fields.ts";
import { withOwnFields } from "../node/own-fields.ts";
import { problemAnswer } from "../node/problem-answer.ts";

type Done = (() => void) | undefined;
type Method = (...args: unknown[]) => unknown;

/** The original methods of one response, and what is known of its answer so far. */
class GuardedAnswer {
  readonly #response: ServerResponse;
  readonly #exchange: Exchange;
  readonly #gate: Gate;
  readonly #writeHead: Method;
  readonly #write: Method;
  readonly #end: Method;
  #head: AnswerHead | undefined;
  #plan: AnswerPlan | undefined;
  #kept: Buffer[] | undefined;
  #keptBytes = 0;
  #replaced = false;
  /** True while one of Node's own methods runs. */
  passing = false;

  constructor(response: ServerResponse, exchange: Exchange, gate: Gate) {
    this.#response = response;
    this.#exchange = exchange;
    this.#gate = gate;
    this.#writeHead = response.writeHead.bind(response) as Method;
    this.#write = response.write.bind(response) as Method;
    this.#end = response.end.bind(response) as Method;
  }

  /** Settles head and plan at the application's first word. */
  begin(status: number, extra: unknown): void {
    if (this.#head !== undefined || this.#replaced) return;
    if (status < 200) return;
    const answer: AnswerHead = { origin: "upstream", status, lines: linesOf(this.#response, extra) };
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

  write(chunk: unknown, encoding: unknown, done: unknown): boolean {
    this.begin(this.#response.statusCode, undefined);
    const called = callbackOf(encoding, done);
    if (this.#replaced) {
      called?.();
      return true;
    }
    const bytes = bytesOf(chunk, encoding);
    this.#keep(bytes);
    if (this.#replaced || this.#plan?.body === "buffer") {
      called?.();
      return true;
    }
    this.#exchange.answerBytes += bytes.length;
    return this.#call(this.#write, [bytes, ...(called === undefined ? [] : [called])]) as boolean;
  }

  end(chunk: unknown, encoding: unknown, done: unknown): void {
    const called = typeof chunk === "function" ? (chunk as () => void) : callbackOf(encoding, done);
    this.begin(this.#response.statusCode, undefined);
    const bytes =
      typeof chunk === "function" || chunk === undefined || chunk === null ? EMPTY : bytesOf(chunk, encoding);
    if (!this.#replaced && bytes.length > 0) this.#keep(bytes);
    if (this.#replaced || this.#plan === undefined || this.#head === undefined) {
      called?.();
      return;
    }
    if (this.#plan.body === "buffer") {
      this.#endJudged(this.#plan, this.#head, called);
      return;
    }
    if (this.#kept !== undefined) judgeAnswerBody(this.#plan, this.#exchange, this.#head, this.#whole());
    this.#exchange.answerBytes += this.#plan.body === "none" ? 0 : bytes.length;
    this.#finish(bytes, called);
  }

  #endJudged(plan: AnswerPlan, head: AnswerHead, called: Done): void {
    const whole = this.#whole();
    const judged = judgeAnswerBody(plan, this.#exchange, head, whole);
    if ("kind" in judged) {
      this.refuse(judged);
      called?.();
      return;
    }
    if (judged !== whole) head.lines = changedBodyLines(head.lines, judged.length);
    this.#sendHead(head);
    this.#exchange.answerBytes = judged.length;
    this.#finish(judged as Buffer, called);
  }

  /** Puts a denial in the place of whatever the application answers; it may go on talking, unheard. */
  refuse(denial: Denial, by?: string): void {
    this.#replaced = true;
    if (by !== undefined) {
      this.#exchange.denial = denial;
      this.#exchange.deniedBy = by;
    }
    const { head, body } = problemAnswer(this.#exchange, denial);
    planAnswer(this.#gate, this.#exchange, head);
    this.#sendHead(head);
    this.#exchange.answerBytes = body.length;
    this.#finish(this.#exchange.request.method === "HEAD" ? EMPTY : body, undefined);
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
    return Buffer.concat(this.#kept ?? [], this.#kept === undefined ? 0 : this.#keptBytes);
  }

  #sendHead(head: AnswerHead): void {
    const response = this.#response;
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    const all = withOwnFields(this.#exchange, head.lines);
    response.statusCode = head.status;
    this.#call(this.#writeHead, [head.status, all]);
  }

  #finish(bytes: Buffer, called: Done): void {
    const args: unknown[] = bytes.length === 0 ? [] : [bytes];
    if (called !== undefined) args.push(called);
    this.#call(this.#end, args);
  }

  /** Calls one of Node's own methods; the calls that it makes in turn are Node's, not the application's. */
  #call(method: Method, args: unknown[]): unknown {
    this.passing = true;
    try {
      return method(...args);
    } finally {
      this.passing = false;
    }
  }

  /** A method that the application calls goes to `guarded`, one that Node calls goes to Node. */
  install(): void {
    const response = this.#response;
    const take = (node: Method, guarded: Method): never =>
      ((...args: unknown[]) => (this.passing ? node(...args) : guarded(...args))) as never;
    response.writeHead = take(this.#writeHead, (status, reasonOrFields, fields) => {
      this.begin(status as number, typeof reasonOrFields === "string" ? fields : reasonOrFields);
      return response;
    });
    response.write = take(this.#write, (chunk, encoding, done) => this.write(chunk, encoding, done));
    response.end = take(this.#end, (chunk, encoding, done) => {
      this.end(chunk, encoding, done);
      return response;
    });
    // The head of an event stream goes out before the first byte of its body.
    const flush = response.flushHeaders.bind(response);
    response.flushHeaders = () => {
      this.begin(response.statusCode, undefined);
      if (response.headersSent) this.#call(flush, []);
    };
  }
}

const EMPTY = Buffer.alloc(0);

/** Puts the gate's response guards between the application and the wire. The result refuses in the application's place. */
export function guardAnswer(response: ServerResponse, exchange: Exchange, gate: Gate): (denial: Denial) => void {
  const guarded = new GuardedAnswer(response, exchange, gate);
  guarded.install();
  return (denial) => guarded.refuse(denial);
}

/** Fields set on the response and those given to writeHead, which win (Node's order). */
function linesOf(response: ServerResponse, extra: unknown): string[] {
  const fields = new Map<string, readonly [string, unknown]>();
  for (const name of response.getHeaderNames()) fields.set(name.toLowerCase(), [name, response.getHeader(name)]);
  if (Array.isArray(extra)) {
    for (let i = 0; i + 1 < extra.length; i += 2)
      fields.set(String(extra[i]).toLowerCase(), [String(extra[i]), extra[i + 1]]);
  } else if (typeof extra === "object" && extra !== null) {
    for (const [name, value] of Object.entries(extra)) fields.set(name.toLowerCase(), [name, value]);
  }
  const lines: string[] = [];
  for (const [name, value] of fields.values()) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) lines.push(name, String(one));
  }
  return lines;
}

function bytesOf(chunk: unknown, encoding: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return Buffer.from(String(chunk), typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
}

function callbackOf(encoding: unknown, done: unknown): Done {
  if (typeof encoding === "function") return encoding as () => void;
  return typeof done === "function" ? (done as () => void) : undefined;
}
