// Strict base64url (RFC 4648 5, RFC 7515 2): one text for one value, so that no second spelling of a token exists.

/** The bytes, or undefined where the text has padding, white space, a foreign character or trailing bits that are not zero. */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  // Node's decoder skips what it does not know; only the canonical text comes back the same.
  return bytes.toString("base64url") === text ? bytes : undefined;
}
