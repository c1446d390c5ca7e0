// What a server says to a bulk request, read strictly: an answer that does not fit the request says nothing about any record.
import { isJsonObject, type JsonValue, readJsonObject } from "../../cryptography/json.ts";
import { cut, visible } from "../../monitoring/escaping.ts";
import { maskedSentence } from "../../monitoring/masking.ts";
import type { RecordOutcome, SpooledRecord } from "../../monitoring/index.ts";

/** Items stand two levels deep, their errors a few more. */
const DEPTH_MAX = 24;
const REASON_CHARACTERS_MAX = 300;
/** They speak of the index and of our rights, not of the event: nothing is wrong with what was sent. */
const OF_THE_INDEX = new Set([401, 403, 404]);

/** All that is read of an answer; everything else stays with the server. */
export const ANSWER_FILTER = "filter_path=errors,items.*._id,items.*.status,items.*.error.type,items.*.error.reason";

export interface BulkAnswer {
  readonly outcomes: readonly RecordOutcome[];
  /** Why the first of those that are offered again was not taken. */
  readonly whyRetry: string | undefined;
}

/** Undefined where it is not the answer to these records. */
export function readBulkAnswer(body: Buffer, records: readonly SpooledRecord[]): BulkAnswer | undefined {
  const answer = readJsonObject(body, DEPTH_MAX);
  const items = answer?.["items"];
  if (typeof answer?.["errors"] !== "boolean" || !Array.isArray(items) || items.length !== records.length) {
    return undefined;
  }
  const outcomes: RecordOutcome[] = [];
  let whyRetry: string | undefined;
  for (const [i, item] of (items as readonly JsonValue[]).entries()) {
    const result = isJsonObject(item) ? item["create"] : undefined;
    if (!isJsonObject(result) || result["_id"] !== records[i]?.id) return undefined;
    const { status } = result;
    if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) return undefined;
    const outcome = outcomeOf(status, result["error"]);
    if (outcome === "retry") whyRetry ??= errorText(status, result["error"]);
    outcomes.push(outcome);
  }
  return { outcomes, whyRetry };
}

/** 409: it is there already, from a request whose answer was lost. */
function outcomeOf(status: number, error: JsonValue | undefined): RecordOutcome {
  if (status < 300 || status === 409) return "delivered";
  if (status === 429 || status >= 500 || OF_THE_INDEX.has(status)) return "retry";
  return { dead: errorText(status, error) };
}

/** `400 mapper_parsing_exception: failed to parse field …`: made visible, masked, bounded. */
function errorText(status: number, error: JsonValue | undefined): string {
  if (!isJsonObject(error)) return String(status);
  const { type, reason } = error;
  const parts = [
    [status, typeof type === "string" ? type : ""].join(" ").trim(),
    ...(typeof reason === "string" ? [reason] : []),
  ];
  return visible(cut(maskedSentence(parts.join(": ")), REASON_CHARACTERS_MAX));
}

/** Of an answer to the whole request, the type of its error; undefined where it is not such an error. */
export function errorType(body: Buffer, status: number): string | undefined {
  const answer = readJsonObject(body, DEPTH_MAX);
  if (answer?.["status"] !== status || !isJsonObject(answer["error"])) return undefined;
  const { type } = answer["error"];
  return typeof type === "string" && /^[a-z][a-z0-9_]{0,63}$/.test(type) ? type : undefined;
}
