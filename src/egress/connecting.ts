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
  /** What we show where the server asks who we are (PEM). */
  readonly certificate?: string;
  readonly key?: string;
}

/** TLS of what we call ourselves: always verified, 1.2 or newer. */
export function tlsOptions({ authorities, ca, certificate, key }: Trust) {
  const trusted = ca ?? (authorities === undefined ? undefined : [...getCACertificates("default"), ...authorities]);
  return {
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ...(trusted !== undefined && { ca: trusted }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
  } as const;
}

export function connectOptions(lookup: LookupFunction, timeoutMs: number, trust: Trust): buildConnector.BuildOptions {
  return { ...tlsOptions(trust), lookup, timeout: timeoutMs, allowH2: false };
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
