// Issues X.509 certificates for development: ECDSA with P-256 and SHA-256, a name-constrained authority and its servers.
import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { AddressSet } from "../http/address-set.ts";
import { parseIPv4, parseIPv6 } from "../http/addresses.ts";
import * as der from "./der.ts";

const ECDSA_SHA256 = der.sequence(der.objectIdentifier("1.2.840.10045.4.3.2"));

/** What an authority for development may ever name (RFC 5280 4.2.1.10): stolen, it is worth nothing elsewhere. */
const PERMITTED_DOMAINS = ["localhost", "test", "example", "local", "internal", "home.arpa"];
const PERMITTED_NETWORKS = [
  ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
  ["::1/128", "fc00::/7"],
].flat();
const permittedAddresses = new AddressSet(PERMITTED_NETWORKS);

/** Whether the development authority may issue for that host name or address. */
export function isDevelopmentName(name: string): boolean {
  if (addressBytes(name) !== undefined) return permittedAddresses.has(name);
  if (!/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return false;
  return PERMITTED_DOMAINS.some((domain) => name === domain || name.endsWith(`.${domain}`));
}

export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** A self-signed authority, as PEM. */
export function issueAuthority(commonName: string, key: KeyObject, validity: Validity): string {
  const publicKey = createPublicKey(key);
  const domains = PERMITTED_DOMAINS.map((domain) => der.tagged(2, false, Buffer.from(domain, "ascii")));
  const networks = PERMITTED_NETWORKS.map((network) => der.tagged(7, false, networkBytes(network)));
  const subtrees = [...domains, ...networks].map((base) => der.sequence(base));
  return certificate(commonName, commonName, publicKey, key, validity, [
    extension("2.5.29.19", true, der.sequence(der.boolean(true), der.integer(Buffer.from([0])))),
    // keyCertSign, cRLSign
    extension("2.5.29.15", true, der.bitString(Buffer.from([0x06]), 1)),
    extension("2.5.29.14", false, der.octetString(keyIdentifier(publicKey))),
    extension("2.5.29.30", true, der.sequence(der.tagged(0, true, ...subtrees))),
  ]);
}

/** A server's certificate for the names and addresses, signed by the authority, as PEM. */
export function issueServer(
  names: readonly string[],
  publicKey: KeyObject,
  issuer: { readonly commonName: string; readonly key: KeyObject },
  validity: Validity,
): string {
  const alternatives = names.map((name) => {
    const address = addressBytes(name);
    return address === undefined ? der.tagged(2, false, Buffer.from(name, "ascii")) : der.tagged(7, false, address);
  });
  const authority = keyIdentifier(createPublicKey(issuer.key));
  return certificate("Portcullis development server", issuer.commonName, publicKey, issuer.key, validity, [
    extension("2.5.29.19", true, der.sequence()),
    // digitalSignature
    extension("2.5.29.15", true, der.bitString(Buffer.from([0x80]), 7)),
    // serverAuth
    extension("2.5.29.37", false, der.sequence(der.objectIdentifier("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.14", false, der.octetString(keyIdentifier(publicKey))),
    extension("2.5.29.35", false, der.sequence(der.tagged(0, false, authority))),
    extension("2.5.29.17", false, der.sequence(...alternatives)),
  ]);
}

function certificate(
  subject: string,
  issuer: string,
  publicKey: KeyObject,
  issuerKey: KeyObject,
  validity: Validity,
  extensions: readonly Buffer[],
): string {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40;
  const content = der.sequence(
    der.tagged(0, true, der.integer(Buffer.from([2]))),
    der.integer(serial),
    ECDSA_SHA256,
    distinguishedName(issuer),
    der.sequence(der.time(validity.notBeforeMs), der.time(validity.notAfterMs)),
    distinguishedName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der.tagged(3, true, der.sequence(...extensions)),
  );
  const signature = sign("sha256", content, issuerKey);
  const base64 = der.sequence(content, ECDSA_SHA256, der.bitString(signature)).toString("base64");
  const lines = base64.match(/.{1,64}/g) as string[];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function distinguishedName(commonName: string): Buffer {
  return der.sequence(der.set(der.sequence(der.objectIdentifier("2.5.4.3"), der.utf8String(commonName))));
}

function extension(identifier: string, critical: boolean, value: Buffer): Buffer {
  const parts = [der.objectIdentifier(identifier), ...(critical ? [der.boolean(true)] : []), der.octetString(value)];
  return der.sequence(...parts);
}

/** RFC 7093 2, method 4: the leftmost 160 bits of a SHA-256 over the key. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest()
    .subarray(0, 20);
}

function addressBytes(text: string): Buffer | undefined {
  const ipv4 = parseIPv4(text);
  if (ipv4 >= 0) return Buffer.from([ipv4 >>> 24, (ipv4 >>> 16) & 255, (ipv4 >>> 8) & 255, ipv4 & 255]);
  const groups = parseIPv6(text);
  return groups === undefined ? undefined : Buffer.from(groups.flatMap((group) => [group >> 8, group & 255]));
}

/** Address and mask, as name constraints have them. */
function networkBytes(network: string): Buffer {
  const [address, prefix] = network.split("/") as [string, string];
  const bytes = addressBytes(address) as Buffer;
  const mask = bytes.map((_, i) => (0xff00 >> Math.min(8, Math.max(0, Number(prefix) - i * 8))) & 0xff);
  return Buffer.concat([bytes, mask]);
}
