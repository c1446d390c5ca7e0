// The chain: each event carries its position and the hash of the one before it, so that none can be changed, taken out or moved unnoticed.
import { hash } from "node:crypto";

/** What the first event of a chain names as the one before it: 32 zero bytes. */
export const NO_PREVIOUS = Buffer.alloc(32).toString("base64");

/** Longest text of the member, `portcullis` around it included. */
export const CHAIN_BYTES_MAX = 128;

export interface ChainLink {
  readonly position: number;
  /** SHA-256 in base64 of the event before, from its first brace to its last. */
  readonly previous: string;
}

/** SHA-256 of an event as it stands in a line, in base64. */
export function eventHash(json: Uint8Array): string {
  return hash("sha256", json, "base64");
}

/**
 * What an event ends with, in place of its last braces: two where its last member is `portcullis`, else one.
 */
export function chainText(position: number, previous: string, hasPortcullis: boolean): string {
  const member = `"chain":{"position":${position},"previous":"${previous}"}`;
  return hasPortcullis ? `,${member}}}` : `,"portcullis":{${member}}}`;
}

const LINK = /"chain":\{"position":([1-9]\d{0,15}),"previous":"([A-Za-z0-9+/]{43}=)"\}\}\}$/;

/** The link that an event ends with; undefined where it has none. */
export function linkOf(line: string): ChainLink | undefined {
  const found = LINK.exec(line.length > CHAIN_BYTES_MAX ? line.slice(-CHAIN_BYTES_MAX) : line);
  return found === null ? undefined : { position: Number(found[1]), previous: found[2] as string };
}

/** A hash as an event's text may have it: in groups, so that nobody takes it for a secret and masks it. */
export function spelledHash(hash: string): string {
  return (Buffer.from(hash, "base64").toString("hex").match(/.{16}/g) ?? []).join(":");
}
