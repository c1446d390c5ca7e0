// Slows down who guesses passwords, never locks who owns the account out for good (P11, NIST SP 800-63B 3.2.2).
import { type RawBuilder, sql } from "kysely";
import type { Clock } from "../../core/clock.ts";
import { momentary } from "../../stores/momentary.ts";
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
    const failures = failuresAt(now);
    // One statement: of many at once each sees what the one before it has written.
    const counted = await this.#database.queries
      .insertInto("sign_in_failure")
      .values({ key, failures: 1, blocked_until: 0, changed_at: now })
      .onConflict((conflict) =>
        conflict
          .column("key")
          .doUpdateSet({ failures, blocked_until: blockedUntil(failures, now), changed_at: now })
          .where("sign_in_failure.blocked_until", "<=", now),
      )
      .returning("failures")
      .modifyEnd(momentary)
      .executeTakeFirst();
    if (counted !== undefined) return 0;
    const row = await this.#database.queries
      .selectFrom("sign_in_failure")
      .select("blocked_until")
      .where("key", "=", key)
      .executeTakeFirst();
    // It was let go in between: the next try finds it so.
    return Math.max((row?.blocked_until ?? 0) - now, 1);
  }

  /** Nobody looked whether it was right: it counts for nothing, as long as so few do that nobody waits for them. */
  async takeBack(emailKey: string, device: string | undefined): Promise<void> {
    await this.#database.queries
      .updateTable("sign_in_failure")
      .set((column) => ({ failures: column("failures", "-", 1), blocked_until: 0 }))
      .where("key", "=", this.#keyOf(emailKey, device))
      .where("failures", ">", 0)
      .where("failures", "<=", FREE_TRIES)
      .execute();
  }

  /** It was the right password: what was counted is forgotten, for the device and for everybody else. */
  async succeeded(emailKey: string, device: string | undefined): Promise<void> {
    await this.#database.queries
      .deleteFrom("sign_in_failure")
      .where("key", "in", [this.#keyOf(emailKey, device), this.#keyOf(emailKey, undefined)])
      .modifyEnd(momentary)
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

/** With this one. */
function failuresAt(now: number): RawBuilder<number> {
  return sql<number>`case when sign_in_failure.changed_at < ${now - FORGOTTEN_AFTER_SECONDS} then 1 else sign_in_failure.failures + 1 end`;
}

/** 0 for the first tries, then 1, 2, 4 … seconds from now. */
function blockedUntil(failures: RawBuilder<number>, now: number): RawBuilder<number> {
  const most = FREE_TRIES + Math.ceil(Math.log2(DELAY_MAX_SECONDS));
  return sql<number>`case
    when ${failures} < ${sql.lit(FREE_TRIES)} then 0
    when ${failures} >= ${sql.lit(most)} then cast(${now + DELAY_MAX_SECONDS} as bigint)
    else cast(${now} as bigint) + (1 << (${failures} - ${sql.lit(FREE_TRIES)}))
  end`;
}
