// The Splunk sink beside its stand-in, as its tests have it.
import { systemClock } from "../../src/core/clock.ts";
import type { Destination } from "../../src/monitoring/index.ts";
import { splunkDestination, type SplunkOptions } from "../../src/sinks/splunk/splunk-destination.ts";
import { HttpServer } from "./http-server.ts";
import { SplunkStandIn } from "./splunk-stand-in.ts";

export const TOKEN = "secret-0c1f-token";
export const CHANNEL = "6f1c9d2e-8f6a-4b8e-9d44-0f2f8f6f7a11";
export const never = new AbortController().signal;
const PORTS = { name: "splunk", level: "info", clock: systemClock } as const;

export function splunkOf(urls: readonly string[], options: Partial<SplunkOptions> = {}): Destination {
  const defaults = { source: "portcullis", sourcetype: "portcullis:audit", host: "gate-1", gzip: true };
  const times = { acknowledgementTimeoutMs: 5_000, timeoutMs: 20_000 };
  const how = { acknowledgement: "auto", channel: CHANNEL, dangerouslyAllowHttp: false } as const;
  return splunkDestination({ urls, token: TOKEN, ...defaults, ...times, ...how, ...options }, PORTS);
}

export function standInOf(acknowledges: boolean): SplunkStandIn {
  const standIn = new SplunkStandIn();
  standIn.tokens.set(TOKEN, { acknowledges });
  return standIn;
}

/** A stand-in that listens, and the destinations of one test. */
export class SplunkBench {
  readonly standIn = standInOf(true);
  readonly server = new HttpServer(this.standIn.answer);
  readonly #open: Destination[] = [];

  destination(options: Partial<SplunkOptions> = {}, urls = [this.server.url]): Destination {
    const made = splunkOf(urls, options);
    this.#open.push(made);
    return made;
  }

  async start(): Promise<this> {
    await this.server.start();
    return this;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#open.map((one) => one.close()));
    await this.server.stop();
  }
}
