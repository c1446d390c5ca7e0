// A syslog server: RFC 5424 over TLS, over TCP on this machine, or over UDP, where an event may be lost.
import { EgressError } from "../../egress/egress-error.ts";
import type { Delivery, Destination, Level, RecordOutcome, SpooledRecord } from "../../monitoring/index.ts";
import type { DestinationPorts } from "../destination-ports.ts";
import { DatagramTransport } from "./datagram-transport.ts";
import { type SyslogHeader, SyslogMessages } from "./message.ts";
import { shortenedEvent } from "./shortened.ts";
import { StreamTransport, Unconfirmed } from "./stream-transport.ts";

/** All of it JSON: a reload compares it. */
export interface SyslogOptions extends SyslogHeader {
  readonly transport: "tls" | "tcp" | "udp";
  readonly host: string;
  readonly port: number;
  /** Longer ones are cut or dropped by servers without a word, so that events that are longer are shortened here. */
  readonly messageBytesMax: number;
  readonly timeoutMs: number;
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly dangerouslyUnencrypted: boolean;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** A batch is a connection. */
const RECORDS_MAX = 1_000;
const BYTES_MAX = 1_048_576;
/** A burst of datagrams overruns a receiver. */
const DATAGRAMS_MAX = 64;

export function syslogDestination(options: SyslogOptions, ports: DestinationPorts): Destination {
  return new SyslogDestination(options, ports);
}

class SyslogDestination implements Destination {
  readonly name: string;
  readonly level: Level;
  readonly recordsMax: number;
  readonly bytesMax = BYTES_MAX;
  readonly assurance: Destination["assurance"];
  readonly #messages: SyslogMessages;
  readonly #bytesMax: number;
  readonly #transport: StreamTransport | DatagramTransport;
  /** For messages: `tls://logs.example.com:6514`. */
  readonly #shown: string;

  constructor(options: SyslogOptions, { name, level }: DestinationPorts) {
    const { transport, host, port, timeoutMs } = options;
    this.name = name;
    this.level = level;
    this.recordsMax = transport === "udp" ? DATAGRAMS_MAX : RECORDS_MAX;
    this.assurance = transport === "udp" ? "at-most-once" : "at-least-once";
    this.#messages = new SyslogMessages(options);
    this.#bytesMax = options.messageBytesMax;
    this.#shown = `${transport}://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const target = {
      host,
      port,
      encrypted: transport === "tls",
      dangerouslyUnencrypted: options.dangerouslyUnencrypted,
      ...(options.ca !== undefined && { ca: options.ca }),
      ...(options.certificate !== undefined && { certificate: options.certificate }),
      ...(options.key !== undefined && { key: options.key }),
    };
    const connectTimeoutMs = Math.min(CONNECT_TIMEOUT_MS, timeoutMs);
    this.#transport =
      transport === "udp"
        ? new DatagramTransport(target)
        : new StreamTransport(target, { connectTimeoutMs, timeoutMs });
  }

  async deliver(records: readonly SpooledRecord[], signal: AbortSignal): Promise<Delivery> {
    const outcomes: RecordOutcome[] = records.map(() => "retry");
    const messages: Buffer[] = [];
    const places: number[] = [];
    for (const [place, record] of records.entries()) {
      const whole = this.#messages.message(record);
      const message = whole.length > this.#bytesMax ? this.#shortened(record, whole.length) : whole;
      if (message === undefined) {
        outcomes[place] = { dead: `its message has ${whole.length} bytes, more than ${this.#bytesMax}` };
        continue;
      }
      messages.push(message);
      places.push(place);
    }
    const { sent, tooLong, reason } = await this.#send(messages, signal);
    for (const [i, place] of places.slice(0, sent).entries()) {
      outcomes[place] = tooLong?.has(i) === true ? { dead: "the network takes no message of its length" } : "delivered";
    }
    if (reason !== undefined && outcomes.every((outcome) => outcome === "retry"))
      return { kind: "unavailable", reason };
    return { kind: "answered", outcomes };
  }

  close(): Promise<void> {
    this.#transport.close();
    return Promise.resolve();
  }

  /** `bytes`: of its message, what stands around the event included. */
  #shortened(record: SpooledRecord, bytes: number): Buffer | undefined {
    const around = bytes - record.json.length;
    const json = shortenedEvent(record.json, this.#bytesMax - around);
    return json && this.#messages.message({ ...record, json });
  }

  async #send(messages: readonly Buffer[], signal: AbortSignal): Promise<Sent> {
    if (messages.length === 0) return { sent: 0 };
    try {
      if (this.#transport instanceof DatagramTransport) {
        const { tried, tooLong, fault } = await this.#transport.send(messages, signal);
        return { sent: tried, tooLong, reason: fault && `${this.#shown}: ${fault.message}` };
      }
      await this.#transport.send(messages, signal);
      return { sent: messages.length };
    } catch (error) {
      if (error instanceof EgressError) return { sent: 0, reason: `${this.#shown}: ${error.what}` };
      if (error instanceof Unconfirmed) return { sent: 0, reason: `${this.#shown}: ${error.message}` };
      throw error;
    }
  }
}

interface Sent {
  /** From the first. */
  readonly sent: number;
  readonly tooLong?: ReadonlySet<number>;
  readonly reason?: string | undefined;
}
