// An API that answers as a test wants, alone and behind the gate in each of its places: the gateway over both protocols, and Express.
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:http2";
import { onTestFinished } from "vitest";
import type { Exchange } from "../../src/core/exchange.ts";
import { mounted } from "../adapters/mounting.ts";
import { composed } from "../configuration/composing.ts";
import { testCertificate, type TestCertificate } from "../gateway/certificates.ts";
import { type Answer, ask as ask1, keep, startOver, startUpstream } from "../gateway/harness.ts";

export const PLACES = ["gateway, HTTP/1.1", "gateway, HTTP/2", "Express"] as const;
export type PlaceName = (typeof PLACES)[number];

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Answering {
  readonly ask: (target: string, asked?: Asked) => Promise<Answer>;
  /** The exchange of the request that came so many-th. */
  readonly nth: (count: number) => Promise<Exchange>;
}

export interface Protected {
  readonly document: string;
  /** Configuration beside `openapi` and `upstream`. */
  readonly text?: string;
  readonly observe?: boolean;
}

/** What the API says where nothing stands before it. */
export async function unguarded(handler: Handler, target: string, asked: Asked = {}): Promise<Answer> {
  const upstream = keep(await startUpstream(handler));
  return ask1(upstream.origin + target, asked);
}

/** The same API behind the gate. Closed when the test ends. */
export async function answering(place: PlaceName, handler: Handler, what: Protected): Promise<Answering> {
  const { document, text = "", observe = false } = what;
  if (place === "Express") {
    const { url, nth } = await mounted(
      (app, gate) => void app.use(gate).use((request, response) => handler(request, response)),
      {
        document,
        text,
        observe,
      },
    );
    return { ask: (target, asked) => ask1(url + target, asked), nth };
  }
  const upstream = keep(await startUpstream(handler));
  const composition = await composed(text, { document, observe });
  onTestFinished(() => composition.close());
  const { policy, settle } = composition;
  if (place === "gateway, HTTP/1.1") {
    const { gateway, recorder } = keep(await startOver(upstream.origin, {}, { policy, settle, drainTimeoutMs: 500 }));
    return { ask: (target, asked) => ask1(gateway.url + target, asked), nth: (count) => recorder.nth(count) };
  }
  const tls = await testCertificate();
  const { gateway, recorder } = keep(
    await startOver(upstream.origin, {}, { policy, settle, tls, drainTimeoutMs: 500 }),
  );
  return { ask: (target, asked) => ask2(gateway.url, tls, target, asked), nth: (count) => recorder.nth(count) };
}

/** One request over an HTTP/2 connection of its own. */
export function ask2(url: string, { ca }: TestCertificate, target: string, asked: Asked = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body } = asked;
  return new Promise((resolve, reject) => {
    const session = connect(url, { ca });
    session.on("error", reject);
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const stream = session.request(
      { ...headers, ...length, ":method": method, ":path": target },
      { endStream: body === undefined },
    );
    let head: IncomingMessage["headers"] & { ":status"?: number } = {};
    const chunks: Buffer[] = [];
    stream.on("response", (given) => (head = given as typeof head));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("end", () => {
      session.close();
      const { ":status": status = 0, ...fields } = head;
      resolve({ status, headers: fields, body: Buffer.concat(chunks).toString() });
    });
    stream.end(body);
  });
}

/** All that a client gets to see of an answer, to be searched for what must not be in it. */
export function seen({ headers, body }: Answer): string {
  return JSON.stringify(headers) + body;
}
