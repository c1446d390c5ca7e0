// Splunk by its HTTP Event Collector. With indexer acknowledgement a record counts as delivered only once it is indexed.
import { setTimeout as pause } from "node:timers/promises";
import { createServerClient } from "../../egress/server-client.ts";
import type { Delivery, Destination, Level, RecordOutcome, SpooledRecord } from "../../monitoring/index.ts";
import type { DestinationPorts } from "../destination-ports.ts";
import { Envelope } from "./envelope.ts";
import { HecServer } from "./hec-server.ts";

/** All of it JSON: a reload compares it. */
export interface SplunkOptions {
  /** Scheme, host and port of each collector; they share token and index. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly index?: string | undefined;
  readonly source: string;
  readonly sourcetype: string;
  readonly host: string;
  /** `auto`: waited for where the server gives an id to wait for. `required`: without one nothing counts as delivered. */
  readonly acknowledgement: "auto" | "required" | "off";
  readonly acknowledgementTimeoutMs: number;
  /** Names us to the server, the same after a restart. */
  readonly channel: string;
  readonly gzip: boolean;
  readonly timeoutMs: number;
  readonly ca?: string | undefined;
  readonly dangerouslyAllowHttp: boolean;
}

/** Splunk Cloud takes a megabyte in one request. */
const REQUEST_BYTES_MAX = 900_000;
const RECORDS_MAX = 5_000;
const BYTES_MAX = 4 * 1_048_576;
/** Bad events taken out of one request before the rest waits for the next batch. */
const ROUNDS_MAX = 32;
const CONNECT_TIMEOUT_MS = 10_000;
const POLL_MS = 200;
const POLL_MS_MAX = 5_000;

interface Sent {
  readonly acknowledgeId: number;
  readonly places: readonly number[];
}

export function splunkDestination(options: SplunkOptions, ports: DestinationPorts): Destination {
  return new SplunkDestination(options, ports);
}

class SplunkDestination implements Destination {
  readonly name: string;
  readonly level: Level;
  readonly recordsMax = RECORDS_MAX;
  readonly bytesMax = BYTES_MAX;
  readonly assurance = "at-least-once";
  readonly #options: SplunkOptions;
  readonly #ports: DestinationPorts;
  readonly #envelope: Envelope;
  readonly #servers: readonly HecServer[];
  /** The one in use: acknowledgements are known only where the events went. */
  #current = 0;

  constructor(options: SplunkOptions, ports: DestinationPorts) {
    this.name = ports.name;
    this.level = ports.level;
    this.#options = options;
    this.#ports = ports;
    this.#envelope = new Envelope(options);
    this.#servers = options.urls.map((url) => this.#server(url));
  }

  async deliver(records: readonly SpooledRecord[], signal: AbortSignal): Promise<Delivery> {
    let delivery: Delivery | undefined;
    for (let tried = 0; tried < this.#servers.length; tried += 1) {
      const server = this.#servers[this.#current] as HecServer;
      delivery = await new Attempt(server, records, this.#envelope, this.#options, this.#ports, signal).run();
      if (delivery.kind === "answered" || signal.aborted) return delivery;
      this.#current = (this.#current + 1) % this.#servers.length;
    }
    return delivery as Delivery;
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  #server(url: string): HecServer {
    const { token, gzip, timeoutMs, ca, acknowledgement, channel, dangerouslyAllowHttp } = this.#options;
    const trust = ca === undefined ? {} : { ca };
    const limits = { connectTimeoutMs: CONNECT_TIMEOUT_MS, firstByteTimeoutMs: timeoutMs };
    return new HecServer({
      client: createServerClient({ url, ...limits, ...trust, dangerouslyAllowHttp }),
      token,
      channel: acknowledgement === "off" ? undefined : channel,
      gzip,
      timeoutMs,
      nowMs: () => this.#ports.clock.nowMs(),
    });
  }
}

/** One batch at one server: sent in requests of a bounded size, then waited for together. */
class Attempt {
  readonly #server: HecServer;
  readonly #records: readonly SpooledRecord[];
  readonly #envelope: Envelope;
  readonly #options: SplunkOptions;
  readonly #ports: DestinationPorts;
  readonly #signal: AbortSignal;
  readonly #outcomes: RecordOutcome[];
  readonly #sent: Sent[] = [];
  #trouble: { reason: string } | undefined;
  #retryAfterMs: number | undefined;

  constructor(
    server: HecServer,
    records: readonly SpooledRecord[],
    envelope: Envelope,
    options: SplunkOptions,
    ports: DestinationPorts,
    signal: AbortSignal,
  ) {
    this.#server = server;
    this.#records = records;
    this.#envelope = envelope;
    this.#options = options;
    this.#ports = ports;
    this.#signal = signal;
    this.#outcomes = records.map(() => "retry");
  }

