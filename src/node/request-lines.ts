// The request's field lines as the API behind the gate gets them: from an upstream call, or as an application's request fields.
import type { Exchange } from "../core/exchange.ts";
import type { Gate } from "../core/gate.ts";
import type { FieldLines } from "../http/fields.ts";
import { forwardedLines } from "../transport/forwarding.ts";

export function requestLines(exchange: Exchange, gate: Gate): FieldLines {
  const { buffersAnswer: unencodedAnswer, declaredFields, withheldCookies } = gate;
  if (declaredFields === undefined) return forwardedLines(exchange, { unencodedAnswer, withheldCookies });
  const { unusual: declaredNames, withheld: withheldNames } = declaredFields;
  return forwardedLines(exchange, { unencodedAnswer, withheldCookies, declaredNames, withheldNames });
}
