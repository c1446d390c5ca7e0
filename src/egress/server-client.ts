// A client for one server that is asked again and again: kept connections, and the same rules as for everything we call ourselves.
import { lookup as dnsLookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import type { Dispatcher } from "undici";
import { answerLookup, connectOptions, type Trust } from "./connecting.ts";
import { type DestinationRules, type Lookup, settleDestination } from "./destination.ts";
import { EgressError } from "./egress-error.ts";
import { Pool } from "./undici.ts";

/** Shorter than servers keep idle connections, so that none is used that its other end just closed. */
const IDLE_MS = 4_000;

export interface ServerOptions extends Trust {
  /** Scheme, host, port, and a path that goes before each path that is asked for. */
  readonly url: string;
  readonly connectTimeoutMs: number;
  /** From asking to the first byte of the answer, connecting included. */
  readonly firstByteTimeoutMs: number;
  readonly connectionsMax?: number;
  /** Plain http also beyond this machine. */
  readonly dangerouslyAllowHttp?: boolean;
  readonly lookup?: Lookup;
}

export interface Question {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Begins with a slash; may have a query. */
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** For everything together: connecting, sending, the whole answer. */
  readonly timeoutMs: number;
  /** The longest answer that is read. */
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
}

/** Whatever the status; redirects are answers like any other. */
export interface ServerAnswer {
  readonly status: number;
  /** By lower-case name; the first where there are several. */
  readonly field: (name: string) => string | undefined;
  readonly body: Buffer;
}

export interface ServerClient {
  /** Scheme, host and port: for messages. */
  readonly origin: string;
  /** The whole answer. Rejects with EgressError where none came, in time and in size. */
  ask(question: Question): Promise<ServerAnswer>;
  /** Ends what is under way, and frees its connections. */
  close(): Promise<void>;
}

/** Nothing is connected before the first question. */
export function createServerClient(options: ServerOptions): ServerClient {
  return new PooledClient(options);
}

class PooledClient implements ServerClient {
  readonly origin: string;
  readonly #url: URL;
  readonly #basePath: string;
  readonly #rules: DestinationRules;
  readonly #firstByteTimeoutMs: number;
  readonly #pool: InstanceType<typeof Pool>;
  readonly #closing = new AbortController();

  constructor(options: ServerOptions) {
    this.#url = new URL(options.url);
    this.origin = this.#url.origin;
    this.#basePath = this.#url.pathname.replace(/\/+$/, "");
    this.#firstByteTimeoutMs = options.firstByteTimeoutMs;
    this.#rules = {
      dangerouslyAllowHttp: options.dangerouslyAllowHttp ?? false,
      lookup: options.lookup ?? ((hostname) => dnsLookup(hostname, { all: true })),
    };
    this.#pool = new Pool(this.origin, {
      connections: options.connectionsMax ?? 1,
      pipelining: 1,
      keepAliveTimeout: IDLE_MS,
      // Time is kept here, for all phases alike.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: connectOptions(this.#lookup, options.connectTimeoutMs, options),
    });
  }

  async ask(question: Question): Promise<ServerAnswer> {
    const url = new URL(this.origin + this.#basePath + question.path);
    const stop = new AbortController();
    const late = (what: string): void => stop.abort(new EgressError("timeout", url, what));
    const close = (): void => stop.abort(new EgressError("closed", url, "the gateway is closing"));
    const ends = [this.#closing.signal, ...(question.signal === undefined ? [] : [question.signal])];
    for (const signal of ends) {
      if (signal.aborted) close();
      signal.addEventListener("abort", close, { once: true });
    }
    const whole = setTimeout(late, question.timeoutMs, "it did not answer in time");
    const firstByte = setTimeout(late, this.#firstByteTimeoutMs, "its answer did not begin in time");
    try {
      // A number is never looked up: it is judged here.
      if (isIP(this.#url.hostname.replace(/^\[|\]$/g, "")) !== 0) {
        await settleDestination(this.#url, this.#url, this.#rules);
      }
      stop.signal.throwIfAborted();
      const answer = await this.#pool.request({
        method: question.method,
        path: url.pathname + url.search,
        headers: { "accept-encoding": "identity", "user-agent": "portcullis", ...question.fields },
        body: question.body ?? null,
        signal: stop.signal,
      });
      clearTimeout(firstByte);
      const { headers, statusCode } = answer;
      return { status: statusCode, field: fieldOf(headers), body: await readBody(url, answer, question.bytesMax) };
    } catch (error) {
      throw stop.signal.aborted ? stop.signal.reason : asEgressError(error, url);
    } finally {
      clearTimeout(firstByte);
      clearTimeout(whole);
      for (const signal of ends) signal.removeEventListener("abort", close);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pool.destroy();
  }

  /** For each connection anew: what the name means may change, and is judged each time. */
  readonly #lookup: LookupFunction = (_hostname, options, give) => {
    settleDestination(this.#url, this.#url, this.#rules).then(
      (addresses) => answerLookup(addresses, options, give),
      (error: unknown) => give(error as NodeJS.ErrnoException, "", 0),
    );
  };
}

function fieldOf(headers: Dispatcher.ResponseData["headers"]): ServerAnswer["field"] {
  return (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
}

async function readBody(url: URL, { body, statusCode }: Dispatcher.ResponseData, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    // Leaving the loop ends the connection: nobody reads the rest.
    if (size > bytesMax)
      throw new EgressError("too-large", url, `its answer has more than ${bytesMax} bytes`, statusCode);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function asEgressError(error: unknown, url: URL): EgressError {
  if (error instanceof EgressError) return error;
  const { code, cause } = error as NodeJS.ErrnoException;
  if (cause instanceof EgressError) return cause;
  return new EgressError("unreachable", url, `it cannot be reached (${code ?? "unknown error"})`);
}
