// The key sources of all schemes: one for each issuer, however many schemes name it.
import { fileKeys, type KeySource, remoteKeys, secretKey } from "../../authentication/index.ts";
import type { SchemeSettings } from "../settings.ts";
import type { ComposePorts, Say } from "./ports.ts";

type JwtSettings = Extract<SchemeSettings, { kind: "jwt" }>;

export class KeyShelf {
  readonly #sources = new Map<string, KeySource>();
  readonly #ports: ComposePorts;
  readonly #say: Say;

  constructor(ports: ComposePorts, say: Say) {
    this.#ports = ports;
    this.#say = say;
  }

  sources(): readonly KeySource[] {
    return [...this.#sources.values()];
  }

  /** The source that was made for these settings, if any. */
  of(entry: SchemeSettings): KeySource | undefined {
    return entry.kind === "jwt" ? this.#sources.get(nameOf(entry)) : undefined;
  }

  /** Throws ProblemsError for what cannot be a source of keys. Nothing is loaded yet. */
  get(entry: JwtSettings): KeySource {
    const name = nameOf(entry);
    let source = this.#sources.get(name);
    if (source === undefined) this.#sources.set(name, (source = this.#make(entry)));
    return source;
  }

  #make({ keys, issuer }: JwtSettings): KeySource {
    const { clock, fetchJson, readText } = this.#ports;
    const remote = { fetchJson, clock, onEvent: this.#say };
    switch (keys.kind) {
      case "discovery":
        return remoteKeys({ ...remote, issuer });
      case "url":
        return remoteKeys({ ...remote, jwksUrl: keys.url });
      case "file":
        return fileKeys({ path: keys.file, readText });
      case "secret":
        return secretKey({ secret: keys.secret, name: `shared secret of ${issuer}` });
    }
  }
}

function nameOf({ keys, issuer }: JwtSettings): string {
  return JSON.stringify(keys.kind === "url" || keys.kind === "file" ? keys : [keys, issuer]);
}
