// Notes what requests and answers of undeclared operations hold, where such are let through: names and types for a proposal.
import type { AnswerHead, Exchange } from "../core/exchange.ts";
import type { RequestGuard, ResponseGuard } from "../core/guard.ts";
import { CONTINUE, type Outcome } from "../core/outcome.ts";
import type { Undeclared } from "../core/undeclared.ts";
import { essenceOf } from "../http/media-type.ts";
import { ANSWER_JSON, fieldOf, mediaOf } from "./response-validation.ts";
import { readJson } from "./strict-json.ts";
import { usedIn, usedInForm } from "./used-names.ts";

const GUARD = "validation.undeclared-contents";

/** For the gates of undeclared operations, only where they monitor: who refuses reads nothing. */
export const undeclaredBodyGuard: RequestGuard = Object.freeze({
  practice: "validation",
  name: GUARD,
  mode: "monitor",
  check(exchange) {
    if (!exchange.request.hasBody) return CONTINUE;
    const media = essenceOf(exchange.request.fields.get("content-type"));
    const { body } = exchange;
    if (body.kind !== "read" || body.bytes.length === 0) return CONTINUE;
    const undeclared = usedInBody(body.bytes, media);
    exchange.note({ guard: GUARD, kind: "noticed", undeclared });
    return CONTINUE;
  },
} as const satisfies RequestGuard);

function usedInBody(bytes: Uint8Array, media: string | undefined): Undeclared {
  if (media === "application/x-www-form-urlencoded") {
    return usedInForm(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1"), media);
  }
  const reading = isJson(media) ? readJson(bytes) : undefined;
  return reading?.ok === true ? usedIn("body", reading.value, media) : { in: "body", media, names: [] };
}

export const undeclaredAnswerGuard: ResponseGuard = Object.freeze({
  practice: "validation",
  name: GUARD,
  mode: "monitor",
  on: "upstream",
  needsBody(exchange, answer) {
    const media = mediaOf(answer);
    const coding = fieldOf(answer.lines, "content-encoding")?.toLowerCase() ?? "identity";
    if (isJson(media) && coding === "identity") return true;
    if (media !== undefined)
      exchange.note({ guard: GUARD, kind: "noticed", undeclared: { in: "answer", media, names: [] } });
    return false;
  },
  body(exchange: Exchange, answer: AnswerHead, bytes: Uint8Array): Outcome {
    const media = mediaOf(answer);
    const reading = readJson(bytes, ANSWER_JSON);
    const undeclared = reading.ok
      ? usedIn("answer", reading.value, media)
      : { in: "answer" as const, media, names: [] };
    exchange.note({ guard: GUARD, kind: "noticed", undeclared });
    return CONTINUE;
  },
} as const satisfies ResponseGuard);

function isJson(media: string | undefined): boolean {
  return media !== undefined && /[/+]json$/.test(media);
}
