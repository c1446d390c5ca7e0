// What a person at a terminal sees of an exchange: the same masking as in the JSON, fewer fields.
import type { Exchange } from "../core/exchange.ts";
import { cut } from "./escaping.ts";
import { maskedSentence } from "./masking.ts";
import type { EventView, Level } from "./sink.ts";
import { toldViolation } from "./told-violation.ts";

interface Seen {
  readonly level: Level;
  readonly endedMs: number;
  /** As it may be shown. */
  readonly path: string;
  readonly who: string;
}

export function exchangeView(exchange: Exchange, seen: Seen): EventView {
  return {
    kind: "exchange",
    timeMs: exchange.startedAtMs,
    level: seen.level,
    status: exchange.answerStatus,
    method: cut(exchange.request.method, 32),
    path: seen.path,
    what: whatOf(exchange),
    who: seen.who,
    address: exchange.request.clientAddress,
    durationMs: seen.endedMs - exchange.startedMonotonicMs,
    id: exchange.id,
    remark: remarkOf(exchange),
  };
}

/** The reason; what guards in monitor would have said; that nobody waited; or simply the operation. */
function whatOf(exchange: Exchange): string {
  if (exchange.denial !== undefined) return exchange.denial.reason;
  if (exchange.refusedBehind !== undefined) return exchange.refusedBehind.reason;
  const would = exchange.notes.find((note) => note.denial !== undefined);
  if (would?.denial !== undefined) return `would: ${would.denial.reason}`;
  if (exchange.ended !== "complete" && exchange.ended !== "open") return exchange.ended;
  return exchange.operation?.id ?? "-";
}

function remarkOf(exchange: Exchange): string {
  if (exchange.faultBy !== undefined) return `fault in ${exchange.faultBy}`;
  const denial = exchange.denial ?? exchange.notes.find((note) => note.denial !== undefined)?.denial;
  const [first, ...others] = denial?.violations ?? [];
  if (first !== undefined)
    return maskedSentence(toldViolation(first).message) + (others.length > 0 ? ` (+${others.length})` : "");
  return maskedSentence(denial?.internal ?? denial?.detail ?? "");
}
