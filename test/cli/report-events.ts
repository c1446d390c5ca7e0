// Audit events as the product writes them, made from exchanges: what a report is given to read.
import { Exchange, type RequestHead } from "../../src/core/exchange.ts";
import { deny } from "../../src/core/outcome.ts";
import type { ReasonCode } from "../../src/core/reasons/registry.ts";
import type { Undeclared } from "../../src/core/undeclared.ts";
import { createRecorder } from "../../src/monitoring/index.ts";
import { exchangeOf, MemorySink } from "../monitoring/exchanges.ts";

export interface Told {
  readonly id?: string;
  readonly atMs?: number;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly address?: string;
  /** By operation id; none where it is left out. */
  readonly operation?: string;
  readonly would?: ReasonCode;
  readonly denied?: ReasonCode;
  readonly undeclared?: readonly Undeclared[];
  readonly notJudged?: string;
}

export const BEGAN_MS = Date.UTC(2026, 10, 26, 8, 0, 0, 0);

/** One line of JSON for each. */
export function eventLines(all: readonly Told[]): string[] {
  const sink = new MemorySink();
  const recorder = createRecorder({ sinks: [sink] });
  for (const told of all) recorder.exchange(exchangeFor(told));
  return sink.lines;
}

function exchangeFor(told: Told): Exchange {
  const { path = "/orders/7", method = "GET", address = "192.0.2.1" } = told;
  const head: Partial<RequestHead> = { path, target: path, method, clientAddress: address };
  const template = exchangeOf(head);
  const exchange = new Exchange(told.id ?? "req-1", template.request, told.atMs ?? BEGAN_MS, 0);
  exchange.endedMs = 1;
  exchange.ended = "complete";
  exchange.answerStatus = told.status ?? 200;
  if (told.operation !== undefined) exchange.operation = { id: told.operation, method, template: path, tags: [] };
  if (told.denied !== undefined) exchange.denial = deny(told.denied);
  if (told.would !== undefined) exchange.note({ guard: "g", kind: "would-deny", denial: deny(told.would) });
  if (told.notJudged !== undefined) exchange.note({ guard: "g", kind: "not-judged", text: told.notJudged });
  for (const undeclared of told.undeclared ?? []) exchange.note({ guard: "g", kind: "noticed", undeclared });
  return exchange;
}
