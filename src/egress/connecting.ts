// How connections of ours are made: verified TLS of 1.2 or newer, to addresses that were settled before.
import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { getCACertificates } from "node:tls";
import type { buildConnector } from "undici";

/** Whom a connection trusts. */
export interface Trust {
  /** Certificates (PEM) of authorities to trust beside Node's own list. */
  readonly authorities?: readonly string[];
  /** Certificates (PEM) of the only authorities to trust. */
  readonly ca?: string;
}

export function connectOptions(
  lookup: LookupFunction,
  timeoutMs: number,
  { authorities, ca }: Trust,
): buildConnector.BuildOptions {
  const trusted = ca ?? (authorities === undefined ? undefined : [...getCACertificates("default"), ...authorities]);
  return {
    lookup,
    timeout: timeoutMs,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    allowH2: false,
    ...(trusted !== undefined && { ca: trusted }),
  };
}

/** Answers a look-up in the form that was asked for. */
export function answerLookup(
  addresses: readonly LookupAddress[],
  options: Parameters<LookupFunction>[1],
  callback: Parameters<LookupFunction>[2],
): void {
  const [first] = addresses;
  if (options.all === true) callback(null, [...addresses]);
  else callback(null, (first as LookupAddress).address, (first as LookupAddress).family);
}
