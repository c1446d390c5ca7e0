// The field lines that go out: the answer's, with what the exchange sets in the place of lines of the same name.
import type { Exchange } from "../core/exchange.ts";
import { type FieldLines, linesHold } from "../http/fields.ts";

/** The request id goes out once, and it is ours. */
export function withOwnFields(exchange: Exchange, lines: FieldLines): string[] {
  const own = exchange.answerFields;
  const all: string[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string;
    if (name.length === 12 && name.toLowerCase() === "x-request-id") continue;
    if (own.length > 0 && linesHold(own, name.toLowerCase())) continue;
    all.push(name, lines[i + 1] as string);
  }
  for (let i = 0; i < own.length; i += 1) all.push(own[i] as string);
  all.push("X-Request-Id", exchange.id);
  return all;
}
