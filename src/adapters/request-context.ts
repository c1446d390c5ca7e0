// Which request a piece of the application works for: so that what it logs carries the request's id. It costs nothing until somebody asks.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Exchange } from "../core/exchange.ts";
import type { ApplicationLine, AuditRecorder } from "../monitoring/index.ts";

/** Takes a line of the application's own log for the record. Never throws, never waits. */
export type ApplicationLog = (line: ApplicationLine) => void;

const current = new AsyncLocalStorage<Exchange>();
let isAsked = false;

export function withinRequest(exchange: Exchange, work: () => void): void {
  if (isAsked) current.run(exchange, work);
  else work();
}

/** From now on requests are followed. */
export function followRequests(): void {
  isAsked = true;
}

export function applicationLog(recorder: AuditRecorder): ApplicationLog {
  return (line) => recorder.application(line, current.getStore());
}
