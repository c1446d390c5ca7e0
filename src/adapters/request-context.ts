// Which request a piece of the application works for: so that what it logs carries the request's id.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Exchange } from "../core/exchange.ts";
import { type ApplicationLine, type AuditRecorder, UNSHOWN } from "../monitoring/index.ts";

/** Takes a line of the application's own log for the record. Never throws, never waits. */
export type ApplicationLog = (line: ApplicationLine) => void;

const current = new AsyncLocalStorage<Exchange>();

export function withinRequest(exchange: Exchange, work: () => void): void {
  current.run(exchange, work);
}

export function applicationLog(recorder: AuditRecorder): ApplicationLog {
  return (line) => {
    const exchange = current.getStore();
    try {
      recorder.application(line, exchange);
    } catch {
      // A client may have sent what it holds. No line of a log is a reason to end a request, or the log.
      recorder.application({ level: "warn", message: UNSHOWN }, exchange);
    }
  };
}
