// Exchanges and guards of one declared operation, without a network.
import { planAnswer, judgeAnswerBody } from "../../src/core/answer.ts";
import { type AnswerHead, Exchange, NO_BODY, type RequestHead } from "../../src/core/exchange.ts";
import { bindGate } from "../../src/core/gate.ts";
import type { Denial } from "../../src/core/outcome.ts";
import { runRequestGuards } from "../../src/core/run.ts";
import { Fields } from "../../src/http/fields.ts";
import { DocumentSet } from "../../src/openapi/document.ts";
import type { Operation } from "../../src/openapi/operation.ts";
import { describeApi } from "../../src/openapi/operations.ts";
import {
  requestValidation,
  type RequestValidationOptions,
  type ResponseValidationOptions,
  responseValidation,
  SchemaCompiler,
} from "../../src/validation/index.ts";

export interface Declared {
  readonly operation: Operation;
  readonly set: DocumentSet;
  readonly schemas: SchemaCompiler;
}

/** One operation of a document that has nothing else. */
export function declare(
  operation: Record<string, unknown>,
  { path = "/things", method = "post", schemas = {}, version = "3.1.0" } = {},
): Declared {
  const set = DocumentSet.fromObject({
    openapi: version,
    info: { title: "test", version: "1" },
    paths: { [path]: { [method]: { responses: { 200: { description: "ok" } }, ...operation } } },
    components: { schemas },
  });
  return { operation: describeApi(set).operations[0] as Operation, set, schemas: new SchemaCompiler(set) };
}

export interface Sent {
  readonly query?: string;
  readonly lines?: readonly string[];
  readonly path?: readonly string[];
  readonly body?: string | Uint8Array;
  /** A length other than the body's. */
  readonly contentLength?: number;
}

export function exchangeOf(sent: Sent, operation?: Operation): Exchange {
  const bytes = typeof sent.body === "string" ? new TextEncoder().encode(sent.body) : sent.body;
  const request: RequestHead = {
    method: operation?.method ?? "POST",
    target: "/things",
    path: "/things",
    query: sent.query,
    fields: new Fields(sent.lines ?? []),
    protocol: "HTTP/1.1",
    secure: true,
    authority: "api.example.com",
    peerAddress: "192.0.2.1",
    clientAddress: "192.0.2.1",
    clientAddressFrom: "peer",
    hasBody: bytes !== undefined,
    contentLength: sent.contentLength ?? bytes?.length,
  };
  const exchange = new Exchange("id", request, 0, 0);
  exchange.operation = operation;
  exchange.pathParameters = sent.path ?? [];
  exchange.body = bytes === undefined ? NO_BODY : { kind: "read", bytes };
  return exchange;
}

export interface Judged {
  readonly exchange: Exchange;
  readonly denial: Denial | undefined;
  readonly reason: string | undefined;
  readonly messages: readonly string[];
}

/** Runs the operation's request guards, head and body, as a gate would. */
export function judge(
  declared: Declared,
  sent: Sent,
  options: Partial<Omit<RequestValidationOptions, keyof Declared>> = {},
): Judged {
  const guards = requestValidation({ ...declared, mode: "enforce", bodyBytesMax: 65_536, ...options });
  const exchange = exchangeOf(sent, declared.operation);
  let ending = runRequestGuards(guards.head, exchange);
  ending ??= runRequestGuards(guards.body, exchange);
  if (ending instanceof Promise) throw new Error("validation answers at once");
  const denial = ending?.kind === "deny" ? ending : undefined;
  return {
    exchange,
    denial,
    reason: denial?.reason,
    messages:
      denial?.violations?.map(({ message }) => message) ?? (denial?.detail === undefined ? [] : [denial.detail]),
  };
}

/** Runs the operation's response guard over an answer. */
export function judgeAnswer(
  declared: Declared,
  answer: { status?: number; lines?: readonly string[]; body?: string },
  mode: ResponseValidationOptions["mode"] = "enforce",
): Judged & { readonly body: string | undefined; readonly plan: string } {
  const guard = responseValidation({ ...declared, mode });
  const exchange = exchangeOf({}, declared.operation);
  const gate = bindGate({
    operation: declared.operation,
    head: [],
    body: [],
    response: guard === undefined ? [] : [guard],
    bodyBytesMax: 0,
    bodyLimitMode: "enforce",
    answerBytesMax: 1_000_000,
  });
  const head: AnswerHead = { origin: "upstream", status: answer.status ?? 200, lines: answer.lines ?? [] };
  const plan = planAnswer(gate, exchange, head);
  let denial = "kind" in plan ? plan : undefined;
  let body: string | undefined;
  if (!("kind" in plan)) {
    const judged = judgeAnswerBody(plan, exchange, head, new TextEncoder().encode(answer.body ?? ""));
    if ("kind" in judged) denial = judged;
    else body = new TextDecoder().decode(judged);
  }
  const shown = denial ?? exchange.notes.find((note) => note.kind === "would-deny")?.denial;
  return {
    exchange,
    denial,
    reason: denial?.reason,
    messages: shown?.violations?.map(({ message }) => message) ?? [],
    body,
    plan: "kind" in plan ? "denied" : plan.body,
  };
}
