// The field lines that go out: the answer's, with what the exchange sets in the place of lines of the same name.
import type { Exchange } from "../core/exchange.ts";
import type { FieldLines } from "../http/fields.ts";
import { equalsIgnoringCase } from "../http/tokens.ts";

/** The request id goes out once, and it is ours. */
export function withOwnFields(exchange: Exchange, lines: FieldLines): string[] {
  const own = exchange.answerFields;
  const all: string[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string;
    if (name.length === 12 && equalsIgnoringCase(name, "x-request-id")) continue;
    if (own.length > 0 && isReplaced(own, name)) continue;
    all.push(name, lines[i + 1] as string);
  }
  for (let i = 0; i < own.length; i += 1) all.push(own[i] as string);
  all.push("X-Request-Id", exchange.id);
  return all;
}

function isReplaced(own: FieldLines, name: string): boolean {
  for (let i = 0; i < own.length; i += 2) {
    const candidate = own[i] as string;
    if (candidate.length === name.length && equalsIgnoringCase(name, candidate.toLowerCase())) return true;
  }
  return false;
}
