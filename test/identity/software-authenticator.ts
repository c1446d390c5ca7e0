// An authenticator in software (WebAuthn 2, "none" attestation, ES256) that can also say what an honest one never would.
import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";

export interface Forgery {
  readonly origin?: string;
  readonly relyingParty?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly counter?: number;
  readonly isPresent?: boolean;
  readonly isVerified?: boolean;
  readonly userHandle?: string;
  /** Signs in the place of the credential's own key. */
  readonly key?: KeyObject;
}

interface Options {
  readonly challenge: string;
  readonly rpId?: string;
  readonly rp?: { readonly id: string };
  readonly user?: { readonly id: string };
}

const FLAGS = { present: 0x01, verified: 0x04, backupEligible: 0x08, backedUp: 0x10, attested: 0x40 };

export class SoftwareAuthenticator {
  readonly id = randomBytes(32);
  readonly keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  counter = 0;
  userHandle = "";
  readonly #origin: string;
  readonly #isSynced: boolean;

  constructor(origin: string, isSynced = false) {
    this.#origin = origin;
    this.#isSynced = isSynced;
  }

  /** The answer to `navigator.credentials.create`, as JSON. */
  create(options: Options, forgery: Forgery = {}): string {
    this.userHandle = options.user?.id ?? "";
    const { x = "", y = "" } = this.keys.publicKey.export({ format: "jwk" });
    const key = cbor(
      new Map<number, unknown>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x, "base64url")],
        [-3, Buffer.from(y, "base64url")],
      ]),
    );
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.of(0, this.id.length), this.id, key]);
    const authData = Buffer.concat([this.#authData(options, FLAGS.attested, forgery), attested]);
    const attestation = new Map<string, unknown>([
      ["fmt", "none"],
      ["attStmt", new Map()],
      ["authData", authData],
    ]);
    return this.#answer({
      clientDataJSON: this.#clientData("webauthn.create", options, forgery).toString("base64url"),
      attestationObject: cbor(attestation).toString("base64url"),
      transports: ["internal"],
    });
  }

  /** The answer to `navigator.credentials.get`, as JSON. */
  get(options: Options, forgery: Forgery = {}): string {
    const authData = this.#authData(options, 0, forgery);
    const clientData = this.#clientData("webauthn.get", options, forgery);
    const signed = Buffer.concat([authData, createHash("sha256").update(clientData).digest()]);
    return this.#answer({
      clientDataJSON: clientData.toString("base64url"),
      authenticatorData: authData.toString("base64url"),
      signature: createSign("sha256")
        .update(signed)
        .sign(forgery.key ?? this.keys.privateKey)
        .toString("base64url"),
      userHandle: forgery.userHandle ?? this.userHandle,
    });
  }

  #answer(response: Record<string, unknown>): string {
    const id = this.id.toString("base64url");
    return JSON.stringify({ id, rawId: id, type: "public-key", clientExtensionResults: {}, response });
  }

  #clientData(type: string, { challenge }: Options, forgery: Forgery): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: forgery.type ?? type,
        challenge: forgery.challenge ?? challenge,
        origin: forgery.origin ?? this.#origin,
        crossOrigin: forgery.crossOrigin ?? false,
      }),
    );
  }

  #authData({ rpId, rp }: Options, more: number, forgery: Forgery): Buffer {
    const { isPresent = true, isVerified = true, relyingParty = rpId ?? rp?.id ?? "" } = forgery;
    const flags =
      more |
      (isPresent ? FLAGS.present : 0) |
      (isVerified ? FLAGS.verified : 0) |
      (this.#isSynced ? FLAGS.backupEligible | FLAGS.backedUp : 0);
    if (!this.#isSynced) this.counter += 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(forgery.counter ?? this.counter);
    return Buffer.concat([createHash("sha256").update(relyingParty).digest(), Buffer.of(flags), counter]);
  }
}

/** As much of RFC 8949 as an authenticator needs: small whole numbers, texts, bytes, maps. */
function cbor(value: unknown): Buffer {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  const entries = [...(value as Map<unknown, unknown>)];
  return Buffer.concat([head(5, entries.length), ...entries.flatMap(([name, member]) => [cbor(name), cbor(member)])]);
}

function head(major: number, count: number): Buffer {
  if (count < 24) return Buffer.of((major << 5) | count);
  return count < 256 ? Buffer.of((major << 5) | 24, count) : Buffer.of((major << 5) | 25, count >> 8, count & 255);
}