  async run(): Promise<Delivery> {
    let rounds = 0;
    const waiting = this.#requests();
    for (let places = waiting.shift(); places !== undefined; places = waiting.shift()) {
      const rest = await this.#send(places);
      if (this.#trouble !== undefined) break;
      if (rest.length > 0 && (rounds += 1) <= ROUNDS_MAX) waiting.unshift(...rest);
    }
    if (this.#sent.length > 0) await this.#acknowledged();
    const again = this.#retryAfterMs === undefined ? {} : { retryAfterMs: this.#retryAfterMs };
    if (this.#trouble !== undefined && this.#outcomes.every((outcome) => outcome === "retry")) {
      return { kind: "unavailable", reason: this.#trouble.reason, ...again };
    }
    return { kind: "answered", outcomes: this.#outcomes, ...again };
  }

  /** The batch cut into requests, as places of records. */
  #requests(): number[][] {
    const requests: number[][] = [];
    let size = Number.POSITIVE_INFINITY;
    for (const [place, { json }] of this.#records.entries()) {
      const bytes = json.length + this.#envelope.bytes;
      if (size + bytes > REQUEST_BYTES_MAX) {
        requests.push([]);
        size = 0;
      }
      (requests.at(-1) as number[]).push(place);
      size += bytes;
    }
    return requests;
  }

  /** Sends a request; what of it is to be sent again at once, without the event that it failed for. */
  async #send(places: readonly number[]): Promise<readonly number[][]> {
    const body = this.#envelope.body(places.map((place) => this.#records[place] as SpooledRecord));
    const answer = await this.#server.send(body, this.#signal);
    if (answer.kind === "unavailable") {
      this.#trouble = answer;
      this.#retryAfterMs = answer.retryAfterMs;
      return [];
    }
    if (answer.kind === "taken") {
      this.#retryAfterMs = answer.retryAfterMs;
      this.#taken(places, answer.acknowledgeId);
      return [];
    }
    return this.#refused(places, answer.at, answer.reason);
  }

  #taken(places: readonly number[], acknowledgeId: number | undefined): void {
    const { acknowledgement } = this.#options;
    if (acknowledgement === "off" || (acknowledgement === "auto" && acknowledgeId === undefined)) {
      for (const place of places) this.#outcomes[place] = "delivered";
    } else if (acknowledgeId === undefined) {
      this.#trouble = { reason: "Splunk gave no id to wait for: the token has no indexer acknowledgement" };
    } else this.#sent.push({ acknowledgeId, places });
  }

  /** Those before the bad one may have been taken: they are sent again with the same id, as nobody says whether. */
  #refused(places: readonly number[], at: number | undefined, reason: string): readonly number[][] {
    const bad = places.length === 1 ? places[0] : places[at ?? -1];
    if (bad !== undefined) {
      this.#outcomes[bad] = { dead: reason };
      const rest = places.filter((place) => place !== bad);
      return rest.length === 0 ? [] : [rest];
    }
    const middle = places.length >>> 1;
    return [places.slice(0, middle), places.slice(middle)];
  }

  /** Asks until all are indexed, or too much time has passed: then they are sent again. */
  async #acknowledged(): Promise<void> {
    const { clock } = this.#ports;
    const untilMs = clock.monotonicMs() + this.#options.acknowledgementTimeoutMs;
    const open = new Map(this.#sent.map(({ acknowledgeId, places }) => [acknowledgeId, places]));
    for (let waitMs = POLL_MS; open.size > 0; waitMs = Math.min(waitMs * 1.5, POLL_MS_MAX)) {
      const leftMs = untilMs - clock.monotonicMs();
      if (leftMs <= 0 || this.#signal.aborted) {
        this.#trouble ??= { reason: "Splunk did not say in time that the events are indexed" };
        return;
      }
      await pause(Math.min(waitMs, leftMs), undefined, { signal: this.#signal }).catch(() => undefined);
      const told = await this.#server.acknowledged([...open.keys()], this.#signal);
      if (told.kind === "unknown") {
        this.#trouble ??= told;
        return;
      }
      if (told.kind === "later") {
        waitMs = Math.max(waitMs, Math.min(told.retryAfterMs ?? 0, POLL_MS_MAX));
        continue;
      }
      for (const id of told.ids) {
        for (const place of open.get(id) ?? []) this.#outcomes[place] = "delivered";
        open.delete(id);
      }
    }
  }
}
