// Makes request heads as a server would give them, for the tests of transport.
import { Exchange, type RequestHead } from "../../src/core/exchange.ts";
import type { Denial } from "../../src/core/outcome.ts";
import { createSettler, type IncomingHead, type SettlerOptions } from "../../src/transport/settle.ts";

const PLAIN = createSettler({ trustedProxies: [] });

/** A good request over HTTP/1.1, with what the case changes. `lines` come after Host. */
export function incoming(change: Partial<IncomingHead> & { lines?: string[] } = {}): IncomingHead {
  const { lines, ...rest } = change;
  return {
    method: "GET",
    target: "/orders/7",
    rawFields: ["Host", "api.example.com", ...(lines ?? [])],
    protocol: "HTTP/1.1",
    secure: false,
    peerAddress: "192.0.2.1",
    ...rest,
  };
}

export function settle(change: Parameters<typeof incoming>[0] = {}, options?: SettlerOptions): RequestHead | Denial {
  return (options === undefined ? PLAIN : createSettler(options))(incoming(change));
}

/** The reason of a refusal, or `accepted`. */
export function verdict(change: Parameters<typeof incoming>[0] = {}, options?: SettlerOptions): string {
  const settled = settle(change, options);
  return "kind" in settled ? settled.reason : "accepted";
}

export function accepted(change: Parameters<typeof incoming>[0] = {}, options?: SettlerOptions): RequestHead {
  const settled = settle(change, options);
  if ("kind" in settled) throw new Error(`refused: ${settled.reason} (${settled.internal ?? ""})`);
  return settled;
}

export function exchangeOf(change: Parameters<typeof incoming>[0] = {}, options?: SettlerOptions): Exchange {
  return new Exchange("request-1", accepted(change, options), 0, 0);
}
