// Keeps anybody from filling somebody's mailbox by forms that send mail: so many to one recipient, whoever asks (CWE-799).
import type { Clock } from "../../core/clock.ts";
import { type BudgetCounter, type CounterState, memoryCounter } from "../../rate-limiting/index.ts";

const HOUR_MS = 3_600_000;
/** Who mistypes a password or loses a mail asks again a few times. */
const MAILS_AN_HOUR_MAX = 5;
const MAILS_A_DAY_MAX = 20;
const RECIPIENTS_MAX = 100_000;

export class MailLimit {
  readonly #budgets: readonly BudgetCounter[];

  constructor(clock: Clock) {
    const counter = memoryCounter({ clock, keysMax: RECIPIENTS_MAX });
    const of = (limit: number, windowMs: number) =>
      counter.budget(`identity mail ${windowMs}`, { limit, windowMs, keys: "addresses" });
    this.#budgets = [of(MAILS_AN_HOUR_MAX, HOUR_MS), of(MAILS_A_DAY_MAX, 24 * HOUR_MS)];
  }

  /** Counted where it may. Whoever asks is answered the same either way. */
  mayGoTo(emailKey: string): boolean {
    const key = [emailKey];
    return this.#budgets.every((budget) => (budget.take(key) as CounterState).allowed);
  }
}
