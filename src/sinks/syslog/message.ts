// One event as a syslog message of RFC 5424: header, structured data with the event's id, and the event itself as JSON.
import type { SpooledRecord } from "../../monitoring/index.ts";

/** By number (RFC 5424 6.2.1). */
export const FACILITIES = [
  "kern",
  "user",
  "mail",
  "daemon",
  "auth",
  "syslog",
  "lpr",
  "news",
  "uucp",
  "cron",
  "authpriv",
  "ftp",
  "ntp",
  "audit",
  "alert",
  "clock",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
] as const;

export type Facility = (typeof FACILITIES)[number];

export interface SyslogHeader {
  readonly facility: Facility;
  readonly hostname: string;
  readonly appName: string;
  /** Of the sender, as IANA gave it; 32473 is the one for documentation (RFC 5612). */
  readonly enterpriseNumber: number;
}

/** error, warning, informational (RFC 5424 6.2.1); notice for what is no event of ours. */
const SEVERITIES: Readonly<Record<string, number>> = { error: 3, warn: 4, info: 6 };
const NOTICE = 5;
const MSGID_CHARACTERS_MAX = 32;
/** `sequenceId` ends there and begins anew (RFC 5424 7.3.1). */
const SEQUENCE_MAX = 2_147_483_647;

interface Parts {
  readonly log?: { readonly level?: unknown };
  readonly event?: { readonly action?: unknown };
}

export class SyslogMessages {
  readonly #priority: number;
  readonly #origin: string;
  readonly #data: string;

  constructor({ facility, hostname, appName, enterpriseNumber }: SyslogHeader) {
    this.#priority = FACILITIES.indexOf(facility) * 8;
    this.#origin = `${hostname} ${appName} -`;
    this.#data = `[origin software="portcullis"][portcullis@${enterpriseNumber} id="`;
  }

  /** Without framing. No byte order mark before the JSON: who parses it would stumble, and RFC 5424 has it only where known. */
  message({ id, position, timeMs, json }: SpooledRecord): Buffer {
    const { log, event } = partsOf(json);
    const severity = SEVERITIES[String(log?.level)] ?? NOTICE;
    const sequence = ((position - 1) % SEQUENCE_MAX) + 1;
    const head =
      `<${this.#priority + severity}>1 ${new Date(timeMs).toISOString()} ${this.#origin} ${messageId(event?.action)} ` +
      `${this.#data}${escaped(id)}" position="${position}"][meta sequenceId="${sequence}"] `;
    return Buffer.concat([Buffer.from(head), json]);
  }
}

/** Octet counting (RFC 6587 3.4.1, RFC 5425 4.3.1). */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

function partsOf(json: Uint8Array): Parts {
  try {
    const value: unknown = JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString());
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Visible ASCII without spaces, or nothing. */
function messageId(action: unknown): string {
  const text = typeof action === "string" ? action.replaceAll(/[^!-~]/g, "").slice(0, MSGID_CHARACTERS_MAX) : "";
  return text === "" ? "-" : text;
}

/** A value in structured data (RFC 5424 6.3.3). */
function escaped(text: string): string {
  return text.replaceAll(/["\\\]]/g, String.raw`\$&`);
}
