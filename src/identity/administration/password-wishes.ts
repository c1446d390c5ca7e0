// Asks the holders of accounts that others made for a password, by mail, until a mail was handed over once: also behind a power cut.
import { randomUUID } from "node:crypto";
import type { Account } from "../accounts/account-store.ts";
import { INVITATION_SECONDS } from "../accounts/one-time-links.ts";
import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import type { Stores } from "./stores.ts";

/** Whom a mail asks, once all of it is committed. */
export interface AskedForPassword {
  readonly accountId: string;
  readonly email: string;
  readonly token: string;
}

/** What is remembered of a mail, by the account's id: it opens nothing, and lives as long as the link. */
const MODEL = "PasswordWish";
const LINK = "PasswordReset";
/** Longer than a mail server is waited for: another server of the database may be about to hand it over. */
const HANDING_OVER_SECONDS = 120;

export class PasswordWishes {
  readonly #artifacts: ArtifactStore;
  readonly #send: (email: string, token: string) => Promise<void>;
  /** What this process is about is its own to know; what others of a SQLite file were about is over: they are gone. */
  readonly #process = randomUUID();

  /** `send`: rejects where the mail server did not take it. */
  constructor(artifacts: ArtifactStore, send: (email: string, token: string) => Promise<void>) {
    this.#artifacts = artifacts;
    this.#send = send;
  }

  /** In the transaction of what makes the account: a link, unless a mail with one was handed over or is about to be. */
  async of({ id, email }: Account, { artifacts, database, links }: Stores): Promise<readonly AskedForPassword[]> {
    const stored = await artifacts.find(MODEL, id);
    const wish = stored === undefined ? undefined : artifacts.open(stored);
    const now = artifacts.nowSeconds();
    if (wish !== undefined) {
      const hasLink = (await artifacts.openOf(id)).some(({ model }) => model === LINK);
      if (wish["isSent"] === true && hasLink) return [];
      const isFresh = database.kind === "postgresql" && (wish["at"] as number) + HANDING_OVER_SECONDS > now;
      if (wish["isSent"] !== true && (wish["by"] === this.#process || isFresh)) return [];
    }
    const token = await links.issue(LINK, id, INVITATION_SECONDS, { email });
    await artifacts.put(MODEL, id, { accountId: id, by: this.#process, at: now, isSent: false }, INVITATION_SECONDS);
    return [{ accountId: id, email, token }];
  }

  /** Behind the transaction. Rejects where it could not be handed over: whoever asks next is given another link. */
  async ask({ accountId, email, token }: AskedForPassword): Promise<void> {
    try {
      await this.#send(email, token);
    } catch (error) {
      await this.#artifacts.remove(MODEL, accountId);
      throw error;
    }
    const at = this.#artifacts.nowSeconds();
    await this.#artifacts.put(MODEL, accountId, { accountId, by: this.#process, at, isSent: true }, INVITATION_SECONDS);
  }
}
