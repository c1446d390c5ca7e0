// The text of an API key: `pck_<id>_<secret><checksum>`. Prefix and checksum let secret scanners find it without asking anybody.
import { crc32 } from "node:zlib";
import { randomBase62, toBase62 } from "../cryptography/base62.ts";
import { sha256Base64url } from "../cryptography/digest.ts";

const ID_LENGTH = 10;
/** 256 bits. */
const SECRET_LENGTH = 43;
/** CRC-32 in base 62. */
const CHECKSUM_LENGTH = 6;

const SHAPE = new RegExp(`^pck_([0-9A-Za-z]{${ID_LENGTH}})_[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

export interface NewApiKey {
  /** Names the key everywhere. No secret. */
  readonly id: string;
  /** Shown once, kept nowhere. */
  readonly text: string;
  readonly hash: string;
}

export function makeApiKey(id: string = randomBase62(ID_LENGTH)): NewApiKey {
  const start = `pck_${id}_${randomBase62(SECRET_LENGTH)}`;
  const text = start + checksum(start);
  return { id, text, hash: hashOf(text) };
}

/** The id within a text that could be a key, or undefined where it is none: mistyped, cut, or something else. */
export function apiKeyId(text: string): string | undefined {
  const id = SHAPE.exec(text)?.[1];
  if (id === undefined) return undefined;
  return text.endsWith(checksum(text.slice(0, -CHECKSUM_LENGTH))) ? id : undefined;
}

/**
 * What is kept of a key. One SHA-256 is enough, and no password hash is needed: the secret has 256 random bits, so that nobody
 * can try them all, however fast each try is.
 */
export function hashOf(text: string): string {
  return `sha256:${sha256Base64url(text)}`;
}

function checksum(start: string): string {
  return toBase62(crc32(start), CHECKSUM_LENGTH);
}
