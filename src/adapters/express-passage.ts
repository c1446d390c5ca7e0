// How a single practice's middleware meets a request: one exchange for all of them, one way to refuse.
import type { Request, Response } from "express";
import { planAnswer } from "../core/answer.ts";
import { systemClock } from "../core/clock.ts";
import type { Exchange } from "../core/exchange.ts";
import { bindGate } from "../core/gate.ts";
import type { RequestGuard } from "../core/guard.ts";
import type { Denial, Ending } from "../core/outcome.ts";
import { runRequestGuards } from "../core/run.ts";
import { type BegunExchange, beginExchange } from "../node/begin-exchange.ts";
import { incomingHead } from "../node/incoming.ts";
import { withOwnFields } from "../node/own-fields.ts";
import { cutBehind } from "../node/lingering.ts";
import { problemAnswer } from "../node/problem-answer.ts";
import { limitFieldsGuard } from "../rate-limiting/limit-fields-guard.ts";
import { answerGuard } from "../transport/answer-guard.ts";
import { createSettler, type Settler } from "../transport/settle.ts";
import { broken, misplaced } from "./express-options.ts";

/** Whose word about a client's address is believed: the addresses and networks of the proxies in front. */
export interface ProxyOptions {
  /** `["10.0.0.0/8"]`. Default: nobody's, the client is the other end of the connection. */
  readonly trustedProxies?: readonly string[] | undefined;
}

/** What the middlewares of single practices share about one request. */
export interface Passage extends BegunExchange {
  /** Which proxies its client's address was settled by. */
  readonly proxies: string;
  /** Whether `authenticate()` reads roles from tokens; undefined until it let the request pass. */
  readsRoles: boolean | undefined;
}

const passages = new WeakMap<Request, Passage>();

/** Brings one middleware to a request's passage. */
export class Entrance {
  readonly #who: string;
  readonly #proxies: string;
  readonly #isExplicit: boolean;
  readonly #settle: Settler;

  /** Throws ProblemsError where the proxies are no addresses. */
  constructor(who: string, options: ProxyOptions | null = {}) {
    const trustedProxies = options?.trustedProxies;
    this.#who = who;
    this.#isExplicit = trustedProxies !== undefined;
    this.#proxies = JSON.stringify(trustedProxies ?? []);
    if (trustedProxies !== undefined && !Array.isArray(trustedProxies)) {
      throw broken("option-invalid", "trustedProxies is not a list", 'Such as ["10.0.0.0/8"].');
    }
    // Express matches the route: semicolons mean nothing to it, so they hide nothing.
    this.#settle = createSettler({ trustedProxies: trustedProxies ?? [], pathParameters: true });
  }

  /** The first middleware begins the exchange. Throws, for Express to answer 500, where the others contradict it. */
  enter(request: Request): Passage {
    let passage = passages.get(request);
    if (passage === undefined) {
      // A mounted router shortens `url`; what is recorded must be what the client sent.
      const incoming = { ...incomingHead(request), target: request.originalUrl };
      const begun = beginExchange(request, incoming, this.#settle, systemClock);
      passage = { ...begun, proxies: this.#proxies, readsRoles: undefined };
      passages.set(request, passage);
    }
    if (this.#isExplicit && passage.proxies !== this.#proxies) {
      throw misplaced(
        this.#who,
        "proxies-differ",
        "the middleware before it has other trustedProxies, and settled the client's address",
        "Give the same list to the first middleware of Portcullis that the request meets.",
      );
    }
    return passage;
  }
}

/** Runs guards and goes on, or refuses. Answers at once unless a guard must wait. */
export function passGuards(
  guards: readonly RequestGuard[],
  passage: Passage,
  response: Response,
  then: () => void,
): void {
  const { exchange, refusal } = passage;
  if (refusal !== undefined) return refuseHead(passage, refusal, response);
  const ending = runRequestGuards(guards, exchange);
  if (ending instanceof Promise) void ending.then((settled) => conclude(settled, exchange, response, then));
  else conclude(ending, exchange, response, then);
}

function conclude(ending: Ending | undefined, exchange: Exchange, response: Response, then: () => void): void {
  if (isOver(response)) return;
  if (ending === undefined) then();
  // No guard of a single practice answers by itself.
  else refuse(ending as Denial, exchange, response);
}

/** The client left, or somebody else (a time-out) has answered meanwhile: nothing more may happen. */
export function isOver(response: Response): boolean {
  return response.destroyed || response.headersSent;
}

/** A head that transport refused belongs to nobody: it is not counted, and no credential is looked for in it. */
export function refuseHead({ exchange }: Passage, refusal: Denial, response: Response): void {
  exchange.refuse(refusal, "transport.head");
  refuse(refusal, exchange, response);
}

/** Gives a denial the fields that it has in a gate. */
const REFUSING = bindGate({
  operation: undefined,
  head: [],
  body: [],
  response: [answerGuard({}), limitFieldsGuard()],
  bodyBytesMax: 0,
  bodyLimitMode: "enforce",
  answerBytesMax: 0,
});

/** Answers with the problem. What middlewares before it set (CORS, CSP) stays, or the caller could not read it. */
export function refuse(denial: Denial, exchange: Exchange, response: Response): void {
  const { head, body } = problemAnswer(exchange, denial);
  planAnswer(REFUSING, exchange, head);
  const lines = withOwnFields(exchange, head.lines);
  const fields = new Map<string, string[]>();
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string;
    fields.set(name, [...(fields.get(name) ?? []), lines[i + 1] as string]);
  }
  response.removeHeader("X-Powered-By");
  for (const [name, values] of fields) response.setHeader(name, values.length === 1 ? (values[0] as string) : values);
  response.statusCode = head.status;
  response.end(body);
  if (response.req.complete) return;
  cutBehind(response.req);
  response.req.resume();
}
