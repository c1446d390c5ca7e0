// The one client for what we call ourselves: no redirects, verified TLS, limits on time and size, JSON only, settled addresses.
import { lookup as dnsLookup } from "node:dns/promises";
import { Client, type Dispatcher } from "undici";
import type { LookupAddress } from "node:dns";
import { readJsonObject } from "../cryptography/json.ts";
import { answerLookup, connectOptions, type Trust } from "./connecting.ts";
import { type DestinationRules, type Lookup, settleDestination } from "./destination.ts";
import { EgressError } from "./egress-error.ts";

/** Metadata and key sets nest three levels. */
const JSON_DEPTH_MAX = 16;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/i;

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
  /** Ends what is under way. */
  close(): void;
}

export function createEgress(options: EgressOptions = {}): Egress {
  const closing = new AbortController();
  const rules: DestinationRules = {
    dangerouslyAllowHttp: options.dangerouslyAllowHttp ?? false,
    lookup: options.lookup ?? ((hostname) => dnsLookup(hostname, { all: true })),
  };
  return {
    async getJson(text, limits) {
      const url = new URL(text);
      const signal = AbortSignal.any([AbortSignal.timeout(limits.timeoutMs), closing.signal]);
      try {
        const addresses = await orAborted(settleDestination(url, new URL(limits.configuredUrl ?? text), rules), signal);
        return await get(url, addresses, limits, signal, options);
      } catch (error) {
        throw asEgressError(error, url, signal, closing.signal);
      }
    },
    close: () => closing.abort(),
  };
}

/** Requests are rare, so each has a connection of its own: it goes to the addresses that were judged, and leaves nothing open. */
async function get(
  url: URL,
  addresses: readonly LookupAddress[],
  limits: GetLimits,
  signal: AbortSignal,
  trust: Trust,
): Promise<unknown> {
  // A look-up that knows nothing but what was settled: a name that resolves otherwise a moment later leads nowhere.
  const client = new Client(url.origin, {
    connect: connectOptions((_, options, done) => answerLookup(addresses, options, done), limits.timeoutMs, trust),
  });
  try {
    const answer = await client.request({
      method: "GET",
      path: url.pathname + url.search,
      headers: { accept: "application/json", "accept-encoding": "identity", "user-agent": "portcullis" },
      signal,
    });
    return readJson(url, answer, await readBytes(url, answer, limits.bytesMax));
  } finally {
    // Not awaited: it settles only when a connection that is still being made has come or failed.
    client.destroy().catch(() => undefined);
  }
}

function readJson(url: URL, answer: Dispatcher.ResponseData, bytes: Buffer): unknown {
  const value = readJsonObject(bytes, JSON_DEPTH_MAX);
  if (value === undefined)
    throw new EgressError("not-json", url, "it did not answer a strict JSON object", answer.statusCode);
  return value;
}

async function readBytes(url: URL, answer: Dispatcher.ResponseData, bytesMax: number): Promise<Buffer> {
  const { statusCode, headers } = answer;
  // A body that nobody reads ends with its connection; until then its abort is nobody's error.
  answer.body.on("error", () => undefined);
  if (statusCode !== 200) throw new EgressError("status", url, `it answered ${statusCode}`, statusCode);
  const type = headers["content-type"];
  if (typeof type !== "string" || !JSON_TYPE.test(type)) {
    throw new EgressError("not-json", url, "its answer is not declared as JSON", statusCode);
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    throw new EgressError("not-json", url, "its answer is encoded", statusCode);
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
