// A byte stream to a server that speaks no HTTP: same rules for where it may go, whom it trusts and how long it waits.
import { once } from "node:events";
import { connect as connectPlain, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { LookupAddress } from "node:dns";
import { lookup as dnsLookup } from "node:dns/promises";
import { answerLookup, tlsOptions, type Trust } from "./connecting.ts";
import { type Lookup, settleDestination } from "./destination.ts";
import { EgressError } from "./egress-error.ts";

export interface StreamTarget extends Trust {
  /** Without the brackets of an IPv6 literal. */
  readonly host: string;
  readonly port: number;
  readonly encrypted: boolean;
  /** What is not encrypted goes to this machine only, unless that is set. */
  readonly dangerouslyUnencrypted?: boolean;
  readonly lookup?: Lookup;
}

/** Where the target is, by addresses that may be asked. Rejects with EgressError. */
export function settleTarget(target: StreamTarget): Promise<readonly LookupAddress[]> {
  const url = urlOf(target);
  return settleDestination(url, url, {
    dangerouslyAllowHttp: target.dangerouslyUnencrypted ?? false,
    lookup: target.lookup ?? ((hostname) => dnsLookup(hostname, { all: true })),
  });
}

/** A connection that stands, encrypted and verified where the target is. Rejects with EgressError. */
export async function connectStream(target: StreamTarget, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  const url = urlOf(target);
  const timeout = AbortSignal.timeout(timeoutMs);
  const ends = AbortSignal.any([timeout, signal]);
  let socket: Socket | undefined;
  try {
    const addresses = await settleTarget(target);
    const lookup: LookupFunction = (_, options, give) => answerLookup(addresses, options, give);
    const to = {
      host: target.host,
      port: target.port,
      lookup,
    };
    // A certificate is for a name; an address in figures is compared with the addresses that it lists.
    const servername = isIP(target.host) === 0 ? { servername: target.host } : {};
    socket = target.encrypted ? connectTls({ ...to, ...servername, ...tlsOptions(target) }) : connectPlain(to);
    // An end before the connection stands is no error event of its own.
    const closed = once(socket, "close", { signal: ends }).then(() => Promise.reject(new Error("closed")));
    await Promise.race([once(socket, target.encrypted ? "secureConnect" : "connect", { signal: ends }), closed]);
    closed.catch(() => undefined);
    return socket;
  } catch (error) {
    socket?.destroy();
    throw faultOf(error, url, timeout, signal);
  }
}

function faultOf(error: unknown, url: URL, timeout: AbortSignal, signal: AbortSignal): EgressError {
  if (error instanceof EgressError) return error;
  if (signal.aborted) return new EgressError("closed", url, "the gateway is closing");
  if (timeout.aborted) return new EgressError("timeout", url, "it did not connect in time");
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code ?? (message === "closed" ? "it closed the connection" : "unknown error");
  return new EgressError("unreachable", url, `it cannot be reached (${why})`);
}

/** The rules are those for URLs: `http` stands for everything that is not encrypted. */
function urlOf({ host, port, encrypted }: StreamTarget): URL {
  return new URL(`${encrypted ? "https" : "http"}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`);
}
