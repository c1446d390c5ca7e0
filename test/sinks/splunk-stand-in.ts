// A strict HTTP Event Collector, written from Splunk's documentation: tokens, channels, acknowledgement, error codes. It is no
// Splunk: what it proves is that we keep to what is documented.
import type { ServerResponse } from "node:http";
import type { Asked } from "./http-server.ts";

interface Token {
  readonly acknowledges: boolean;
  readonly enabled?: boolean;
  readonly indexes?: readonly string[];
}

interface Envelope {
  readonly time: number;
  readonly host: string;
  readonly source: string;
  readonly sourcetype: string;
  readonly index?: string;
  readonly event: { readonly event: { readonly id: string } };
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const KEYS = new Set(["time", "host", "source", "sourcetype", "index", "event", "fields"]);

interface Request {
  readonly id: number;
  readonly events: readonly Envelope[];
  /** Written by the indexer, not only taken. */
  indexed: boolean;
}

export class SplunkStandIn {
  readonly tokens = new Map<string, Token>();
  /** What a search finds. */
  readonly indexed: Envelope[] = [];
  /** Whether requests are indexed as soon as they are taken. */
  indexesAtOnce = true;
  readonly polls: number[][] = [];
  readonly channels = new Map<string, Map<number, Request>>();
  #counts = new Map<string, number>();

  readonly answer = (asked: Asked, response: ServerResponse): void => {
    const say = (status: number, code: number, text: string, more: object = {}): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ text, code, ...more }));
    };
    const refused = this.#authorize(asked);
    if (refused !== undefined) return say(...refused);
    const token = this.tokens.get(tokenOf(asked)) as Token;
    const url = new URL(asked.url, "http://x");
    if (asked.method !== "POST") return say(405, 404, "The method is not allowed");
    const channel = (asked.headers["x-splunk-request-channel"] ?? url.searchParams.get("channel") ?? "") as string;
    if (url.pathname === "/services/collector/ack") return this.#poll(asked, token, channel, response, say);
    if (url.pathname !== "/services/collector/event") return say(404, 404, "The requested URL was not found");
    if (token.acknowledges && channel === "") return say(400, 10, "Data channel is missing");
    if (token.acknowledges && !GUID.test(channel)) return say(400, 11, "Invalid data channel");
    this.#take(asked, token, channel, say);
  };

  /** The indexer writes what was taken so far, or one request of it. */
  index(only?: number): void {
    for (const requests of this.channels.values()) {
      for (const request of requests.values()) if (only === undefined || request.id === only) this.#write(request);
    }
  }

  /** What a restart does: what was taken and not indexed is gone, and so is every status. */
  restart(): void {
    this.channels.clear();
    this.#counts.clear();
  }

  get ids(): string[] {
    return this.indexed.map(({ event }) => event.event.id);
  }

  #authorize(asked: Asked): [number, number, string] | undefined {
    const field = asked.headers.authorization;
    if (field === undefined) return [401, 2, "Token is required"];
    if (!/^Splunk \S+$/.test(field)) return [401, 3, "Invalid authorization"];
    const token = this.tokens.get(tokenOf(asked));
    if (token === undefined) return [403, 4, "Invalid token"];
    return token.enabled === false ? [403, 1, "Token disabled"] : undefined;
  }

  #take(asked: Asked, token: Token, channel: string, say: Say): void {
    if (asked.headers["content-type"] !== "application/json") return say(400, 6, "Invalid data format");
    if (asked.body.length === 0) return say(400, 5, "No data");
    const events: Envelope[] = [];
    for (const [number, text] of stacked(asked.body.toString()).entries()) {
      const wrong = wrongWith(text, token);
      if (wrong !== undefined) return say(400, ...wrong, { "invalid-event-number": number });
      events.push(JSON.parse(text) as Envelope);
    }
    if (!token.acknowledges) {
      this.indexed.push(...events);
      return say(200, 0, "Success");
    }
    const id = this.#counts.get(channel) ?? 0;
    this.#counts.set(channel, id + 1);
    const request = { id, events, indexed: false };
    const requests = this.channels.get(channel) ?? new Map<number, Request>();
    this.channels.set(channel, requests.set(id, request));
    if (this.indexesAtOnce) this.#write(request);
    say(200, 0, "Success", { ackId: id });
  }

  #write(request: Request): void {
    if (!request.indexed) this.indexed.push(...request.events);
    request.indexed = true;
  }

  /** A status that was told as true is forgotten. */
  #poll(asked: Asked, token: Token, channel: string, response: ServerResponse, say: Say): void {
    if (!token.acknowledges) return say(400, 14, "ACK is disabled");
    if (channel === "") return say(400, 10, "Data channel is missing");
    if (!GUID.test(channel)) return say(400, 11, "Invalid data channel");
    const { acks } = JSON.parse(asked.body.toString()) as { acks: number[] };
    this.polls.push(acks);
    const requests = this.channels.get(channel);
    const told = Object.fromEntries(acks.map((id) => [id, requests?.get(id)?.indexed === true]));
    for (const id of acks) if (told[id] === true) requests?.delete(id);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ acks: told }));
  }
}

type Say = (status: number, code: number, text: string, more?: object) => void;

function tokenOf(asked: Asked): string {
  return (asked.headers.authorization ?? "").slice("Splunk ".length);
}

/** Objects one after the other, as in a request of several events. */
function stacked(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

function wrongWith(text: string, token: Token): [number, string] | undefined {
  let value: Partial<Record<string, unknown>>;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return [6, "Invalid data format"];
  }
  const known = Object.keys(value).every((key) => KEYS.has(key));
  const texts = [value["host"], value["source"], value["sourcetype"]].every((one) => typeof one === "string");
  if (!known || !texts || typeof value["time"] !== "number") return [6, "Invalid data format"];
  if (value["event"] === undefined || value["event"] === null) return [12, "Event field is required"];
  if (value["event"] === "") return [13, "Event field cannot be blank"];
  if (token.indexes !== undefined && !token.indexes.includes(value["index"] as string)) return [7, "Incorrect index"];
  return undefined;
}
