// Alerts by mail: what came together is one mail, and there are few of them whatever happens.
import { once } from "node:events";
import { type MailServer, openMailServer } from "../../egress/mail-server.ts";
import type { Delivery, Destination, Level, SpooledRecord } from "../../monitoring/index.ts";
import type { DestinationPorts } from "../destination-ports.ts";
import {
  type Digest,
  DIGEST_BYTES_MAX,
  DIGEST_LINGER_MS,
  DIGEST_RECORDS_MAX,
  type MessageVerdict,
  Paced,
} from "./digest.ts";

/** All of it JSON: a reload compares it. */
export interface MailOptions {
  /** `smtp:` or `smtps:`; it may hold a password. */
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly everyMs: number;
}

export function mailDestination(options: MailOptions, ports: DestinationPorts): Destination {
  return new MailDestination(options, ports);
}

class MailDestination implements Destination {
  readonly name: string;
  readonly level: Level;
  readonly recordsMax = DIGEST_RECORDS_MAX;
  readonly bytesMax = DIGEST_BYTES_MAX;
  readonly lingerMs = DIGEST_LINGER_MS;
  readonly assurance = "at-least-once";
  readonly #options: MailOptions;
  readonly #pace: Paced;
  #opening: Promise<MailServer> | undefined;

  constructor(options: MailOptions, { name, level, clock }: DestinationPorts) {
    this.name = name;
    this.level = level;
    this.#options = options;
    this.#pace = new Paced(options.everyMs, clock);
  }

  restMs(): number {
    return this.#pace.restMs();
  }

  deliver(records: readonly SpooledRecord[], signal: AbortSignal): Promise<Delivery> {
    return this.#pace.deliver(records, (digest) => this.#sendUnlessEnded(digest, signal));
  }

  /** A server that hangs holds up no end: what it may have taken is sent again at the next start. */
  async #sendUnlessEnded(digest: Digest, signal: AbortSignal): Promise<MessageVerdict> {
    const over = new AbortController();
    const ended = once(signal, "abort", { signal: over.signal }).then((): MessageVerdict => ({
      kind: "unavailable",
      reason: "it did not answer before the end",
    }));
    ended.catch(() => undefined);
    try {
      return await Promise.race([this.#send(digest), ...(signal.aborted ? [] : [ended])]);
    } finally {
      over.abort();
    }
  }

  async #send({ subject, lines }: Digest): Promise<MessageVerdict> {
    const { url, from, to } = this.#options;
    try {
      const server = await (this.#opening ??= openMailServer(url, from));
      const text = `${lines.join("\n")}\n\nWhat was seen, and the requests behind it, are in the record: event.kind "alert".\n`;
      const headers = { "Auto-Submitted": "auto-generated" };
      await server.sendMail({ to: [...to], subject: `[Portcullis] ${subject}`, text, headers });
      return { kind: "taken" };
    } catch (error) {
      const reason = `${new URL(url).host}: ${codeOf(error)}`;
      return isAboutContent(error) ? { kind: "refused", reason, surely: true } : { kind: "unavailable", reason };
    }
  }

  async close(): Promise<void> {
    (await this.#opening)?.close();
  }
}

/** For good, and behind the last byte of the message: a filter that does not like what it says. Recipients and credentials are the owner's to mend. */
function isAboutContent(error: unknown): boolean {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return code === "EMESSAGE" && typeof responseCode === "number" && responseCode >= 500;
}

/** Never the message, which may quote what was sent. */
function codeOf(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return [code, responseCode].filter((part) => typeof part === "string" || typeof part === "number").join(" ");
}
