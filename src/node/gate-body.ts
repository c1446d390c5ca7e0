// What a body that was read, or could not be, means for its gate: the same in gateway and adapters.
import { type Exchange, NO_BODY, OVER_LIMIT_BODY } from "../core/exchange.ts";
import type { Gate } from "../core/gate.ts";
import { type Denial, deny } from "../core/outcome.ts";
import type { NodeRequest } from "./incoming.ts";
import { paddedBody, type ReadBody } from "./request-body.ts";

/**
 * Notes the outcome on the exchange. `judge`: the body guards are next. `stream`: it is over its limit, which is only
 * monitored; all of it is in the request's stream again. Otherwise the denial, or `aborted` where nobody is there to be told.
 */
export function settleBody(
  request: NodeRequest,
  exchange: Exchange,
  gate: Gate,
  read: ReadBody,
): "judge" | "stream" | "aborted" | Denial {
  switch (read.kind) {
    case "aborted":
      return "aborted";
    case "late":
      return exchange.refuse(deny("transport.body-too-slow"), "transport.body");
    case "padded":
      return exchange.refuse(paddedBody(), "transport.body");
    case "no-room":
      return exchange.refuse(deny("transport.bodies-held", { lines: ["Retry-After", "5"] }), "transport.body");
    case "over-limit": {
      const denial = deny("validation.body-too-large");
      if (gate.bodyLimitMode === "enforce") return exchange.refuse(denial, "validation.body-length");
      exchange.note({ guard: "validation.body-length", kind: "would-deny", denial });
      exchange.body = OVER_LIMIT_BODY;
      request.unshift(read.soFar);
      return "stream";
    }
    case "read":
      exchange.requestBytes = read.bytes.length;
      exchange.body = read.bytes.length === 0 ? NO_BODY : { kind: "read", bytes: read.bytes };
      return "judge";
  }
}
