// One bulk request and what it says of its records: taken one by one, refused for their size or content, or nothing at all.
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import type { Clock } from "../../core/clock.ts";
import { EgressError } from "../../egress/egress-error.ts";
import type { ServerAnswer } from "../../egress/server-client.ts";
import { retryAfterMs } from "../../http/retry-after.ts";
import type { SpooledRecord } from "../../monitoring/index.ts";
import { ANSWER_FILTER, type BulkAnswer, errorType, readBulkAnswer } from "./bulk-answer.ts";
import { bulkBody } from "./bulk-request.ts";
import type { Nodes } from "./nodes.ts";
import type { ElasticsearchOptions } from "./options.ts";

/** An answer to n records is read up to so many bytes. A refused record has about 500. */
const ANSWER_BYTES = 65_536;
const ANSWER_BYTES_EACH = 4_096;

export type BulkResult =
  | ({ readonly kind: "answered"; readonly retryAfterMs: number | undefined } & BulkAnswer)
  /** Refused whole for what is in it. `bytes` is what was too large. */
  | { readonly kind: "refused"; readonly why: string; readonly tooLarge: boolean; readonly bytes: number }
  /** `status` is undefined where there was no answer. */
  | {
      readonly kind: "unavailable";
      readonly reason: string;
      readonly status: number | undefined;
      readonly retryAfterMs: number | undefined;
    };

const packed = promisify(gzip);

export async function sendBulk(
  nodes: Nodes,
  options: ElasticsearchOptions,
  records: readonly SpooledRecord[],
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<BulkResult> {
  const plain = bulkBody(records);
  let answer: ServerAnswer;
  try {
    answer = await nodes.ask({
      method: "POST",
      path: `/${encodeURIComponent(options.dataStream)}/_bulk?${ANSWER_FILTER}`,
      fields: {
        "content-type": "application/x-ndjson",
        accept: "application/json",
        ...(options.gzip && { "content-encoding": "gzip" }),
      },
      // Events are much alike: the cheapest level already leaves a tenth.
      body: options.gzip ? await packed(plain, { level: constants.Z_BEST_SPEED }) : plain,
      bytesMax: ANSWER_BYTES + records.length * ANSWER_BYTES_EACH,
      signal,
    });
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    return { kind: "unavailable", reason: error.message, status: undefined, retryAfterMs: undefined };
  }
  const { status, body } = answer;
  const waitMs = retryAfterMs(answer.field("retry-after"), clock.nowMs());
  if (status === 200) {
    const read = readBulkAnswer(body, records);
    if (read !== undefined) return { kind: "answered", ...read, retryAfterMs: waitMs };
    const reason = "its answer does not fit what was sent";
    return { kind: "unavailable", reason, status, retryAfterMs: waitMs };
  }
  const type = errorType(body, status);
  // A 400 that no such server wrote comes from something between: it says nothing of the records.
  if (status === 413 || (status === 400 && type !== undefined)) {
    const why = [String(status), ...(type === undefined ? [] : [type])].join(" ");
    return { kind: "refused", why, tooLarge: status === 413, bytes: plain.length };
  }
  return { kind: "unavailable", reason: whyRefused(status, type), status, retryAfterMs: waitMs };
}

/** For the operator: what to look at. */
export function whyRefused(status: number, type: string | undefined): string {
  const what = type === undefined ? String(status) : `${status} ${type}`;
  if (status === 401) return `it refuses the credentials (${what})`;
  if (status === 403) return `the credentials may not do that (${what})`;
  if (status >= 300 && status < 400) return `it answered ${what}: redirects are not followed`;
  if (status === 429) return `it has too much to do (${what})`;
  return `it answered ${what}`;
}
