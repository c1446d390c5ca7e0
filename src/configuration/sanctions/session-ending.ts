// Has the sessions of revoked tokens ended by whoever gave them, so that nobody refreshes; asks again until that is done.
import type { WrittenSanction } from "../schema/sanctions.ts";

export interface RevokedSession {
  readonly issuer: string;
  readonly subject: string;
  /** `sid` of its tokens. */
  readonly session: string;
  /** The rule. */
  readonly by: string;
}

export interface SessionEnder {
  /** Whose sessions it ends. */
  readonly issuer: string;
  /** Resolves when the session has ended, or there is none. Rejects where that cannot be said now. */
  end(session: RevokedSession): Promise<void>;
}

const AGAIN_MS = 1_000;

export class SessionEnding {
  readonly #ended: (id: string) => void;
  readonly #waiting = new Map<string, RevokedSession>();
  #ender: SessionEnder | undefined;
  #round: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** There is more than this round has seen, perhaps. */
  #isAsked = false;
  #closed = false;

  constructor(ended: (id: string) => void) {
    this.#ended = ended;
  }

  /** Sessions of other issuers are refused at the gate only. */
  endBy(ender: SessionEnder): void {
    this.#ender = ender;
    this.#start();
  }

  /** What holds; of that, what is not done yet. */
  take(sanctions: Iterable<WrittenSanction>): void {
    for (const written of sanctions) {
      if (written.what !== "revoke" || written.sessionEnded === true) continue;
      const { id, issuer, subject, session, by } = written;
      if (subject !== undefined && session !== undefined) this.#waiting.set(id, { issuer, subject, session, by });
    }
    this.#start();
  }

  /** The same in the place of all that waits. */
  replace(sanctions: Iterable<WrittenSanction>): void {
    this.#waiting.clear();
    this.take(sanctions);
  }

  /** What is not done by then is asked for at the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  #start(): void {
    if (this.#ender === undefined || this.#closed || this.#waiting.size === 0) return;
    if (this.#round !== undefined) {
      this.#isAsked = true;
      return;
    }
    this.#round = this.#run(this.#ender).finally(() => {
      this.#round = undefined;
      if (this.#isAsked) this.#start();
    });
  }

  async #run(ender: SessionEnder): Promise<void> {
    this.#isAsked = false;
    let isLeft = false;
    for (const [id, session] of this.#waiting) {
      if (this.#closed) return;
      if (session.issuer !== ender.issuer) continue;
      try {
        await ender.end(session);
        this.#waiting.delete(id);
        this.#ended(id);
      } catch {
        isLeft = true;
      }
    }
    if (!isLeft) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#start(), AGAIN_MS).unref();
  }
}
