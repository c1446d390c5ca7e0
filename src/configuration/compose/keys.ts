// The key sources of all schemes: one for each issuer, however many schemes name it. Those of the policy before are kept.
import { createHash } from "node:crypto";
import { fileKeys, type KeySource, remoteKeys, secretKey, TokenCache } from "../../authentication/index.ts";
import type { SchemeSettings } from "../settings.ts";
import type { ComposePorts, Say } from "./ports.ts";
import type { Survivors, VerifiedTokens } from "./survivors.ts";

type JwtSettings = Extract<SchemeSettings, { kind: "jwt" }>;

export class KeyShelf {
  readonly #sources = new Map<string, KeySource>();
  /** What key files hold, in brief: a file that has changed is another source. */
  readonly #contents = new Map<string, string>();
  readonly #ports: ComposePorts;
  readonly #say: Say;
  readonly #verified = new Map<string, VerifiedTokens>();
  readonly #before: Survivors | undefined;

  constructor(ports: ComposePorts, say: Say, before?: Survivors) {
    this.#ports = ports;
    this.#say = say;
    this.#before = before;
  }

  /** By the settings that they were made of. */
  sources(): ReadonlyMap<string, KeySource> {
    return this.#sources;
  }

  /** Looks into the key files of these settings. One that cannot be read is told by its source. */
  async look(entries: Iterable<SchemeSettings>): Promise<void> {
    for (const entry of entries) {
      if (entry.kind !== "jwt" || entry.keys.kind !== "file") continue;
      const text = await this.#ports.readText(entry.keys.file).catch(() => "");
      this.#contents.set(entry.keys.file, createHash("sha256").update(text).digest("base64url"));
    }
  }

  /** The source that was made for these settings, if any. */
  of(entry: SchemeSettings): KeySource | undefined {
    return entry.kind === "jwt" ? this.#sources.get(this.#nameOf(entry)) : undefined;
  }

  /** Throws ProblemsError for what cannot be a source of keys. Nothing is loaded yet. */
  get(entry: JwtSettings): KeySource {
    const name = this.#nameOf(entry);
    let source = this.#sources.get(name);
    if (source === undefined) this.#sources.set(name, (source = this.#before?.keys.get(name) ?? this.#make(entry)));
    return source;
  }

  /**
   * The same, with the tokens of this security scheme that they verified. What other keys verified is verified again; what
   * was judged by other settings an authenticator does not take.
   */
  withVerified(scheme: string, entry: JwtSettings): VerifiedTokens {
    const keys = this.get(entry);
    const before = this.#before?.verified.get(scheme);
    const verified = before?.keys === keys ? before : { keys, cache: new TokenCache() };
    this.#verified.set(scheme, verified);
    return verified;
  }

  /** By security scheme. */
  verified(): ReadonlyMap<string, VerifiedTokens> {
    return this.#verified;
  }

  /** Ends those that no policy before had. */
  closeNew(): void {
    for (const [name, source] of this.#sources) if (this.#before?.keys.get(name) !== source) source.close();
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

  #nameOf({ keys, issuer }: JwtSettings): string {
    if (keys.kind === "file") return JSON.stringify([keys, this.#contents.get(keys.file)]);
    return JSON.stringify(keys.kind === "url" ? keys : [keys, issuer]);
  }
}
