// A shared secret as the source of the one key, pinned to HS256. For those who have only that: whoever can verify can also sign.
import { importSecret, SECRET_BYTES_MIN } from "../cryptography/secret.ts";
import { type AlgorithmName } from "../cryptography/signature.ts";
import { brokenOption } from "./broken-option.ts";
import type { IssuerKey, KeySource } from "./key-source.ts";

export interface SecretKeyOptions {
  /** Text is taken as its UTF-8 bytes. At least 32 bytes (RFC 7518 3.2). */
  readonly secret: string | Uint8Array;
  readonly name?: string;
}

const ALGORITHMS: readonly AlgorithmName[] = ["HS256"];

/** Throws ProblemsError where the secret is too short. */
export function secretKey(options: SecretKeyOptions): KeySource {
  const bytes = typeof options.secret === "string" ? Buffer.from(options.secret, "utf8") : options.secret;
  const verification = importSecret(bytes);
  if (verification === undefined) {
    throw brokenOption(
      "authentication.secret-too-short",
      `the shared secret has ${bytes.byteLength} bytes; HS256 needs at least ${SECRET_BYTES_MIN} (RFC 7518 3.2)`,
      "Make one with `openssl rand -base64 48`, here and at the issuer.",
    );
  }
  const key: IssuerKey = { verification, retired: false };
  return {
    name: options.name ?? "shared secret",
    algorithms: ALGORITHMS,
    needsKid: false,
    ready: () => Promise.resolve(),
    state: () => "fresh",
    find: (_kid, algorithm) => (algorithm === "HS256" ? key : "unfit"),
    usableUntilMs: () => Number.POSITIVE_INFINITY,
    retryAfterSeconds: () => 1,
    close: () => {
      key.retired = true;
    },
  };
}
