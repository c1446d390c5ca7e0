// A bug met before a request had a passage: it costs that request, never the process, and opens nothing.
import type { Recorder } from "../core/record.ts";
import { REASONS } from "../core/reasons/registry.ts";
import type { NodeResponse } from "./incoming.ts";

/** Recorded, and answered with a bare 500: a framework's own answer would show a stack trace. */
export function answerUnbegun(recorder: Recorder, response: NodeResponse, error: unknown): void {
  const { name, message } = error as Error;
  const what = `a request could not be begun: ${name}: ${message}`;
  recorder.system({ action: "gateway.request-failed", level: "error", message: what });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.statusCode = REASONS["transport.guard-failed"].status;
  response.end();
}
