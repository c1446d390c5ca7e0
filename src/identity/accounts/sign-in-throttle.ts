// Slows down who guesses passwords, never locks who owns the account out for good (P11, NIST SP 800-63B 3.2.2).
import type { Clock } from "../../core/clock.ts";
import type { IdentityDatabase } from "../database.ts";
import type { Sealer } from "../sealing.ts";

/** Tries that cost nothing: people mistype. */
const FREE_TRIES = 5;
const DELAY_MAX_SECONDS = 900;
/** After so long without a try all is forgotten. */
const FORGOTTEN_AFTER_SECONDS = 86_400;

export class SignInThrottle {
  readonly #database: IdentityDatabase;
  readonly #sealer: Sealer;
  readonly #clock: Clock;

  constructor(database: IdentityDatabase, sealer: Sealer, clock: Clock) {
    this.#database = database;
    this.#sealer = sealer;
    this.#clock = clock;
  }

  /**
   * Seconds to wait, or 0: then this try is counted already, so that any number at once are not more than one after
   * another. `who` is the address with the device that is known to the account, or without one: a device that signed in before is not
   * held up by what others try.
   */
  async enter(emailKey: string, device: string | undefined): Promise<number> {
    const now = this.#nowSeconds();
    const key = this.#keyOf(emailKey, device);
    return this.#database.queries.transaction().execute(async (transaction) => {
      // Written first: others at the same time wait here for the outcome.
      const fresh = { failures: 0, blocked_until: 0, changed_at: now };
      await transaction
        .insertInto("sign_in_failure")
        .values({ key, ...fresh })
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ key }))
        .execute();
      const row = await transaction
        .selectFrom("sign_in_failure")
        .selectAll()
        .where("key", "=", key)
        .executeTakeFirstOrThrow();
      if (row.blocked_until > now) return row.blocked_until - now;
      const isForgotten = row.changed_at < now - FORGOTTEN_AFTER_SECONDS;
      const failures = (isForgotten ? 0 : row.failures) + 1;
      const delay = failures < FREE_TRIES ? 0 : Math.min(2 ** (failures - FREE_TRIES), DELAY_MAX_SECONDS);
      const blocked_until = delay === 0 ? 0 : now + delay;
      await transaction
        .updateTable("sign_in_failure")
        .set({ failures, blocked_until, changed_at: now })
        .where("key", "=", key)
        .execute();
      return 0;
    });
  }

  /** It was the right password: what was counted is forgotten, for the device and for everybody else. */
  async succeeded(emailKey: string, device: string | undefined): Promise<void> {
    await this.#database.queries
      .deleteFrom("sign_in_failure")
      .where("key", "in", [this.#keyOf(emailKey, device), this.#keyOf(emailKey, undefined)])
      .execute();
  }

  /** What is counted of tries without a known device. */
  standing(emailKey: string) {
    return this.#database.queries
      .selectFrom("sign_in_failure")
      .select(["failures", "changed_at"])
      .where("key", "=", this.#keyOf(emailKey, undefined))
      .executeTakeFirst();
  }

  async removeEnded(): Promise<void> {
    await this.#database.queries
      .deleteFrom("sign_in_failure")
      .where("changed_at", "<", this.#nowSeconds() - FORGOTTEN_AFTER_SECONDS)
      .execute();
  }

  #keyOf(emailKey: string, device: string | undefined): string {
    return this.#sealer.hash("sign-in", device === undefined ? emailKey : `${emailKey}\n${device}`);
  }

  #nowSeconds(): number {
    return Math.floor(this.#clock.nowMs() / 1000);
  }
}
