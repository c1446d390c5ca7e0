// Base32 without padding (RFC 4648 6): letters and digits that people can copy by hand.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >>> bits) & 31] as string;
    }
  }
  return bits === 0 ? text : text + (ALPHABET[(value << (5 - bits)) & 31] as string);
}

/** In groups of four, to be read and typed. */
export function inGroups(text: string): string {
  return text.match(/.{1,4}/g)?.join(" ") ?? "";
}
