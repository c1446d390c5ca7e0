// Seals what the database holds: identifiers as keyed hashes, payloads encrypted, keys that can be exchanged (NIST SP 800-38D).
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  hkdfSync,
  randomBytes,
} from "node:crypto";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_BYTES = 4;
const VERSION = 1;

/** No key, none of the right size, or none that opens what is stored. */
export class SealingKeyError extends Error {}

interface DerivedKeys {
  readonly id: Buffer;
  /** Prepared once: of bytes each use would make a key anew, which takes seven times as long as a hash by it. */
  readonly encryption: KeyObject;
  readonly hashing: KeyObject;
}

/** One sealer for one set of secrets: the first seals, all of them open. */
export class Sealer {
  readonly #keys: readonly DerivedKeys[];

  /** Each secret is 32 bytes in base64 or base64url. Throws SealingKeyError. */
  constructor(secrets: readonly string[]) {
    if (secrets.length === 0) throw new SealingKeyError("there is no key");
    this.#keys = secrets.map(derive);
  }

  /** The keyed hash that an identifier is stored under. `purpose` keeps equal texts of different kinds apart. */
  hash(purpose: string, text: string): string {
    return hashWith(this.#keys[0] as DerivedKeys, purpose, text);
  }

  /** The same under every key, newest first: for what was stored before the key was exchanged. */
  hashes(purpose: string, text: string): readonly string[] {
    return this.#keys.map((keys) => hashWith(keys, purpose, text));
  }

  /** `context` must be the same when it is opened: a payload cannot be moved to another row. */
  seal(context: string, bytes: Uint8Array): Buffer {
    const { id, encryption } = this.#keys[0] as DerivedKeys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", encryption, nonce);
    cipher.setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
    return Buffer.concat([Buffer.of(VERSION), id, nonce, cipher.getAuthTag(), sealed]);
  }

  /** Undefined where no key fits, or where anything was changed. */
  open(context: string, sealed: Uint8Array): Buffer | undefined {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    const start = 1 + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES;
    if (bytes.length < start || bytes[0] !== VERSION) return undefined;
    const keys = this.#keys.find(({ id }) => id.equals(bytes.subarray(1, 1 + KEY_ID_BYTES)));
    if (keys === undefined) return undefined;
    const nonce = bytes.subarray(1 + KEY_ID_BYTES, 1 + KEY_ID_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", keys.encryption, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(start - TAG_BYTES, start));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(start)), decipher.final()]);
    } catch {
      return undefined;
    }
  }
}

function derive(secret: string): DerivedKeys {
  const bytes = Buffer.from(secret, "base64url");
  if (bytes.length !== KEY_BYTES) throw new SealingKeyError(`a key has ${bytes.length} bytes, not ${KEY_BYTES}`);
  const part = (label: string, length: number) =>
    Buffer.from(hkdfSync("sha256", bytes, Buffer.alloc(0), `portcullis identity ${label}`, length));
  return {
    id: part("key id", KEY_ID_BYTES),
    encryption: createSecretKey(part("encryption", KEY_BYTES)),
    hashing: createSecretKey(part("hashing", KEY_BYTES)),
  };
}

function hashWith({ hashing }: DerivedKeys, purpose: string, text: string): string {
  return createHmac("sha256", hashing).update(`${purpose}\n${text}`).digest("base64url");
}
