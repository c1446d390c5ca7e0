// An operation as probes see it: what the document says, what the policy enforces, and its line.
import type { OperationPolicy } from "../../configuration/compose/operation-policy.ts";
import type { Operation } from "../../openapi/operation.ts";
import type { Place } from "../finding.ts";

export interface Subject {
  readonly operation: Operation;
  readonly policy: OperationPolicy;
  readonly place: Place;
  /** No credential is asked for. */
  readonly isPublic: boolean;
  /** GET, HEAD, OPTIONS and what else changes nothing (RFC 9110 9.2.1). */
  readonly isSafe: boolean;
}

/** Events that come for as long as one listens: an answer that is never whole shows nothing that others do not. */
export function isEndless({ operation }: Subject): boolean {
  return operation.responses.some(({ content }) => content.some(({ name }) => name.startsWith("text/event-stream")));
}

/** As reports name it: `GET /v2/orders/{orderId}`. */
export function routeOf({ operation: { method, template } }: Subject): string {
  return `${method} ${template}`;
}
