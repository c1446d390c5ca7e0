// E-mail addresses as accounts are known by: one spelling to compare by, and nothing that looks like another's (P06).
import { domainToASCII } from "node:url";

export interface EmailAddress {
  /** As it was given, in NFC: what mail is sent to. */
  readonly address: string;
  /** What two spellings of one mailbox have in common. */
  readonly key: string;
}

/** RFC 5321 4.5.3.1: 64 and 255 octets, 254 in all for a path. */
const LOCAL_BYTES_MAX = 64;
const ADDRESS_BYTES_MAX = 254;
/**
 * Atoms (RFC 5322 3.2.3) with letters of other alphabets (RFC 6531). Quoted local parts exist on paper only. Without `%` and `!`: mail servers on the way
 * read `ann%evil.example@example.com` and `evil.example!ann@example.com` as mailboxes of evil.example (RFC 1123 5.2.16).
 */
const LOCAL = /^[\p{L}\p{M}\p{N}#$&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}#$&'*+/=?^_`{|}~-]+)*$/u;
/** Some of them decode this before they look for the `@` (RFC 2047 2). */
const ENCODED_WORD = "=?";
/** Of what a URL's host ends at, or what it drops without a word, nothing belongs to a name. */
const DOMAIN_AS_TYPED = /^[a-z0-9.\u0080-\u{10ffff}-]+$/iu;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/**
 * Undefined where it is no address that mail can be sent to. A full-width `＠` is no `@`; nor is a full-width letter the usual one: mail would go to
 * another mailbox than the one that its spelling is compared as.
 */
export function emailAddress(text: string): EmailAddress | undefined {
  const given = text.normalize("NFC");
  if (given !== given.normalize("NFKC")) return undefined;
  const at = given.lastIndexOf("@");
  if (at < 1 || given.indexOf("@") !== at) return undefined;
  const local = given.slice(0, at);
  if (!LOCAL.test(local) || local.includes(ENCODED_WORD) || !DOMAIN_AS_TYPED.test(given.slice(at + 1)))
    return undefined;
  const domain = domainToASCII(given.slice(at + 1)).toLowerCase();
  if (!DOMAIN.test(domain)) return undefined;
  const address = `${local}@${domain}`;
  if (Buffer.byteLength(local) > LOCAL_BYTES_MAX || Buffer.byteLength(address) > ADDRESS_BYTES_MAX) return undefined;
  // Letter case of the local part is another mailbox on paper only (RFC 5321 2.4).
  return { address, key: `${local.toLowerCase()}@${domain}` };
}
