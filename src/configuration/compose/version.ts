// Names a policy by what it was made from: the same inputs have the same version on every machine.
import { createHash } from "node:crypto";
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

  /** Twelve hex digits. Secrets are left out: a version is shown to everybody. */
  version(settings: Settings): string {
    const hash = createHash("sha256");
    hash.update(JSON.stringify(settings, hide));
    for (const text of [...this.#texts.values()].sort()) hash.update(text);
    return hash.digest("hex").slice(0, 12);
  }
}

function hide(key: string, value: unknown): unknown {
  if (key === "secret") return undefined;
  return value instanceof Map ? [...value] : value;
}
