// Links that are sent by mail: 256 bits that nobody can guess, kept as a keyed hash, good once and not for long (P10).
import { randomBytes } from "node:crypto";
import type { ArtifactPayload, ArtifactStore } from "../artifacts/artifact-store.ts";

const TOKEN_BYTES = 32;
/** How long whoever was asked to choose a password may take. */
export const INVITATION_SECONDS = 7 * 86_400;

/** What a link does: it is good for nothing else. */
export type LinkKind = "EmailVerification" | "PasswordReset" | "EmailChange";

/** What it holds; the rest is for whoever issued it. */
export type LinkPayload = ArtifactPayload & {
  readonly accountId: string;
  /** The spelling of the address that it was sent to. */
  readonly email?: string;
  /** What stands for the browser that it was asked for in, where that was one. */
  readonly browser?: string;
};

/** What a link held that was used just now. */
export interface UsedLink {
  readonly accountId: string;
  /** Where the person came from. */
  readonly clientId?: string | undefined;
  /** The spelling that the link was sent to. */
  readonly email?: string | undefined;
}

export class OneTimeLinks {
  readonly #artifacts: ArtifactStore;

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  /** `accountId`: empty where there is none: writing it takes as long, and it opens nothing. */
  async issue(
    kind: LinkKind,
    accountId: string,
    seconds: number,
    more: Readonly<Record<string, string | undefined>> = {},
  ): Promise<string> {
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    await this.#artifacts.put(kind, token, { ...more, accountId }, seconds);
    return token;
  }

  /** Those of a kind that went out for an account are good no longer. */
  end(kind: LinkKind, accountId: string): Promise<void> {
    return this.#artifacts.removeOfAccount(kind, accountId);
  }

  /** What it holds while it is good. */
  async read(kind: LinkKind, token: string): Promise<LinkPayload | undefined> {
    const stored = await this.#artifacts.find(kind, token);
    if (stored === undefined || stored.consumed_at !== null) return undefined;
    const payload = this.#artifacts.open(stored);
    const { accountId = "" } = payload ?? {};
    return accountId === "" ? undefined : { ...payload, accountId };
  }

  /** The same, and it is used up: of any number at once exactly one call gets it. */
  async take(kind: LinkKind, token: string) {
    const payload = await this.read(kind, token);
    return payload !== undefined && (await this.#artifacts.consume(kind, token)) ? payload : undefined;
  }
}

/** Whether it was asked for in this browser. */
export function isOfBrowser(link: LinkPayload, browser: string | undefined): boolean {
  return link.browser !== undefined && link.browser === browser;
}
