// The one client for what we call ourselves: no redirects, verified TLS, limits on time and size, the type that was asked for, settled addresses.
import { lookup as dnsLookup } from "node:dns/promises";
import type { Dispatcher } from "undici";
import type { LookupAddress } from "node:dns";
import { readJsonObject } from "../cryptography/json.ts";
import { answerLookup, connectOptions, type Trust } from "./connecting.ts";
import { type DestinationRules, type Lookup, settleDestination } from "./destination.ts";
import { EgressError } from "./egress-error.ts";
import { Client } from "./undici.ts";

/** Metadata and key sets nest three levels. */
const JSON_DEPTH_MAX = 16;

/** What an answer has to be. */
interface Expected {
  readonly accept: string;
  readonly type: RegExp;
  readonly word: string;
  readonly fault: "not-json" | "not-text";
  readonly fields?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly bytes: Buffer;
  readonly status: number;
}

const JSON_EXPECTED: Expected = {
  accept: "application/json",
  type: /^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/i,
  word: "JSON",
  fault: "not-json",
};
const TEXT_EXPECTED: Expected = {
  accept: "text/plain",
  type: /^text\/plain(?:\s*;|$)/i,
  word: "text",
  fault: "not-text",
};

export interface EgressOptions extends Trust {
  /** Plain http also beyond loopback. */
  readonly dangerouslyAllowHttp?: boolean;
  readonly lookup?: Lookup;
}

export interface GetLimits {
  /** For everything together: resolving, connecting, the whole answer. */
  readonly timeoutMs: number;
  readonly bytesMax: number;
  /** What the owner wrote, where `url` was derived from an answer of it. */
  readonly configuredUrl?: string;
}

export interface Egress {
  /** The JSON object that a GET answers with 200. Rejects with EgressError. */
  getJson(url: string, limits: GetLimits): Promise<unknown>;
  /** The text (`text/plain`) that a GET answers with 200. `fields`: to send beside the usual ones. Rejects with EgressError. */
  getText(url: string, limits: GetLimits, fields?: Readonly<Record<string, string>>): Promise<string>;
  /** Ends what is under way. */
  close(): void;
}

export function createEgress(options: EgressOptions = {}): Egress {
  const closing = new AbortController();
  const rules: DestinationRules = {
    dangerouslyAllowHttp: options.dangerouslyAllowHttp ?? false,
    lookup: options.lookup ?? ((hostname) => dnsLookup(hostname, { all: true })),
  };
  const ask = async (text: string, limits: GetLimits, expected: Expected): Promise<Answer> => {
    const url = new URL(text);
    const signal = AbortSignal.any([AbortSignal.timeout(limits.timeoutMs), closing.signal]);
    try {
      const addresses = await orAborted(settleDestination(url, new URL(limits.configuredUrl ?? text), rules), signal);
      return await get(url, addresses, limits, expected, signal, options);
    } catch (error) {
      throw asEgressError(error, url, signal, closing.signal);
    }
  };
  return {
    async getJson(text, limits) {
      const { bytes, status } = await ask(text, limits, JSON_EXPECTED);
      return readJson(new URL(text), bytes, status);
    },
    async getText(text, limits, fields = {}) {
      return (await ask(text, limits, { ...TEXT_EXPECTED, fields })).bytes.toString();
    },
    close: () => closing.abort(),
  };
}

/** Requests are rare, so each has a connection of its own: it goes to the addresses that were judged, and leaves nothing open. */
async function get(
  url: URL,
  addresses: readonly LookupAddress[],
  limits: GetLimits,
  expected: Expected,
  signal: AbortSignal,
  trust: Trust,
): Promise<Answer> {
  // A look-up that knows nothing but what was settled: a name that resolves otherwise a moment later leads nowhere.
  const client = new Client(url.origin, {
    connect: connectOptions((_, options, done) => answerLookup(addresses, options, done), limits.timeoutMs, trust),
  });
  try {
    const answer = await client.request({
      method: "GET",
      path: url.pathname + url.search,
      headers: {
        accept: expected.accept,
        "accept-encoding": "identity",
        "user-agent": "portcullis",
        ...expected.fields,
      },
      signal,
    });
    return { bytes: await readBytes(url, answer, limits.bytesMax, expected), status: answer.statusCode };
  } finally {
    // Not awaited: it settles only when a connection that is still being made has come or failed.
    client.destroy().catch(() => undefined);
  }
}

function readJson(url: URL, bytes: Buffer, status: number): unknown {
  const value = readJsonObject(bytes, JSON_DEPTH_MAX);
  if (value === undefined) throw new EgressError("not-json", url, "it did not answer a strict JSON object", status);
  return value;
}

async function readBytes(
  url: URL,
  answer: Dispatcher.ResponseData,
  bytesMax: number,
  { type: pattern, fault, word }: Expected,
): Promise<Buffer> {
  const { statusCode, headers } = answer;
  // A body that nobody reads ends with its connection; until then its abort is nobody's error.
  answer.body.on("error", () => undefined);
  if (statusCode !== 200) throw new EgressError("status", url, `it answered ${statusCode}`, statusCode);
  const type = headers["content-type"];
  if (typeof type !== "string" || !pattern.test(type)) {
    throw new EgressError(fault, url, `its answer is not declared as ${word}`, statusCode);
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    throw new EgressError(fault, url, "its answer is encoded", statusCode);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > bytesMax)
      throw new EgressError("too-large", url, `its answer has more than ${bytesMax} bytes`, statusCode);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function orAborted<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    pending.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function asEgressError(error: unknown, url: URL, signal: AbortSignal, closing: AbortSignal): EgressError {
  if (error instanceof EgressError) return error;
  if (closing.aborted) return new EgressError("closed", url, "the gateway is closing");
  if (signal.aborted) return new EgressError("timeout", url, "it did not answer in time");
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return new EgressError("unreachable", url, `it cannot be reached (${code ?? "unknown error"})`);
}
