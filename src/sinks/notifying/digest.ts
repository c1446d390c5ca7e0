// Alerts as people read them: one message for all that came together, bounded, and never in less than a while.
import type { Clock } from "../../core/clock.ts";
import type { Delivery, SpooledRecord } from "../../monitoring/index.ts";
import type { Verdict } from "../isolating.ts";

/** More are a number: who reads the first of them knows what is going on. */
const LISTED_MAX = 30;
const LINE_CHARACTERS_MAX = 400;
const SUBJECT_CHARACTERS_MAX = 150;

export interface Digest {
  readonly subject: string;
  /** A line for each. */
  readonly lines: readonly string[];
}

interface Alert {
  readonly "@timestamp"?: string;
  readonly message?: string;
  readonly event?: { readonly id?: string; readonly severity?: number };
  readonly rule?: { readonly description?: string };
  readonly service?: { readonly name?: string };
  readonly portcullis?: { readonly detection?: { readonly level?: string } };
}

export function digestOf(records: readonly SpooledRecord[]): Digest {
  return digest(gravestFirst(records), told);
}

/** The same without a word that a client could have chosen: when, how grave, which rule, and under which id the record has it. */
function plainDigestOf(records: readonly SpooledRecord[], reason: string): Digest {
  const { subject, lines } = digest(gravestFirst(records), toldPlainly);
  return {
    subject,
    lines: [...lines, cut(`What they say was refused (${reason}): it is in the record`, LINE_CHARACTERS_MAX)],
  };
}

function digest(alerts: readonly (Alert | undefined)[], told: (alert: Alert | undefined) => string): Digest {
  const [first] = alerts;
  const others = alerts.length - 1;
  const service = first?.service?.name;
  const subject = `${service === undefined ? "" : `${service}: `}${told(first)}${others > 0 ? ` (and ${others} more)` : ""}`;
  const lines = alerts
    .slice(0, LISTED_MAX)
    .map((alert) => cut(`${alert?.["@timestamp"] ?? ""} ${told(alert)}`, LINE_CHARACTERS_MAX));
  if (alerts.length > LISTED_MAX) lines.push(`and ${alerts.length - LISTED_MAX} more: they are in the record`);
  return { subject: cut(subject, SUBJECT_CHARACTERS_MAX), lines };
}

/** In their order else: who makes thirty small ones first does not keep the one that matters out of the message. */
function gravestFirst(records: readonly SpooledRecord[]): (Alert | undefined)[] {
  return records.map(read).toSorted((one, other) => (other?.event?.severity ?? 0) - (one?.event?.severity ?? 0));
}

function read({ json }: SpooledRecord): Alert | undefined {
  try {
    return JSON.parse(Buffer.from(json).toString("utf8")) as Alert;
  } catch {
    return undefined;
  }
}

function told(alert: Alert | undefined): string {
  return `${alert?.portcullis?.detection?.level ?? "unknown"}: ${alert?.message ?? "an alert that cannot be read"}`;
}

function toldPlainly(alert: Alert | undefined): string {
  const id = alert?.event?.id;
  const rule = alert?.rule?.description ?? "an alert that cannot be read";
  return `${alert?.portcullis?.detection?.level ?? "unknown"}: ${rule}${id === undefined ? "" : ` (event.id ${id})`}`;
}

/** One line, without what a terminal or a mail program would take for more. */
function cut(text: string, charactersMax: number): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return line.length <= charactersMax ? line : `${line.slice(0, charactersMax - 1)}…`;
}

/** What a server said of one message. */
export type MessageVerdict = Exclude<Verdict, { kind: "judged" }>;

/**
 * One message for what came together, and none for a while behind one that was taken. Where a filter refuses what an alert says, no
 * search for that alert may send the others in pieces: all of them are told without what clients chose.
 */
export class Paced {
  readonly #everyMs: number;
  readonly #clock: Clock;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(everyMs: number, clock: Clock) {
    this.#everyMs = everyMs;
    this.#clock = clock;
  }

  /** How long nothing is wanted; the first message goes at once. */
  restMs(): number {
    return Math.max(0, this.#nextMs - this.#clock.monotonicMs());
  }

  async deliver(
    records: readonly SpooledRecord[],
    send: (digest: Digest) => Promise<MessageVerdict>,
  ): Promise<Delivery> {
    let verdict = await send(digestOf(records));
    if (verdict.kind === "refused") verdict = await send(plainDigestOf(records, verdict.reason));
    if (verdict.kind === "taken") {
      this.#nextMs = this.#clock.monotonicMs() + this.#everyMs;
      return { kind: "answered", outcomes: records.map(() => "delivered") };
    }
    // Of words that nobody chose to spoil it, nothing is at fault but the server or its settings.
    const { reason } = verdict;
    const retryAfterMs = verdict.kind === "unavailable" ? verdict.retryAfterMs : undefined;
    return { kind: "unavailable", reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
}

/** A burst is one message: so long the first waits for the others. */
export const DIGEST_LINGER_MS = 2_000;
export const DIGEST_RECORDS_MAX = 1_000;
export const DIGEST_BYTES_MAX = 4 * 1_048_576;
