// Names a policy by what it was made from: the same inputs have the same version on every machine.
import { createHash } from "node:crypto";
import path from "node:path";
import type { Settings } from "../settings.ts";

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
   * Twelve hex digits of what decides about requests: where a machine listens or writes is not part of it. Secrets are
   * left out, since a version is shown to everybody; files count by their name, not by where they lie.
   */
  version(settings: Settings): string {
    const hash = createHash("sha256");
    const { observe, transport, authentication, authorization, rateLimiting, validation, operations } = settings;
    const { trustedProxies, clientAddressField, hsts, cors } = transport;
    hash.update(JSON.stringify([observe, trustedProxies, clientAddressField, hsts, cors], hide));
    hash.update(JSON.stringify([authentication, authorization, rateLimiting, validation, operations], hide));
    for (const text of [...this.#texts.values()].sort()) hash.update(text);
    return hash.digest("hex").slice(0, 12);
  }
}

function hide(key: string, value: unknown): unknown {
  if (key === "secret") return undefined;
  if ((key === "file" || key === "keyFile") && typeof value === "string") return path.basename(value);
  return value instanceof Map ? [...value] : value;
}
