// Names a policy by what it was made from: the same inputs have the same version on every machine.
import { createHash } from "node:crypto";
import path from "node:path";
import { sha256Base64url } from "../../cryptography/digest.ts";
import type { LoadedSettings } from "../load.ts";

/** Collects what is read while a document loads. */
export class InputDigest {
  readonly #texts = new Map<string, string>();

  reading(read: (file: string) => Promise<string>): (file: string) => Promise<string> {
    return async (file) => {
      const text = await read(file);
      this.#texts.set(file, createHash("sha256").update(text).digest("hex"));
      return text;
    };
  }

  /**
   * Twelve hex digits of what decides about requests and where they go: where a machine listens or writes is not part of
   * it, nor are accounts and clients of the built-in authorization server. Secrets count by a hash of their own; files by their
   * name and by what they hold, not by where they lie.
   */
  version({ settings, isWritten }: Pick<LoadedSettings, "settings" | "isWritten">): string {
    const hash = createHash("sha256");
    const { observe, transport, authentication, authorization, rateLimiting, validation, operations } = settings;
    const { publicUrl, tls, trustedProxies, clientAddressField, hsts, cors } = transport;
    const { upstream, identity } = settings;
    hash.update(JSON.stringify([observe, trustedProxies, clientAddressField, hsts, cors], hide));
    // Where nobody wrote it, it says where the machine listens.
    const named = isWritten(["transport", "publicUrl"]) ? publicUrl : undefined;
    hash.update(JSON.stringify([named, tls.kind, upstream], hide));
    if (identity !== undefined) {
      const { issuer, path: at, listen, secrets, registrationPath } = identity;
      hash.update(JSON.stringify({ issuer, at, listen, secrets, registrationPath }, hide));
    }
    hash.update(JSON.stringify([authentication, authorization, rateLimiting, validation, operations], hide));
    const texts = [...this.#texts].map(([file, text]) => `${path.basename(file)} ${text}`);
    for (const text of texts.sort()) hash.update(text);
    return hash.digest("hex").slice(0, 12);
  }
}

function hide(key: string, value: unknown): unknown {
  if (key === "secret" || key === "secrets") return sha256Base64url(JSON.stringify(value));
  if ((key === "file" || key === "keyFile") && typeof value === "string") return path.basename(value);
  return value instanceof Map ? [...value] : value;
}
